// A phase of the run: calls on schedule on one thread while an operator works on another, and which of them fell into the operator's windows.
//
//   calls     | | | | | | | | | | | | | | | |        a call belongs to a window if any of its time, from due to answered, lies in it
//   windows       [=====]        [=====]
//
// Thread safety: one thread reads it, after the callers were joined.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/switch/burst_schedule.h"
#include "bench/switch/callers.h"
#include "bench/switch/operator_desk.h"
#include "tools/load/histogram.h"

namespace ringside::bench {

inline constexpr double kLoad = 0.8;  // of capacity, on average

struct Phase {
  std::string inside, outside;  // what the two kinds of calls are called: "p99.9 in windows", "p99.9 outside"
  double capacity = 0;          // calls a second, measured a moment before
  BurstSchedule schedule{0, 1, kLoad};
  std::vector<std::uint32_t> latency_ns;  // by call
  std::uint64_t calls = 0;
  std::vector<Window> windows;  // in order, disjoint or touching
  load::Histogram in_ns, out_ns;

  [[nodiscard]] double rate() const noexcept {
    return static_cast<double>(schedule.calls_a_burst()) * 1e9 / BurstSchedule::kBurstNs;
  }
  // p99.9 of what is outside over p99.9 of what is inside: above 1, the windows are quicker.
  [[nodiscard]] double ratio() const noexcept;
};

// Measures capacity, then calls while `operate` works; `seconds_max`: room for so much. The callers' thread runs on processors().client and
// before anything else there, where that is allowed; `operate` on this thread. Ends the program where `operate` takes longer.
[[nodiscard]] Phase run_phase(Callers& callers, double seconds_max, const std::function<std::vector<Window>()>& operate);

// Sorts the calls into in_ns and out_ns.
void sort_calls(Phase& phase);

}  // namespace ringside::bench
