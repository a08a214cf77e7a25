// What the releases of XGBoost do differently with the same numbers, as values to switch on: found out once, when a model is
// built, never a row.
//
//   const ReleaseRules rules = release_rules(model.version, model.booster);
//
// Each rule was read in the sources of every release from 1.2 to 3.4 and is held by the vectors of verified_versions.h. Objectives
// differ too; what concerns them is in objective.h.
//
// Thread safety: pure functions.
#pragma once

#include "engine/forest/model.h"

namespace ringside::engine {

// How a row's leaves are added to an output, always in float32 and in tree order. `margin` is the base margin or base score's.
enum class SumOrder : std::uint8_t {
  kMarginFirst,  // ((margin + leaf) + leaf) + …
  kLeavesFirst,  // margin + (((0 + leaf) + leaf) + …)
};

// Where a categorical split sends a value that can be none of its categories. A value between is truncated to a whole number and goes
// right if that is listed, left if not. (Before 1.5, XGBoost's CPU predictor knows no categories.)
enum class CategoryRule : std::uint8_t {
  kLeft,              // Below 0 (-0.5 is) and from 16777216 on: left.
  kDefaultDirection,  // Below 0, from 16777216 on, or beyond the word of 32 categories of the last one listed: as a missing value.
  kTruncated,         // Truncated before it is looked at: -0.5 is category 0; what is still below 0 goes left.
};

struct ReleaseRules {
  SumOrder sum = SumOrder::kMarginFirst;
  CategoryRule category = CategoryRule::kLeft;
  bool dart_leaf_from_zero = false;  // DART: (0 + leaf) * weight, which turns a leaf of -0 into 0; else leaf * weight.
};

[[nodiscard]] constexpr ReleaseRules release_rules(const BoosterVersion& version, BoosterKind booster) noexcept {
  const bool dart = booster == BoosterKind::kDart;
  ReleaseRules rules;
  if (version < BoosterVersion{1, dart ? 4 : 3, 0}) rules.sum = SumOrder::kLeavesFirst;
  if (version < BoosterVersion{1, 7, 3}) rules.category = CategoryRule::kDefaultDirection;
  if (version < BoosterVersion{1, 6, 0}) rules.category = CategoryRule::kTruncated;
  rules.dart_leaf_from_zero = version >= BoosterVersion{1, 4, 0} && version < BoosterVersion{3, 3, 0};
  return rules;
}

}  // namespace ringside::engine
