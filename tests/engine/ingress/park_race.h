// The race of parking against submitting, for the short and the long test.
#pragma once

#include <cstdint>

namespace ringside::engine {

struct ParkRaceOutcome {
  std::uint64_t answered = 0, parks = 0, futex_waits = 0;
  std::uint64_t rescued = 0;  // sleeps that only the safety timeout ended: lost wakes
};

// `calls` calls of one client thread against one polling thread. Both really sleep, in the kernel, for at most a safety timeout that is far
// longer than any wake-up: a lost wake is counted, hangs nothing, and ends the race.
[[nodiscard]] ParkRaceOutcome run_park_race(std::uint64_t calls, std::uint32_t seed);

}  // namespace ringside::engine
