// Steps whose bits no two libraries share: log1p, power, the normal quantile. The manifest names each with the bound that the exporter
// measured in float64, and replay lets a feature that comes from one differ by a little more than that.
//
//   preprocess.json steps[7] power ── manifest.inexact {"step":7,"what":"PowerTransformer","ulp":4} ── feature income: 4 float32 units
//
// Thread safety: values and pure functions; loader only.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/bundle/manifest.h"
#include "engine/bundle/problem.h"
#include "engine/preprocess/plan_spec.h"

namespace ringside::engine {

// Says which inexact steps the manifest lacks, and which of its entries are of other steps.
void check_inexact(const PlanSpec& spec, const std::vector<InexactStep>& listed, BundleProblems& problems);

// By feature: how many units in its last place it may differ by, 0 where it comes from no inexact step. A bound of less than 2^29 float64
// units moves a float32 by one at most; a mean that is subtracted afterwards makes a little more of it. A float64 feature may differ by
// the bound and what a subtraction that cancels ten bits makes of it.
// REQUIRES: spec compiles, and check_inexact() said nothing.
[[nodiscard]] std::vector<std::uint64_t> feature_bounds(const PlanSpec& spec, const std::vector<InexactStep>& listed);

// Whether two numbers of `type`, as bits, are at most `ulp` steps apart. Never where one is NaN and the other is not.
[[nodiscard]] bool within(std::uint64_t bits, std::uint64_t expected, FloatType type, std::uint64_t ulp) noexcept;

}  // namespace ringside::engine
