// Random trees, and rows made to meet them where it hurts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "engine/forest/model.h"

namespace ringside::engine::test {

// A random tree of at most 2^depth leaves, its ids in no order (siblings stay neighbours), with some nodes that nothing leads to.
// Thresholds and leaves are awkward floats, some thresholds infinite or NaN.
[[nodiscard]] BoosterTree random_tree(std::mt19937_64& random, std::uint32_t features, std::uint32_t depth);

// Makes about half of the splits categorical, their sets of one to four categories at the edges of the words of a bit set.
void make_categorical(std::mt19937_64& random, BoosterTree& tree);

// ±0, subnormal, tiny, huge, whole, fractional; never NaN or infinite.
[[nodiscard]] float awkward_float(std::mt19937_64& random);

// Rows that sit on the model's thresholds (or categories) and one ulp beside them, NaN of several kinds, ±0, subnormal and, where asked for,
// ±inf. The first row is all missing.
[[nodiscard]] std::vector<float> trap_rows(std::mt19937_64& random, const BoosterModel& model, std::size_t rows, bool infinities);

// True with probability percent / 100.
[[nodiscard]] inline bool chance(std::mt19937_64& random, unsigned percent) { return random() % 100 < percent; }

}  // namespace ringside::engine::test
