// A bundle made in memory, whose scores can be done in the head: for tests of what stands around the scoring.
//
//   fields    x (float, on_missing: pass)   then as many optional float fields as asked for, each read by nothing but the plan
//   margin    x < split ? low : high        x missing: low
//   value     the margin (reg:squarederror), or its sigmoid with classes {"bad", "good"}
//   lightgbm  the same as a LightGBM model of float64 features: x <= split goes left
//
// golden replay is not run: these bundles never see a file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/bundle/bundle.h"

namespace ringside::test {

struct MadeBundle {
  std::string version = "made_v1.0.0";
  float split = 10.0F, low = 1.0F, high = 2.0F;
  std::vector<engine::Field> more_fields{};  // behind x; numbers
  bool reject_extra_fields = true;
  bool binary = false;
  bool lightgbm = false;
  std::string label{};
  std::optional<engine::Baseline> baseline{};
  std::string manifest_sha256{};  // empty: the version, so that each version is a content of its own
};

[[nodiscard]] std::shared_ptr<const engine::Bundle> make_bundle(const MadeBundle& what);

[[nodiscard]] engine::Field float_field(const std::string& name, bool required = false);

}  // namespace ringside::test
