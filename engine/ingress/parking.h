// [DOORBELL], the worker's half: it says on every channel that it will sleep, looks once more at each, and only then sleeps.
//
//   if (may_sleep(channels, stopping)) { offline; wait on the doorbells; online; announce_awake(the channels of now); }
//
// Whoever posts after the look finds `parked` set and rings; a ring between the look and the sleep stays queued in the epoll set.
// Templates over what a channel is: tests/model/ has its own. Thread safety: the worker's. Cost: a locked store a channel.
#pragma once

#include <algorithm>

namespace ringside::engine {

template <class Channels>
void announce_awake(const Channels& channels) noexcept {
  for (auto* channel : channels) channel->announce_awake();
}

// False: there is work, or `stopping()`; the channels know again that the worker is awake.
template <class Channels, class Stopping>
[[nodiscard]] bool may_sleep(const Channels& channels, Stopping stopping) noexcept {
  for (auto* channel : channels) channel->announce_park();
  const bool posted =
      std::ranges::any_of(channels, [](auto* channel) { return channel->posted_after_announcing() && !channel->expelled(); });
  if (!posted && !stopping()) return true;
  announce_awake(channels);
  return false;
}

}  // namespace ringside::engine
