// Small boosters trained by the XGBoost library itself, on seeded random data, saved as it saves them.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace ringside::engine::test {

struct TrainingPlan {
  std::string name;  // Of the test case.
  std::vector<std::pair<std::string, std::string>> params;
  std::uint32_t rounds = 12;
  std::uint32_t features = 7;
  std::uint32_t classes = 0;  // 0: labels as the objective wants them; otherwise 0 … classes - 1.
  std::uint32_t targets = 1;
  enum class Labels : std::uint8_t { kReal, kZeroOne, kClass, kCount, kPositive, kRank } labels = Labels::kReal;
};

inline void PrintTo(const TrainingPlan& plan, std::ostream* to) { *to << plan.name; }

struct TrainedBooster {
  std::string json;
  std::string ubj;
};

// Throws std::runtime_error with XGBoost's words where training fails.
[[nodiscard]] TrainedBooster train(const TrainingPlan& plan);

// Every objective and booster that the forest supports.
[[nodiscard]] std::vector<TrainingPlan> training_plans();

}  // namespace ringside::engine::test
