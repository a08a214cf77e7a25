#include "tests/engine/forest/trained_boosters.h"

#include <xgboost/c_api.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

namespace ringside::engine::test {
namespace {

constexpr std::size_t kRows = 300;

void must(int status) {
  if (status != 0) throw std::runtime_error(XGBGetLastError());
}

float uniform(std::mt19937_64& random) { return static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-53 * 2 - 1); }

// Columns of different kinds (continuous, whole numbers, flags, subnormal, huge), a fifth of the cells missing.
std::vector<float> random_matrix(std::mt19937_64& random, std::size_t features) {
  std::vector<float> cells(kRows * features);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const float x = uniform(random);
    switch (i % features % 5) {
      case 0:
        cells[i] = x;
        break;
      case 1:
        cells[i] = std::floor(x * 6);
        break;
      case 2:
        cells[i] = x > 0 ? 1.0F : 0.0F;
        break;
      case 3:
        cells[i] = x * 1e-38F;
        break;
      default:
        cells[i] = x * 1e12F;
        break;
    }
    if (random() % 5 == 0) cells[i] = std::numeric_limits<float>::quiet_NaN();
  }
  return cells;
}

float label(std::mt19937_64& random, const TrainingPlan& plan, float signal) {
  using Labels = TrainingPlan::Labels;
  const float x = signal + 0.3F * uniform(random);
  switch (plan.labels) {
    case Labels::kReal:
      return x * 10;
    case Labels::kZeroOne:
      return x > 0 ? 1.0F : 0.0F;
    case Labels::kClass:
      return static_cast<float>(static_cast<std::uint32_t>(std::abs(x) * 1000) % plan.classes);
    case Labels::kCount:
      return std::floor(std::abs(x) * 9);
    case Labels::kPositive:
      return std::abs(x) + 0.01F;
    case Labels::kRank:
      return std::floor(std::abs(x) * 3);
  }
  return x;
}

std::string save(BoosterHandle booster, const char* config) {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  must(XGBoosterSaveModelToBuffer(booster, config, &size, &bytes));
  return {bytes, size};
}

}  // namespace

TrainedBooster train(const TrainingPlan& plan) {
  must(XGBSetGlobalConfig(R"({"verbosity": 0})"));
  std::mt19937_64 random(20240501);
  const std::vector<float> cells = random_matrix(random, plan.features);
  std::vector<float> labels(kRows * plan.targets);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t row = i / plan.targets * plan.features;
    const float signal = std::isnan(cells[row]) ? cells[row + 2] : cells[row];
    labels[i] = label(random, plan, std::isnan(signal) ? 0.1F * static_cast<float>(i % 7) : signal);
  }
  DMatrixHandle data = nullptr;
  must(XGDMatrixCreateFromMat(cells.data(), kRows, plan.features, std::numeric_limits<float>::quiet_NaN(), &data));
  if (plan.params.front().second == "survival:aft") {
    must(XGDMatrixSetFloatInfo(data, "label_lower_bound", labels.data(), labels.size()));
    must(XGDMatrixSetFloatInfo(data, "label_upper_bound", labels.data(), labels.size()));
  } else {
    must(XGDMatrixSetFloatInfo(data, "label", labels.data(), labels.size()));
  }
  if (plan.labels == TrainingPlan::Labels::kRank) {
    const std::vector<unsigned> groups(kRows / 10, 10);
    must(XGDMatrixSetUIntInfo(data, "group", groups.data(), groups.size()));
  }
  BoosterHandle booster = nullptr;
  must(XGBoosterCreate(&data, 1, &booster));
  for (const auto& [key, value] : {std::pair<std::string, std::string>{"nthread", "1"}, {"seed", "7"}, {"max_depth", "4"}}) {
    must(XGBoosterSetParam(booster, key.c_str(), value.c_str()));
  }
  for (const auto& [key, value] : plan.params) must(XGBoosterSetParam(booster, key.c_str(), value.c_str()));
  if (plan.classes > 0) must(XGBoosterSetParam(booster, "num_class", std::to_string(plan.classes).c_str()));
  for (std::uint32_t round = 0; round < plan.rounds; ++round)
    must(XGBoosterUpdateOneIter(booster, static_cast<int>(round), data));
  TrainedBooster trained{save(booster, R"({"format": "json"})"), save(booster, R"({"format": "ubj"})")};
  XGBoosterFree(booster);
  XGDMatrixFree(data);
  return trained;
}

