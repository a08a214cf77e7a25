// Publication, grace periods, pins, and channels that come and go: the shipped templates of engine/epoch/ under one worker and one control
// thread. "Freed" is a plain store into the object: a worker that may still read it is a data race, and one that does reads the poison.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/epoch/pin_count.h"
#include "engine/epoch/published.h"
#include "engine/epoch/quiescence.h"
#include "tests/model/channel_models.h"
#include "tests/model/model_atomics.h"

namespace ringside::model {

using Quiescence = engine::QuiescenceOf<Atomics>;

constexpr int kAlive = 1, kFreed = 2;

struct Object {
  rl::var<int> state;
  engine::PinCountOf<Atomics> pins;

  void use() const { RL_ASSERT(state($) == kAlive); }
  void free() { state($) = kFreed; }
};

inline void wait_for_grace(Quiescence& quiescence) {
  const std::uint64_t grace = quiescence.begin_grace_period();
  while (!quiescence.passed(grace)) rl::yield(1, $);
}

// kRest: whether the worker sleeps between two passes. kPin: it holds what it found in the first pass until after the last.
template <bool kRest, bool kPin, int kPasses, int kReplacements>
struct GraceModel : rl::test_suite<GraceModel<kRest, kPin, kPasses, kReplacements>, 2> {
  static constexpr Role kRoles[] = {Role::kWorker, Role::kControl};
  Object objects[kReplacements + 1];
  Quiescence quiescence{1};
  Quiescence::Reader reader{quiescence.reader(0)};
  engine::Published<Object, Atomics> published{&objects[0]};

  void before() {
    objects[0].state($) = kAlive;
    setting_up = true;
    if (!kRest) reader.online();
    setting_up = false;
  }

  void thread(unsigned index) { index == 0 ? work() : replace(); }

  void work() {
    const Object* held = nullptr;
    for (int pass = 0; pass < kPasses; ++pass) {
      if (kRest) reader.online();
      const Object& now = published.read();
      now.use();
      if (held != nullptr) held->use();
      if (kPin && held == nullptr) {
        held = &now;
        const_cast<Object&>(now).pins.add(1);
      }
      kRest ? reader.offline() : reader.quiet();
    }
    if (held != nullptr) {
      held->use();
      const_cast<Object*>(held)->pins.add(-1);
    }
    reader.offline();
  }

  void replace() {
    for (int fresh = 1; fresh <= kReplacements; ++fresh) {
      RL_ASSERT(published.mine() == &objects[fresh - 1]);
      objects[fresh].state($) = kAlive;
      Object* old = const_cast<Object*>(published.replace(&objects[fresh]));
      wait_for_grace(quiescence);
      while (old->pins.held()) rl::yield(1, $);
      old->free();
    }
  }
};

// A seating of a worker: engine/ingress/roster.h.
struct Seating {
  rl::var<int> state{kAlive};
  Object* channel = nullptr;
  std::uint64_t number = 0;

  void use() const { RL_ASSERT(state($) == kAlive); }
};

// A client dies with a long call under way. Door: an empty seating, the old one freed after a grace period, the channel after one that began later. The
// worker forgets the call when it meets the new seating (Worker::adopt), and sleeps when nothing is under way.
struct ClientGoneModel : rl::test_suite<ClientGoneModel, 2> {
  static constexpr Role kRoles[] = {Role::kWorker, Role::kControl};
  Object channel;
  Seating seatings[2];
  Doorbell nudge;
  Quiescence quiescence{1};
  engine::Published<Seating, Atomics> published{&seatings[0]};

  void before() {
    channel.state($) = kAlive;
    seatings[0].channel = &channel, seatings[0].number = 1, seatings[1].number = 2;
  }

  void thread(unsigned index) { index == 0 ? work() : remove(); }

  void work() {
    auto reader = quiescence.reader(0);
    const Object* under_way = nullptr;
    std::uint64_t number = 0;
    reader.online();
    while (number != 2) {
      const Seating& now = published.read();
      now.use();
      if (now.number != number) {
        number = now.number;
        if (under_way != now.channel) under_way = nullptr;
      }
      if (now.channel != nullptr) under_way = now.channel;
      if (under_way != nullptr) under_way->use();
      reader.quiet();
      if (number == 1) {  // nothing to do any more, as far as this worker knows
        reader.offline();
        nudge.wait();
        reader.online();
        under_way = nullptr;
      }
    }
    reader.offline();
  }

  void remove() {
    Seating* old = const_cast<Seating*>(published.replace(&seatings[1]));
    const std::uint64_t of_seating = quiescence.begin_grace_period();
    nudge.ring();
    const std::uint64_t of_channel = quiescence.begin_grace_period();
    while (!quiescence.passed(of_seating)) rl::yield(1, $);
    old->state($) = kFreed;
    while (!quiescence.passed(of_channel)) rl::yield(1, $);
    channel.free();
  }
};

// A client comes to a worker that has no channel yet and may be asleep, and posts at once: nobody rings, for the new channel's word says that
// the worker is awake; the nudge has to do.
struct NewChannelModel : rl::test_suite<NewChannelModel, 2> {
  static constexpr Role kRoles[] = {Role::kWorker, Role::kClient};
  struct Set {
    std::span<ServedChannel<2>* const> channels;
  };
  Words<2> words;
  ServedChannel<2> channel{&words};
  std::array<ServedChannel<2>*, 1> only{&channel};
  Set sets[2] = {{}, {only}};
  Quiescence quiescence{1};
  engine::Published<Set, Atomics> published{&sets[0]};

  void thread(unsigned index) {
    if (index == 1) {  // the door, and behind its answer the client
      static_cast<void>(published.replace(&sets[1]));
      words.doorbell.ring();
      post(words, 0);
      RL_ASSERT(receive<Kernel<false>>(words, 0) == Waited::kAnswered);
      return;
    }
    auto reader = quiescence.reader(0);
    reader.online();
    while (channel.next_ticket == 0) {
      const auto& channels = published.read().channels;
      if (!channels.empty() && channels.front()->posted()) {
        channels.front()->answer();
        channels.front()->wake_if_waiting();
        continue;
      }
      if (!engine::may_sleep(channels, [] { return false; })) continue;
      reader.offline();
      words.doorbell.wait();
      reader.online();
      engine::announce_awake(published.read().channels);
    }
    reader.offline();
  }
};

}  // namespace ringside::model
