// Where a client's channels sit, in which order they are polled, and on what terms they are served.
#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "engine/door/door.h"

namespace ringside::engine {

// Deals the channels out to the workers in turn.
bool Door::seat(Guest& guest) {
  for (std::size_t i = 0; i < guest.session->channels().size(); ++i) guest.workers.push_back(next_worker_++ % roster_.workers());
  for (const std::uint32_t worker : std::set<std::uint32_t>(guest.workers.begin(), guest.workers.end())) {
    if (!roster_.add_doorbell(worker, guest.session->doorbell())) return false;
  }
  publish_rosters();
  const std::lock_guard lock(status_mutex_);
  status_.insert_or_assign(guest.status.id, Seen{guest.status, guest.session.get()});
  return true;
}

void Door::publish_rosters() {
  std::vector<ChannelSet> sets(roster_.workers());
  for (const auto& [id, guest] : guests_) {
    if (guest->session == nullptr) continue;
    for (std::size_t i = 0; i < guest->workers.size(); ++i)
      sets[guest->workers[i]].push_back(guest->session->channels()[i].get());
  }
  for (ChannelSet& set : sets)
    std::ranges::stable_sort(set, {}, [](const Channel* channel) { return channel->terms().priority(); });
  for (std::uint32_t worker = 0; worker < roster_.workers(); ++worker) roster_.set_channels(worker, std::move(sets[worker]));
}

void Door::take_new_limits() noexcept {
  new_limits_.store(true, std::memory_order_relaxed);  // relaxed: the knock orders it, and the book has its own lock
  knock();
}

void Door::set_new_terms() {
  for (const auto& [id, guest] : guests_) {
    if (guest->session != nullptr) set_terms(*guest);
  }
  publish_rosters();  // classes stand in their order there
}

void Door::set_terms(Guest& guest) {
  if (options_.book == nullptr) return;
  const Terms* const before = guest.session->set_terms(options_.book->terms_of(guest.status.uid, guest.status.name));
  reclaimer_.retire([before] { delete before; }, [before] { return !before->held(); });
}

}  // namespace ringside::engine
