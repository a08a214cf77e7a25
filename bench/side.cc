#include "bench/side.h"

#include "bench/stopwatch.h"

namespace ringside::bench {

std::size_t Side::run_slice(std::size_t row, std::size_t rows, std::size_t rows_a_call, const SliceLimits& limits,
                            double slowdown, load::Histogram& ticks) {
  const std::uint64_t begin = fenced_ticks();
  for (std::uint32_t calls = 0;; ++calls) {
    if (row + rows_a_call > rows) row = 0;
    stage(row);
    row += rows_a_call;
    const std::uint64_t start = fenced_ticks();
    call();
    std::uint64_t end = fenced_ticks();
    if (slowdown > 1.0) {
      const auto wanted = static_cast<std::uint64_t>(static_cast<double>(end - start) * slowdown);
      while (end - start < wanted) end = fenced_ticks();
    }
    ticks.record(end - start);
    if (end - begin >= limits.ticks && calls + 1 >= limits.calls_min) return row;
  }
}

}  // namespace ringside::bench
