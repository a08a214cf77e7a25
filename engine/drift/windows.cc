#include "engine/drift/windows.h"

#include <algorithm>
#include <limits>

namespace ringside::engine {

void SlidingCounts::add(std::span<const std::uint32_t> counts, DriftClock::time_point now) {
  const std::int64_t number = number_at(now);
  Slice& slice = ring_[static_cast<std::size_t>(number) % ring_.size()];
  if (slice.number != number) slice = {number, std::vector<std::uint32_t>(counts.size())};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - slice.counts[i];
    slice.counts[i] += std::min(counts[i], room);
  }
}

void SlidingCounts::add_to(std::vector<std::uint64_t>& sum, DriftClock::time_point now) const {
  const std::int64_t newest = number_at(now);
  const std::int64_t oldest = newest - shape_.slices;
  for (const Slice& slice : ring_) {
    if (slice.number < oldest || slice.number > newest) continue;
    for (std::size_t i = 0; i < slice.counts.size(); ++i) sum[i] += slice.counts[i];
  }
}

std::chrono::duration<double> SlidingCounts::covers(DriftClock::time_point now) const {
  const std::int64_t oldest = std::max<std::int64_t>(0, number_at(now) - shape_.slices);
  return now - (start_ + oldest * shape_.slice);
}

DriftWindows::DriftWindows(std::size_t counts, DriftClock::time_point start) : last_(counts) {
  for (const WindowShape& shape : kDriftWindows) rings_.emplace_back(shape, start);
}

void DriftWindows::look(std::span<const std::uint32_t> counts, DriftClock::time_point now) {
  std::vector<std::uint32_t> came(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) came[i] = counts[i] - last_[i];
  if (std::ranges::all_of(came, [](std::uint32_t count) { return count == 0; })) return;
  last_.assign(counts.begin(), counts.end());
  for (SlidingCounts& ring : rings_) ring.add(came, now);
}

std::vector<std::uint64_t> DriftWindows::sum(std::size_t window, DriftClock::time_point now) const {
  std::vector<std::uint64_t> all(last_.size());
  rings_[window].add_to(all, now);
  return all;
}

}  // namespace ringside::engine
