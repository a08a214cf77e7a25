// How a worker waits, and how it ends the waiting of clients: parking on doorbells, and one wake a parked client at the end of a pass.
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "client_lib/base/clock.h"
#include "engine/ingress/parking.h"
#include "engine/worker/worker.h"
#include "schemas/wire/protocol.h"

namespace ringside::engine {

// [WAKE] The client may sleep on its answer. The wake itself waits for the end of the pass: it is a system call.
void Worker::remember_wake(Channel& channel) noexcept {
  auto& waiting = channel.view().control->waiting;
  if (!wire::must_wake(waiting)) return;
  wakes_[wake_count_++] = &waiting;
  if (wake_count_ == wakes_.size()) wake_clients();
}

void Worker::wake_clients() noexcept {
  woke_a_client_ = true;
  counters_.wakes.add(wake_count_);
  for (std::uint32_t i = 0; i < wake_count_; ++i) syscall(SYS_futex, wakes_[i], FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  wake_count_ = 0;
}

// [DOORBELL] (ingress/parking.h.) Doorbells are edges that stay in the epoll set until they are taken, so a ring between the look and the sleep
// is not lost. While asleep the worker is offline and holds no table and no channel set.
void Worker::park() noexcept {
  if (large_under_way_ != 0) return;
  const ChannelSet& channels = roster_.seating(options_.index).channels;
  if (!may_sleep(channels, [this] { return stopping_.load(std::memory_order_relaxed); })) {
    idle_.stayed_awake(base::ticks());
    return;
  }
  counters_.parks.add(1);
  reader_.offline();
  std::array<epoll_event, 64> events;
  epoll_wait(roster_.epoll_fd(options_.index), events.data(), static_cast<int>(events.size()), -1);
  idle_.woke(base::ticks());
  reader_.online();
  announce_awake(roster_.seating(options_.index).channels);
}

}  // namespace ringside::engine
