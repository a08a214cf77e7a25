#include "tests/engine/ingress/park_race.h"

#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>
#include <random>
#include <thread>

#include "client_lib/base/clock.h"
#include "engine/ingress/roster.h"
#include "tests/support/shared_channels.h"

namespace ringside::engine {
namespace {

constexpr int kSafetyTimeoutMs = 10'000;  // far beyond what a busy machine makes of a wake-up

// A random pause, mostly none, sometimes as long as the other side takes to fall asleep.
void dawdle(std::minstd_rand& random) {
  const std::uint32_t kind = random() % 16;
  const std::uint32_t spins = kind < 8 ? 0 : kind < 14 ? random() % 64 : random() % 4'096;
  for (std::uint32_t i = 0; i < spins; ++i) base::cpu_relax();
  if (kind == 15) std::this_thread::yield();
}

// The worker's loop without the work between: poll, answer, park.
class Poller {
 public:
  Poller(Roster& roster, std::uint32_t seed) : roster_(roster), random_(seed) {}

  void run(const std::atomic<bool>& stop, std::uint64_t& parks, std::atomic<std::uint64_t>& rescued) {
    while (!stop.load(std::memory_order_relaxed)) {
      Channel& channel = *roster_.seating(0).channels.front();
      if (channel.posted()) {
        answer(channel);
        continue;
      }
      dawdle(random_);
      channel.announce_park();
      if (channel.posted_after_announcing() || stop.load(std::memory_order_relaxed)) {
        channel.announce_awake();
        continue;
      }
      dawdle(random_);  // the window in which a ring must not get lost
      ++parks;
      std::array<epoll_event, 8> events;
      if (epoll_wait(roster_.epoll_fd(0), events.data(), static_cast<int>(events.size()), kSafetyTimeoutMs) == 0)
        rescued.fetch_add(1);
      channel.announce_awake();
    }
  }

 private:
  void answer(Channel& channel) {
    const std::uint64_t ticket = channel.next_ticket();
    const auto slot = static_cast<std::uint16_t>(ticket % 63);
    if (!channel.take(slot)) std::abort();
    channel.give_back(slot);
    dawdle(random_);
    wire::publish_seq(channel.response(slot).seq, ticket);
    auto& waiting = channel.view().control->waiting;
    if (wire::must_wake(waiting)) syscall(SYS_futex, &waiting, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

  Roster& roster_;
  std::minstd_rand random_;
};

}  // namespace

ParkRaceOutcome run_park_race(std::uint64_t calls, std::uint32_t seed) {
  ParkRaceOutcome outcome;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  Roster roster(1, reclaimer);
  test::SharedChannels shared(1, 1, 4'096);
  roster.set_channels(0, {&shared.channel(0)});
  if (!roster.add_doorbell(0, shared.doorbell())) std::abort();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> rescued{0};
  std::thread engine([&] { Poller(roster, seed).run(stop, outcome.parks, rescued); });
  const timespec safety_timeout{kSafetyTimeoutMs / 1'000, 0};

  const wire::ChannelView& view = shared.view(0);
  std::minstd_rand random(seed + 1);
  for (std::uint64_t ticket = 0; ticket < calls && rescued.load(std::memory_order_relaxed) == 0; ++ticket) {
    dawdle(random);
    wire::publish_seq(view.requests[ticket % wire::kRingEntries].seq, ticket);
    if (wire::must_ring(view.parked->parked)) shared.ring();
    const auto& seq = view.responses[ticket % 63].seq;
    auto& waiting = view.control->waiting;
    while (!wire::seq_is(seq, ticket)) {
      dawdle(random);
      wire::announce_sleep(waiting);
      if (wire::seq_is_after_announcing(seq, ticket)) break;
      dawdle(random);
      ++outcome.futex_waits;
      if (syscall(SYS_futex, &waiting, FUTEX_WAIT, 1, &safety_timeout, nullptr, 0) == -1 && errno == ETIMEDOUT)
        rescued.fetch_add(1);
    }
    wire::announce_awake(waiting);
    ++outcome.answered;
  }
  stop.store(true, std::memory_order_relaxed);
  roster.rouse(0);
  engine.join();
  outcome.rescued = rescued.load();
  return outcome;
}

}  // namespace ringside::engine
