// The race of parking against submitting, for the short and the long test.
#pragma once

#include <cstdint>

namespace ringside::engine {

struct ParkRaceOutcome {
  std::uint64_t answered = 0, parks = 0, futex_waits = 0;
};

// `calls` calls of one client thread against one polling thread. Neither waits with a timeout: one lost wake, and nobody comes
// back.
[[nodiscard]] ParkRaceOutcome run_park_race(std::uint64_t calls, std::uint32_t seed);

}  // namespace ringside::engine
