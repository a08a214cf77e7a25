// Differential fuzzing: boosters of random structure and size, of every kind and objective of libxgboost 1.7.4 (which has no vector leaves: the
// vectors of later releases hold those), with one and several outputs, written as files that both we and it read, on
// rows that sit on their thresholds and beside them, on ±0, subnormals, infinities and missing values. What is compared is what would serve,
// and every kernel that takes the forest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace ringside::engine::test {

struct Effort {
  std::uint64_t models;
  std::size_t rows;  // A model.
};

struct Compared {
  std::uint64_t models = 0, pairs = 0, large = 0;  // large: models of 50 trees or more.
  std::map<std::string, std::uint64_t> with{};     // Models of each objective, booster and other trait that can be met.
};

// Everything follows from the seed; a failure names the one of its model. RINGSIDE_DIFFERENTIAL_SEED repeats a run from there.
[[nodiscard]] Compared compare_with_library(const Effort& effort, std::uint64_t first_seed);

}  // namespace ringside::engine::test
