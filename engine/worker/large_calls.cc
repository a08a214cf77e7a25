// The calls that take several passes: found by their channel, forgotten with it.
#include <algorithm>

#include "engine/worker/worker.h"

namespace ringside::engine {

// A new seating: large calls of channels that left it are forgotten. Their channels may be freed already (our last quiet() let the reclaimer),
// and their addresses may belong to others by now: so an address is only compared, and believed only together with its client.
void Worker::adopt(const Seating& seating) noexcept {
  seating_number_ = seating.number;
  for (const auto& active : large_) {
    if (active->channel == nullptr) continue;
    const bool still_here = std::ranges::any_of(seating.channels, [&](const Channel* channel) {
      return channel == active->channel && channel->client_id() == active->client_id;
    });
    if (!still_here) drop(*active);
  }
}

// Its channel is not followed. Its terms and its table are: held and pinned, so they are there, also when their session has left.
void Worker::drop(ActiveCall& active) noexcept {
  if (active.channel == nullptr) return;
  leave_terms(active);
  if (active.pinned) active.table->unpin(options_.index);
  active.channel = nullptr;
  --large_under_way_;
}

ActiveCall* Worker::large_call_of(const Channel& channel) noexcept {
  for (const auto& active : large_) {
    if (active->channel == &channel) return active.get();
  }
  return nullptr;
}

}  // namespace ringside::engine
