// What Plan::compile() leaves of a PlanSpec: names gone, texts in an index, columns numbered. compile.cc writes it, plan.cc runs
// it.
//
//   spec      number age → age:0    subtract age:0 → age:1    divide age:1 → age          label city → city     [age, city]
//   compiled  ── nothing to do ──   column 0 = field 2 − c    column 0 = column 0 ÷ c      column 1 = place      [0, 1]
//
// Columns are written once in the spec; here a step writes over its input where nobody else reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/preprocess/plan.h"
#include "engine/schema/text_index.h"

namespace ringside::engine {

// Where a step or feature finds its numbers: a column of the scratch, or a number field of the tile as it is.
struct PlanOperand {
  bool is_field = false;
  std::uint32_t index = 0;
};

// Every category that any step knows of one field: a text is looked up once, and each step translates the place.
struct PlanLookup {
  std::uint32_t field = 0;
  TextIndex texts;
};

enum class PlanOp : std::uint8_t { kLabel, kOnehot, kAdd, kSubtract, kMultiply, kDivide, kClip };

struct CompiledStep {
  static constexpr std::int32_t kUnseen = -1;    // in codes: no category of this step
  static constexpr std::int32_t kNoColumn = -2;  // onehot: zeros, for a category without a column

  PlanOp op = PlanOp::kAdd;
  PlanOperand in;          // arithmetic and clip
  std::uint32_t out = 0;   // first column written
  std::uint32_t outs = 1;  // onehot: columns from `out` on
  double a = 0, b = 0;     // arithmetic: a; clip: low a, high b

  std::uint32_t lookup = 0;         // label and onehot
  std::vector<std::int32_t> codes;  // place in the lookup, + 1 (place -1: no category of any step) → code
  bool reject_unseen = false;
  std::int32_t unseen_code = kNoColumn;  // where not rejected: a code, or kNoColumn for zeros
};

struct Plan::Compiled {
  std::vector<PlanLookup> lookups;
  std::vector<CompiledStep> steps;
  std::vector<PlanOperand> features;
  std::vector<std::uint16_t> feature_fields;  // the field that a feature came from: errors name it
  std::vector<std::string> feature_names;
  std::uint32_t columns = 0;
  std::optional<float> missing;
  FloatType feature_type = FloatType::kFloat32;
};

}  // namespace ringside::engine
