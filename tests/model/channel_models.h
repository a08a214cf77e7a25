// A channel between one client and one worker: both halves of each handshake are the shipped functions (schemas/wire/protocol.h,
// client_lib/waiting/waiter.h, engine/ingress/parking.h); what stands around them is as short as the words can be used.
#pragma once

#include <array>

#include "client_lib/waiting/waiter.h"
#include "engine/ingress/parking.h"
#include "schemas/wire/protocol.h"
#include "tests/model/model_atomics.h"

namespace ringside::model {

// The memory that both sides map. A body and a result are a plain word each: the checker reports every access that nothing orders.
template <std::uint32_t kEntries>
struct Words {
  static constexpr std::uint32_t kSlots = kEntries - 1;
  Atomics::Word64 request_seq[kEntries], response_seq[kSlots];
  rl::var<std::uint64_t> body[kEntries], result[kSlots];
  Atomics::Word32 waiting{0}, parked{0};
  Doorbell doorbell;

  Words() {
    for (auto& seq : request_seq) seq.store(0, rl::mo_relaxed, $);
    for (auto& seq : response_seq) seq.store(0, rl::mo_relaxed, $);
  }
};

constexpr std::uint64_t body_of(std::uint64_t ticket) { return 100 + ticket; }
constexpr std::uint64_t result_of(std::uint64_t body) { return 2 * body; }

template <std::uint32_t kEntries>
void post(Words<kEntries>& words, std::uint64_t ticket) {
  words.body[ticket % kEntries]($) = body_of(ticket);
  wire::publish_seq<Atomics>(words.request_seq[ticket % kEntries], ticket);
  if (wire::must_ring<Atomics>(words.parked)) words.doorbell.ring();
}

template <class Kernel, std::uint32_t kEntries>
Waited receive(Words<kEntries>& words, std::uint64_t ticket) {
  const std::uint32_t slot = ticket % Words<kEntries>::kSlots;
  const WaitEnd end =
      wait_for_answer<Atomics, Kernel>(words.response_seq[slot], ticket, words.waiting, 0, {.may_sleep = true, .spin_ns = 0}, 0);
  if (end.how == Waited::kAnswered) {
    const std::uint64_t result = words.result[slot]($);
    RL_ASSERT(result == result_of(body_of(ticket)));
  }
  return end.how;
}

// The engine's half: engine/ingress/channel.h over these words.
template <std::uint32_t kEntries>
struct ServedChannel {
  Words<kEntries>* words;
  std::uint64_t next_ticket = 0;

  [[nodiscard]] auto& seq() const { return words->request_seq[next_ticket % kEntries]; }
  [[nodiscard]] bool posted() const { return wire::seq_is<Atomics>(seq(), next_ticket); }
  [[nodiscard]] bool posted_after_announcing() const { return wire::seq_is_after_announcing<Atomics>(seq(), next_ticket); }
  [[nodiscard]] static bool expelled() { return false; }
  void announce_park() { wire::announce_sleep<Atomics>(words->parked); }
  void announce_awake() { wire::announce_awake<Atomics>(words->parked); }

  void answer() {
    const std::uint64_t ticket = next_ticket++;
    const std::uint32_t slot = ticket % Words<kEntries>::kSlots;
    const std::uint64_t body = words->body[ticket % kEntries]($);
    RL_ASSERT(body == body_of(ticket));
    words->result[slot]($) = result_of(body);
    wire::publish_seq<Atomics>(words->response_seq[slot], ticket);
  }
  void wake_if_waiting() {
    if (wire::must_wake<Atomics>(words->waiting)) futex_wake(words->waiting);
  }
};

// Answers `calls` calls; sleeps whenever it finds nothing.
template <std::uint32_t kEntries>
void serve(Words<kEntries>& words, std::uint64_t calls) {
  ServedChannel<kEntries> channel{&words};
  const std::array channels{&channel};
  while (channel.next_ticket < calls) {
    if (channel.posted()) {
      channel.answer();
      channel.wake_if_waiting();
    } else if (engine::may_sleep(channels, [] { return false; })) {
      words.doorbell.wait();
      engine::announce_awake(channels);
    }
  }
}

// kEntries - 1 calls are under way at most, as many as there are slots.
template <std::uint32_t kEntries, std::uint64_t kCalls>
struct ChannelModel : rl::test_suite<ChannelModel<kEntries, kCalls>, 2> {
  static constexpr Role kRoles[] = {Role::kClient, Role::kWorker};
  Words<kEntries> words;

  void thread(unsigned index) {
    if (index == 1) return serve(words, kCalls);
    constexpr std::uint64_t kUnderWay = Words<kEntries>::kSlots;
    for (std::uint64_t ticket = 0; ticket < kCalls + kUnderWay; ++ticket) {
      if (ticket >= kUnderWay) RL_ASSERT(receive<Kernel<false>>(words, ticket - kUnderWay) == Waited::kAnswered);
      if (ticket < kCalls) post(words, ticket);
    }
  }
};

// The engine answers one call, and dies: before it asks whether anybody waits, or instead of answering. A client that finds it dead has looked
// for its answer after that.
struct EngineGoneModel : rl::test_suite<EngineGoneModel, 2> {
  static constexpr Role kRoles[] = {Role::kClient, Role::kWorker};
  Words<2> words;
  Atomics::Word32 socket_closed{0};
  rl::var<bool> answered{false};

  void thread(unsigned index) {
    if (index == 0) {
      Kernel<true>::socket_closed = &socket_closed;
      post(words, 0);
      const Waited how = receive<Kernel<true>>(words, 0);
      if (how != Waited::kAnswered) RL_ASSERT(!answered($));
    } else {
      ServedChannel<2> channel{&words};
      if (channel.posted()) {
        channel.answer();
        answered($) = true;
      }
      socket_closed.store(1, rl::mo_seq_cst, $);
    }
  }
};

}  // namespace ringside::model
