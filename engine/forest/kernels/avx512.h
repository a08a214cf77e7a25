// The kernels that are written for AVX-512 with VBMI (Ice Lake, Zen 4 and later), as plain functions over plain views of memory.
//
// The sources behind this header, *_avx512.cc, are the only ones compiled for that processor. Nothing but this header's structs and
// <immintrin.h> may be included there: an inline function of anybody else's, compiled there too, could be the copy that the linker keeps,
// and would then fault on a lesser processor. What builds the views is in bit_trees.cc and clusters.cc.
//
// Thread safety: pure functions of constant views. Cost: no call allocates or enters the kernel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::engine::avx512 {

inline constexpr std::size_t kRowsMax = 64;      // A call.
inline constexpr std::size_t kTreesAGroup = 16;  // Walked at once; views are padded to whole groups.
inline constexpr std::size_t kColumnsMax = 128;

// How features become ranks (threshold_columns.h). Where a group of 16 columns has few thresholds, all are compared with the first one of
// each, the second one of each, …: rungs, NaN where a column has fewer. In other groups a column's thresholds lie in blocks of 16, the
// last one filled up with NaN; its 16 pivots are the last thresholds of its full blocks, then NaN.
struct Columns {
  const std::uint32_t* features;             // By column, padded to whole groups.
  const float* rungs;                        // 16 a rung, group after group.
  std::uint32_t rungs_of[kColumnsMax / 16];  // By group, an even number; 0: blocks.
  const std::uint32_t* first_blocks;         // By column: index in blocks.
  const float* pivots;                       // 16 a column.
  const float* blocks;                       // 16 a block.
  std::uint32_t count;                       // Numerical columns, a multiple of 8.
  bool in_order;                             // Column c is feature c, for every c that is a feature.
  std::uint32_t features_in_row;             // How many floats of a row may be loaded; in order: at most `count`.
};

// Ranks of the set columns of one row, made by the caller, and which columns of all are missing.
struct SetRanks {
  std::uint64_t lanes[kColumnsMax / 8];  // Of 8 columns each, from column Columns::count on.
  std::uint64_t missing;                 // Bit c of column c. Not asked with kOneSlot, where a missing category's rank is 0.
};

// What a byte of a node names, threshold_columns.h.
enum class Slots : std::uint32_t {
  kTwo32,    // Two slots for each of 32 columns.
  kTwo64,    // Two slots for each of 64 columns.
  kOneSlot,  // One slot for each of 128 columns, and a default bit.
};

struct Output {
  const std::uint32_t* of_tree;  // null: there is one output.
  std::size_t count;             // Margins a row.
};

// Whole trees, every split of which is asked at once. A tree is 2^levels bytes of slots and as many of ranks: node h of the heap order
// (root 1, children 2h and 2h + 1) at byte h. Its 2^levels leaves follow the same order.
struct BitTrees {
  Columns columns;
  Slots slot_kind;
  std::uint32_t levels;  // 3 to 6.
  std::uint32_t trees;
  const std::uint8_t* slots;
  const std::uint8_t* ranks;
  const float* leaves;
};

// Trees in stages of clusters: 15 splits over 4 levels, asked at once, which choose one of 16 clusters of the next stage.
// Stage 0 holds a group's 16 clusters as 256 bytes of slots and 256 of ranks; a later one's clusters are 16 bytes of slots and 16 of ranks.
struct Clusters {
  static constexpr std::uint32_t kStagesMax = 3;

  Columns columns;
  Slots slot_kind;
  std::uint32_t stages;        // 2 or 3.
  std::uint32_t first_levels;  // Of stage 0: 1 to 4. The others have 4.
  std::uint32_t trees;
  const std::uint8_t* stage[kStagesMax];
  const float* leaves;  // 2^(first_levels + 4 (stages - 1)) a tree.
};

// rows <= kRowsMax; `sets`: one a row, or null where the columns have none. Adds to margins[row * output.count + …].
void add_bit_trees(const BitTrees& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
                   const Output& output, float* margins) noexcept;
void add_clusters(const Clusters& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
                  const Output& output, float* margins) noexcept;

}  // namespace ringside::engine::avx512
