// Counts of the last five minutes, hour and day, from looks at counters that only grow.
//
//   windows.look(counters.sum(), now);                  every ten seconds or so
//   std::vector<std::uint64_t> hour = windows.sum(1, now);
//
//   5m    30 slices of 10 s  ─┐
//   1h    30 slices of 2 min  ├ and the slice under way: a window covers its length and up to one slice more
//   24h   48 slices of 30 min ┘
//
// A look adds what came since the one before to the slice under way of each window. Between looks more than 2^32 rows must not come; a
// slice's count stops at 2^32 - 1.
//
// Memory: 111 slices of 4 bytes a count at the most: for 30 features and fields 300 KB a version, for 500 of each 5 MB. A slice without rows
// takes none, so that idle versions cost nothing.
//
// Thread safety: one thread. The clock is the caller's, and does not go back.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ringside::engine {

using DriftClock = std::chrono::steady_clock;

struct WindowShape {
  std::string_view name;
  std::chrono::seconds slice;
  std::uint32_t slices;

  [[nodiscard]] constexpr std::chrono::seconds length() const noexcept { return slice * slices; }
};
inline constexpr std::array<WindowShape, 3> kDriftWindows{
    {{"5m", std::chrono::seconds(10), 30}, {"1h", std::chrono::minutes(2), 30}, {"24h", std::chrono::minutes(30), 48}}};
inline constexpr std::chrono::seconds kLookEvery = kDriftWindows.front().slice;

// One window's ring of slices.
class SlidingCounts {
 public:
  SlidingCounts(const WindowShape& shape, DriftClock::time_point start) : shape_(shape), start_(start), ring_(shape.slices + 1) {}

  void add(std::span<const std::uint32_t> counts, DriftClock::time_point now);
  void add_to(std::vector<std::uint64_t>& sum, DriftClock::time_point now) const;
  // How far back the window reaches: to its first slice, or to the start.
  [[nodiscard]] std::chrono::duration<double> covers(DriftClock::time_point now) const;

 private:
  struct Slice {
    std::int64_t number = -1;
    std::vector<std::uint32_t> counts;
  };
  [[nodiscard]] std::int64_t number_at(DriftClock::time_point now) const { return (now - start_) / shape_.slice; }

  WindowShape shape_;
  DriftClock::time_point start_;
  std::vector<Slice> ring_;
};

// All windows of one version.
class DriftWindows {
 public:
  // `counts`: how many there are. They all are zero at `start`.
  DriftWindows(std::size_t counts, DriftClock::time_point start);

  // REQUIRES: as many as the constructor was told; each has grown, modulo 2^32, since the last look.
  void look(std::span<const std::uint32_t> counts, DriftClock::time_point now);

  [[nodiscard]] std::vector<std::uint64_t> sum(std::size_t window, DriftClock::time_point now) const;
  [[nodiscard]] std::chrono::duration<double> covers(std::size_t window, DriftClock::time_point now) const {
    return rings_[window].covers(now);
  }

 private:
  std::vector<std::uint32_t> last_;
  std::vector<SlidingCounts> rings_;  // as kDriftWindows
};

}  // namespace ringside::engine
