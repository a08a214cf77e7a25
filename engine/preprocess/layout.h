// The last part of Plan::compile: in which order steps run and in which columns they work, so that a single row is SIMD over its fields.
//
//   draft     x − 38 → x1   x1 ÷ 12 → x2   y − 2500 → y1   city ? → c   y1 ÷ 900 → y2        features x2 y2 c
//   columns   x, x1 and x2 share column 0, y, y1 and y2 column 1, c has 2: in the order of the features
//   steps     {x, y} − {38, 2500} ÷ {12, 900}    city ?
//
// Steps that can refuse a row or list a category keep their order, so that a row's errors are those of the plain order. The others
// compute the same numbers whenever they run after what they read, and two of a scaler may be one, each rounded.
//
// Thread safety: pure. Cost: steps squared at worst, linear in usual plans; control path.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "engine/preprocess/compiled_plan.h"

namespace ringside::engine {

// One column of the spec: written once.
struct DraftColumn {
  bool is_number = false;   // a number field as it is
  std::uint32_t field = 0;  // where its numbers came from
};

struct DraftNumber {  // one column of a NumberGroup
  const NumberKernel* kernel = nullptr;
  double a = 0, b = 0;
};

struct DraftStep {
  static constexpr std::uint32_t kNothing = ~std::uint32_t{0};
  std::variant<DraftNumber, CompiledStep> step;
  std::uint32_t in = kNothing;      // draft column; kNothing: a text, or nothing
  std::vector<std::uint32_t> outs;  // draft columns
};

struct Draft {
  std::vector<DraftColumn> columns;
  std::vector<DraftStep> steps;
  std::vector<std::uint32_t> features;  // draft columns
  std::vector<std::uint32_t> finite;    // draft columns that may not be infinite
};

// Fills compiled.steps, what a layout decides. tile_columns: of the schema's fields (Tile::columns_of).
void lay_out(Draft draft, const std::vector<std::uint32_t>& tile_columns, CompiledPlan& compiled);

}  // namespace ringside::engine
