// A row's numbers to counts: each number's bin is found in its own row of edges, and that bin's cell counts one more.
//
//   edges of feature i    e0 < e1 < … < e14, infinity          bin: how many edges are not above x
//   cells of feature i    bin 0 … bin 15, missing              NaN is below no edge, infinity included: cell 16
//
// Thread safety: pure but for the cells, which have one writer. Cost: no branch (which bin comes is what a predictor cannot know): 24
// instructions a number with what every x86-64 has, 12 with AVX2, 9 with AVX-512. Chosen once, by processor; all give the same bins.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/drift/baseline.h"

namespace ringside::engine {

using CountCell = std::atomic<std::uint32_t>;
inline constexpr std::size_t kHistogramCells = kBinsMax + 1;  // the bins, then missing

template <class Number>
struct alignas(64) EdgeRow {
  Number edges[kBinsMax];
};

// Counts numbers x[0], x[1], … in the histograms [edges, end), whose cells follow each other.
template <class Number>
using AddRow = void (*)(const EdgeRow<Number>* edges, const EdgeRow<Number>* end, CountCell* cells, const Number* x) noexcept;

// The quickest that runs here, and all that do, the portable one first: for tests and benchmarks.
template <class Number>
[[nodiscard]] AddRow<Number> choose_add_row();
template <class Number>
[[nodiscard]] std::vector<AddRow<Number>> every_add_row();

inline void bump(CountCell& cell, std::uint32_t amount = 1) noexcept {  // REQUIRES: the cell's one writer
  cell.store(cell.load(std::memory_order_relaxed) + amount,
             std::memory_order_relaxed);  // relaxed: our own last store; see counters.h
}

}  // namespace ringside::engine
