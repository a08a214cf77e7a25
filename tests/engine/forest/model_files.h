// Writes a BoosterModel as XGBoost would write it, in JSON and in UBJSON, so that tests can shape models that no training gives and
// let both our reader and the XGBoost library read the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
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

// A random tree of at most 2^depth leaves, its ids in no order (siblings stay neighbours), with some nodes that nothing leads to.
// Thresholds and leaves are awkward floats, some thresholds infinite or NaN.
[[nodiscard]] BoosterTree random_tree(std::mt19937_64& random, std::uint32_t features, std::uint32_t depth);

// ±0, subnormal, tiny, huge, whole, fractional; never NaN or infinite.
[[nodiscard]] float awkward_float(std::mt19937_64& random);

// Rows that sit on the model's thresholds and one ulp beside them, NaN of several kinds, ±0, subnormal and, where asked for, ±inf.
// The first row is all missing.
[[nodiscard]] std::vector<float> trap_rows(std::mt19937_64& random, const BoosterModel& model, std::size_t rows, bool infinities);

// True with probability percent / 100.
[[nodiscard]] inline bool chance(std::mt19937_64& random, unsigned percent) { return random() % 100 < percent; }

}  // namespace ringside::engine::test
