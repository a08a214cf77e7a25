// Goal: the reference is only trusted where it is known to be right, and its failures are errors with its own words, never
//   exceptions.
// Method: models at the edge of the table, rows that the library refuses, files that it cannot read.

#include "engine/forest/reference.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <thread>

#include "tests/engine/forest/model_files.h"

namespace ringside::engine::test {
namespace {

BoosterModel small_model() {
  BoosterModel model = empty_model("binary:logistic", 2);
  add_tree(model, stump(1, 0.5F, true, -1, 1));
  return model;
}

TEST(XgboostReference, IsTrustedForReleasesThatSayTheSame) {
  BoosterModel model = small_model();
  for (const BoosterVersion version : {BoosterVersion{1, 7, 4}, {1, 7, 6}, {2, 1, 4}}) {
    model.version = version;
    EXPECT_TRUE(XgboostReference::trusted(model)) << version.major << "." << version.minor;
  }
  for (const BoosterVersion version : {BoosterVersion{3, 2, 0}, {4, 0, 0}, {1, 1, 0}}) {
    model.version = version;
    EXPECT_FALSE(XgboostReference::trusted(model)) << version.major << "." << version.minor;
  }
}

TEST(XgboostReference, IsNotTrustedWithWhatItReadsOtherwise) {
  BoosterModel model = small_model();
  model.version = {2, 1, 4};
  model.objective = "reg:quantileerror";  // It has none.
  EXPECT_FALSE(XgboostReference::trusted(model));
  model = small_model();
  model.num_target = 2;
  model.trees[0].leaf_size = 2;
  EXPECT_FALSE(XgboostReference::trusted(model));
  model = small_model();
  model.version = {1, 7, 2};
  model.trees[0].is_categorical = {1, 0, 0};
  EXPECT_FALSE(XgboostReference::trusted(model));
  model.version = {1, 7, 3};
  EXPECT_TRUE(XgboostReference::trusted(model));
}

TEST(XgboostReference, AnswersForSomeRoundsAndTakesTheMissingValueAsTold) {
  for (const BoosterKind booster : {BoosterKind::kGbtree, BoosterKind::kDart}) {
    BoosterModel model = empty_model("binary:logistic", 1);
    model.booster = booster;
    model.missing = -999;
    add_tree(model, stump(0, 0, false, 1, 2));
    add_tree(model, leaf_tree(10));
    const std::string file = write_json(model);
    auto reference = XgboostReference::load(as_bytes(file), model, 1);
    ASSERT_TRUE(reference.ok()) << reference.error();
    const float cells[] = {-999, -998, std::numeric_limits<float>::quiet_NaN()};
    float margins[3];
    ASSERT_TRUE(reference->predict(cells, 3, nullptr, margins, nullptr).ok());
    EXPECT_EQ(std::vector<float>(margins, margins + 3), (std::vector<float>{2, 1, 2}));
  }
}

TEST(XgboostReference, FillsMarginsValuesOrBoth) {
  const BoosterModel model = small_model();
  const std::string file = write_ubj(model);
  auto reference = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(reference.ok()) << reference.error();
  const float cells[] = {0, 0, 0, 1};
  float margins[2] = {};
  float values[2] = {};
  ASSERT_TRUE(reference->predict(cells, 2, nullptr, margins, values).ok());
  EXPECT_EQ(margins[0], -1.0F);
  EXPECT_EQ(margins[1], 1.0F);
  EXPECT_NEAR(values[1], 0.731F, 1e-3F);
  float margins_alone[2] = {};
  ASSERT_TRUE(reference->predict(cells, 2, nullptr, margins_alone, nullptr).ok());
  EXPECT_EQ(margins_alone[0], margins[0]);
  EXPECT_TRUE(reference->predict(nullptr, 0, nullptr, nullptr, nullptr).ok());
}

TEST(XgboostReference, SurvivesBeingMoved) {
  const BoosterModel model = small_model();
  const std::string file = write_json(model);
  auto loaded = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(loaded.ok());
  XgboostReference first = std::move(loaded).value();
  auto other = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(other.ok());
  first = std::move(other).value();
  const float cells[] = {0, 0};
  float margin = 0;
  EXPECT_TRUE(first.predict(cells, 1, nullptr, &margin, nullptr).ok());
  EXPECT_EQ(margin, -1.0F);
}

TEST(XgboostReference, StartsNoThread) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
  };
  const BoosterModel model = small_model();
  const std::string file = write_json(model);
  // On a thread of its own: a team of OpenMP belongs to the thread that asked for it, and tests before this one may have asked.
  std::jthread([&] {
    const auto before = threads();
    auto reference = XgboostReference::load(as_bytes(file), model);
    ASSERT_TRUE(reference.ok());
    const float cells[] = {0, 0};
    float margin = 0;
    ASSERT_TRUE(reference->predict(cells, 1, nullptr, &margin, nullptr).ok());
    EXPECT_EQ(threads(), before);
  }).join();
}

TEST(XgboostReference, TellsWhatTheLibrarySaidOfAFileItCannotRead) {
  const auto reference = XgboostReference::load(as_bytes("{\"learner\":{}}"), small_model());
  ASSERT_FALSE(reference.ok());
  EXPECT_TRUE(reference.error().starts_with("XGBoost: ")) << reference.error();
}

TEST(XgboostReference, TellsWhatTheLibrarySaidOfARowItRefuses) {
  BoosterModel model = empty_model("binary:logistic", 2);
  model.booster = BoosterKind::kDart;
  add_tree(model, stump(1, 0.5F, true, -1, 1), 0, 0.5F);
  const std::string file = write_json(model);
  auto reference = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(reference.ok()) << reference.error();
  const float cells[] = {0, std::numeric_limits<float>::infinity()};
  float margin = 0;
  const auto predicted = reference->predict(cells, 1, nullptr, &margin, nullptr);
  ASSERT_FALSE(predicted.ok());
  EXPECT_NE(predicted.error().find("inf"), std::string::npos) << predicted.error();
}

}  // namespace
}  // namespace ringside::engine::test