std::vector<TrainingPlan> training_plans() {
  using Labels = TrainingPlan::Labels;
  const std::pair<std::string, std::string> dart{"booster", "dart"};
  const std::pair<std::string, std::string> drop{"rate_drop", "0.3"};
  return {
      {.name = "binary_logistic", .params = {{"objective", "binary:logistic"}}, .rounds = 30, .labels = Labels::kZeroOne},
      {.name = "binary_logistic_base_score",
       .params = {{"objective", "binary:logistic"}, {"base_score", "0.037"}},
       .labels = Labels::kZeroOne},
      {.name = "binary_logistic_deep",
       .params = {{"objective", "binary:logistic"}, {"max_depth", "9"}, {"min_child_weight", "0"}},
       .labels = Labels::kZeroOne},
      {.name = "binary_logistic_hist",
       .params = {{"objective", "binary:logistic"}, {"tree_method", "hist"}},
       .labels = Labels::kZeroOne},
      {.name = "binary_logistic_pruned",
       .params = {{"objective", "binary:logistic"}, {"gamma", "1"}},
       .rounds = 20,
       .labels = Labels::kZeroOne},
      {.name = "binary_hinge", .params = {{"objective", "binary:hinge"}}, .labels = Labels::kZeroOne},
      {.name = "binary_logitraw", .params = {{"objective", "binary:logitraw"}}, .labels = Labels::kZeroOne},
      {.name = "reg_logistic", .params = {{"objective", "reg:logistic"}, {"base_score", "0.9"}}, .labels = Labels::kZeroOne},
      {.name = "softprob", .params = {{"objective", "multi:softprob"}}, .classes = 3, .labels = Labels::kClass},
      {.name = "softprob_base_score",
       .params = {{"objective", "multi:softprob"}, {"base_score", "2.25"}},
       .classes = 5,
       .labels = Labels::kClass},
      {.name = "softmax", .params = {{"objective", "multi:softmax"}}, .classes = 3, .labels = Labels::kClass},
      {.name = "softprob_parallel",
       .params = {{"objective", "multi:softprob"}, {"num_parallel_tree", "2"}, {"subsample", "0.7"}},
       .rounds = 5,
       .classes = 3,
       .labels = Labels::kClass},
      {.name = "squarederror", .params = {{"objective", "reg:squarederror"}}},
      {.name = "squarederror_parallel",
       .params = {{"objective", "reg:squarederror"}, {"num_parallel_tree", "2"}, {"subsample", "0.7"}}},
      {.name = "squarederror_large_base_score", .params = {{"objective", "reg:squarederror"}, {"base_score", "1000000.1"}}},
      {.name = "squarederror_negative_base_score", .params = {{"objective", "reg:squarederror"}, {"base_score", "-3.3"}}},
      {.name = "squarederror_two_targets", .params = {{"objective", "reg:squarederror"}}, .targets = 2},
      {.name = "squaredlogerror", .params = {{"objective", "reg:squaredlogerror"}}, .labels = Labels::kPositive},
      {.name = "absoluteerror", .params = {{"objective", "reg:absoluteerror"}}},
      {.name = "pseudohuber", .params = {{"objective", "reg:pseudohubererror"}}},
      {.name = "poisson", .params = {{"objective", "count:poisson"}}, .labels = Labels::kCount},
      {.name = "poisson_base_score", .params = {{"objective", "count:poisson"}, {"base_score", "3.7"}}, .labels = Labels::kCount},
      {.name = "gamma", .params = {{"objective", "reg:gamma"}}, .labels = Labels::kPositive},
      {.name = "tweedie", .params = {{"objective", "reg:tweedie"}}, .labels = Labels::kPositive},
      {.name = "cox", .params = {{"objective", "survival:cox"}}, .labels = Labels::kPositive},
      {.name = "aft", .params = {{"objective", "survival:aft"}}, .labels = Labels::kPositive},
      {.name = "pairwise", .params = {{"objective", "rank:pairwise"}}, .labels = Labels::kRank},
      {.name = "ndcg", .params = {{"objective", "rank:ndcg"}}, .labels = Labels::kRank},
      {.name = "map", .params = {{"objective", "rank:map"}}, .labels = Labels::kZeroOne},
      {.name = "dart_binary", .params = {{"objective", "binary:logistic"}, dart, drop}, .rounds = 25, .labels = Labels::kZeroOne},
      {.name = "dart_softprob",
       .params = {{"objective", "multi:softprob"}, dart, drop},
       .rounds = 15,
       .classes = 3,
       .labels = Labels::kClass},
      {.name = "dart_parallel",
       .params = {{"objective", "reg:squarederror"}, dart, drop, {"num_parallel_tree", "2"}, {"subsample", "0.7"}},
       .rounds = 15},
  };
}

}  // namespace ringside::engine::test
