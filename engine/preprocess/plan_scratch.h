// The memory of one Plan::run(): the columns between fields and features, and the places of texts among their categories.
//
//   columns   column c begins at c × stride doubles, stride = rows rounded up to 8: each begins on a cache line, and a single
//             row's columns are neighbours instead of all falling into the same few sets of the cache
//   places    of lookup l and row r: [l × 64 + r]
//   broadcast what is in all of these for a whole call, and since which reading of its fields (broadcast_run.h)
//
// Thread safety: none; a worker owns one for each bundle. All memory is reserved and touched in the constructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "client_lib/base/check.h"
#include "engine/decode/tile.h"

namespace ringside::engine {

class PlanScratch {
 public:
  struct Broadcast {
    std::uint64_t reading = 0;          // Tile::reading(); 0: nothing is kept
    std::vector<std::uint8_t> columns;  // 1: the column's one number stands in broadcast_rows() rows
    std::vector<std::int32_t> places;   // by step: of its one value among its categories
  };

  PlanScratch(std::size_t columns, std::size_t lookups, std::size_t steps)
      : columns_(static_cast<double*>(
            ::operator new[](sizeof(double) * kTileRows * (columns + 1), std::align_val_t{kColumnAlignment}))),
        places_(lookups * kTileRows, 0),
        broadcast_{.reading = 0, .columns = std::vector<std::uint8_t>(columns), .places = std::vector<std::int32_t>(steps)} {
    RINGSIDE_CHECK(is_aligned_column(columns_.get()));
    for (std::size_t i = 0; i < (columns + 1) * kTileRows; ++i) columns_[i] = 0.0;
  }

  [[nodiscard]] double* columns() noexcept { return columns_.get(); }
  [[nodiscard]] std::int32_t* places(std::size_t lookup) noexcept { return places_.data() + lookup * kTileRows; }
  [[nodiscard]] Broadcast& broadcast() noexcept { return broadcast_; }

 private:
  struct FreeAligned {
    void operator()(double* memory) const noexcept { ::operator delete[](memory, std::align_val_t{kColumnAlignment}); }
  };
  std::unique_ptr<double[], FreeAligned> columns_;
  std::vector<std::int32_t> places_;
  Broadcast broadcast_;
};

}  // namespace ringside::engine
