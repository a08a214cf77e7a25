// Writes a BoosterModel as XGBoost would write it, in JSON and in UBJSON, so that tests can shape models that no training gives
// and let both our reader and the XGBoost library read the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/forest/model.h"

namespace ringside::engine::test {

[[nodiscard]] std::string write_json(const BoosterModel& model);
[[nodiscard]] std::string write_ubj(const BoosterModel& model);

[[nodiscard]] inline std::span<const std::byte> as_bytes(const std::string& file) {
  return std::as_bytes(std::span(file.data(), file.size()));
}

// "5E-1": the shortest decimal that reads back as the same float, always with an exponent, as XGBoost writes it.
[[nodiscard]] std::string float_text(float value);

// A tree of one leaf.
[[nodiscard]] BoosterTree leaf_tree(float value);

// feature < threshold ? left : right; missing goes left if `default_left`.
[[nodiscard]] BoosterTree stump(std::int32_t feature, float threshold, bool default_left, float left, float right);

// A model without trees; add them with add_tree().
[[nodiscard]] BoosterModel empty_model(const std::string& objective, std::uint32_t features, std::uint32_t classes = 0);
void add_tree(BoosterModel& model, BoosterTree tree, std::uint32_t output = 0, float weight = 1.0F);

}  // namespace ringside::engine::test
