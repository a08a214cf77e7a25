// Goal: a row is scored by the shadow from the same input and differs by what the two bundles' own scores say; what finds no room is shed.
// Method: stumps whose scores can be done in the head; tiles filled by hand; a workspace of each bundle.
#include "engine/shadow/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <span>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::float_field;
using test::MadeBundle;

constexpr std::uint64_t kEveryRow = std::uint64_t{1} << 32;
const double kMissing = std::nan("");

class ShadowComparisonTest : public ::testing::Test {
 protected:
  void compare(const MadeBundle& current, const MadeBundle& shadow, const std::string& preprocess = {},
               const std::string& other = {}) {
    current_ = made(current, preprocess);
    shadow_ = made(shadow, other.empty() ? preprocess : other);
    comparison_ = *ShadowComparison::make(current_, shadow_, 1);
    work_ = std::make_unique<Workspace>(*current_);
    shadow_work_ = std::make_unique<Workspace>(*shadow_);
  }
  static std::shared_ptr<const Bundle> made(const MadeBundle& what, const std::string& preprocess) {
    auto bundle = std::const_pointer_cast<Bundle>(test::make_bundle(what));
    bundle->facts.preprocess_sha256 = preprocess;
    return bundle;
  }

  // A tile as current answers it, with this x in every field; `invalid` are refused, `filled` were missing and filled.
  void answer(std::span<const double> xs, RowMask invalid = 0, RowMask filled = 0, std::uint64_t share = kEveryRow) {
    Tile& tile = work_->tile;
    tile.start(static_cast<std::uint32_t>(xs.size()));
    for (std::uint32_t field = 0; field < tile.fields(); ++field) {
      std::copy(xs.begin(), xs.end(), tile.numbers(field));
      tile.filled(field) = filled;
    }
    for (; invalid != 0; invalid &= invalid - 1)
      tile.add_error(static_cast<std::uint32_t>(std::countr_zero(invalid)), {.code = wire::FieldCode::kOutOfRange, .field = 0});
    current_->plan.run(tile, *work_->plan, work_->features.data(), work_->stride);
    current_->scorer.score(work_->features.data(), xs.size(), work_->stride, work_->margins.data(), work_->values.data());
    std::array<std::int32_t, kTileRows> labels;
    current_->label_indices(work_->values.data(), xs.size(), labels.data());
    comparison_->offer(0, {.work = *work_, .labels = labels.data(), .share = share, .again = again_});
  }
  DifferenceTotals finish() {
    while (comparison_->waits(0)) comparison_->score_one(0, *shadow_work_);
    return comparison_->sum();
  }

  std::shared_ptr<const Bundle> current_, shadow_;
  std::shared_ptr<ShadowComparison> comparison_;
  std::unique_ptr<Workspace> work_, shadow_work_;
  const Tile* again_ = nullptr;
};

TEST_F(ShadowComparisonTest, EqualBundlesAreEqualInEveryBitByFeaturesAndByFields) {
  for (const char* plan : {"same", "other"}) {
    compare({.version = "v1", .binary = true}, {.version = "v2", .binary = true}, "same", plan);
    EXPECT_EQ(comparison_->input(), std::string(plan) == "same" ? ShadowInput::kFeatures : ShadowInput::kFields);
    answer(std::vector<double>{1, 5, 15, kMissing, 20});
    const DifferenceTotals totals = finish();
    EXPECT_EQ(totals.compared, 5u);
    EXPECT_EQ(totals.equal_margins, 5u);
    EXPECT_EQ(totals.equal_values, 5u);
    EXPECT_EQ(totals.flips, 0u);
    EXPECT_EQ(totals.max_difference, 0);
  }
}

TEST_F(ShadowComparisonTest, DifferencesAreThoseOfTheTwoScores) {
  for (const char* plan : {"same", "other"}) {
    compare({.version = "v1", .split = 10, .low = 1, .high = 2}, {.version = "v2", .split = 15, .low = 1, .high = 2.5F}, "same",
            plan);
    answer(std::vector<double>{5, 12, 20});  // 1 and 1; 2 and 1; 2 and 2.5
    const DifferenceTotals totals = finish();
    EXPECT_EQ(totals.compared, 3u);
    EXPECT_EQ(totals.equal_values, 1u);
    EXPECT_EQ(totals.sum_difference, 1.5);
    EXPECT_EQ(totals.max_difference, 1.0);
  }
}

TEST_F(ShadowComparisonTest, LabelsThatFlipAreCountedWithBothNames) {
  compare({.version = "v1", .split = 10, .low = -1, .high = 1, .binary = true},
          {.version = "v2", .split = 15, .low = -1, .high = 1, .binary = true});
  answer(std::vector<double>{5, 12, 13, 20});
  const DifferenceTotals totals = finish();
  EXPECT_EQ(totals.flips, 2u);
  EXPECT_EQ(totals.flip_matrix, (std::vector<std::uint64_t>{1, 0, 2, 1}));
}

TEST_F(ShadowComparisonTest, LightgbmsDoublesAreHeldAgainstXgboostsFloats) {
  compare({.version = "v1"}, {.version = "v2", .lightgbm = true});
  answer(std::vector<double>{5, 15});
  EXPECT_EQ(finish().equal_values, 2u);
}

TEST_F(ShadowComparisonTest, RefusedRowsAreNotTaken) {
  compare({.version = "v1"}, {.version = "v2"});
  answer(std::vector<double>{5, 12, 20}, 0b010);
  EXPECT_EQ(finish().taken, 2u);
}

TEST_F(ShadowComparisonTest, MissingValueIsFilledByTheShadowsOwnRule) {
  Field current = float_field("y"), shadow = float_field("y");
  current.on_missing = shadow.on_missing = OnMissing::kFill;
  current.fill_number = 1;
  shadow.fill_number = 12;
  // The stumps split on x; both read y in the place of x, as their only field.
  const auto with = [](const Field& field, const std::string& version) {
    PlanSpec spec;
    spec.steps.emplace_back(NumberStep{"y", "y"});
    spec.features.push_back("y");
    InputSchema schema({field}, true);
    auto plan = Plan::compile(spec, schema);
    auto bundle = std::const_pointer_cast<Bundle>(test::make_bundle({.version = version}));
    bundle->schema = std::move(schema);
    bundle->plan = std::move(*plan);
    return bundle;
  };
  current_ = with(current, "v1");
  shadow_ = with(shadow, "v2");
  comparison_ = *ShadowComparison::make(current_, shadow_, 1);
  work_ = std::make_unique<Workspace>(*current_);
  shadow_work_ = std::make_unique<Workspace>(*shadow_);
  answer(std::vector<double>{1, 1}, 0, 0b01);  // the first was missing and filled with 1, the second is a 1
  const DifferenceTotals totals = finish();
  EXPECT_EQ(totals.equal_values, 1u);
  EXPECT_EQ(totals.sum_difference, 1.0) << "the shadow fills 12, which scores 2";
}

TEST_F(ShadowComparisonTest, RowThatTheShadowRefusesIsCountedApart) {
  compare({.version = "v1", .more_fields = {float_field("y")}}, {.version = "v2", .more_fields = {float_field("y", true)}});
  answer(std::vector<double>{5, kMissing});
  const DifferenceTotals totals = finish();
  EXPECT_EQ(totals.compared, 1u);
  EXPECT_EQ(totals.refused, 1u);
}

TEST_F(ShadowComparisonTest, FieldThatCurrentLacksIsMissingUntilACallerSendsIt) {
  compare({.version = "v1"}, {.version = "v2", .more_fields = {float_field("y", true)}});
  EXPECT_FALSE(comparison_->needs_request(0));
  EXPECT_TRUE(comparison_->needs_request(1));
  answer(std::vector<double>{5});
  EXPECT_EQ(finish().refused, 1u) << "the shadow requires it";
}

TEST_F(ShadowComparisonTest, RowsDecodedAgainAreWhatTheShadowReadsAndTheRestIsShed) {
  compare({.version = "v1"}, {.version = "v2", .more_fields = {float_field("y")}});
  Tile again(shadow_->schema);
  again.start(3);
  for (std::uint32_t row = 0; row < 3; ++row) again.numbers(0)[row] = again.numbers(1)[row] = row == 0 ? 15 : 5;
  again.add_error(2, {.code = wire::FieldCode::kOutOfRange, .field = 1});
  again_ = &again;
  answer(std::vector<double>{5, 5, 5, 5});
  const DifferenceTotals totals = finish();
  EXPECT_EQ(totals.compared, 2u);
  EXPECT_EQ(totals.max_difference, 1) << "it read 15, current 5";
  EXPECT_EQ(totals.equal_values, 1u);
  EXPECT_EQ(totals.refused, 1u);
  EXPECT_EQ(totals.shed, 1u);
}

TEST_F(ShadowComparisonTest, FullQueueShedsTheNewestAndScoresTheRest) {
  compare({.version = "v1"}, {.version = "v2"});
  for (int tile = 0; tile < 1'000; ++tile) answer(std::vector<double>(kTileRows, 5.0));
  const DifferenceTotals full = comparison_->sum();
  EXPECT_GT(full.shed, 0u);
  EXPECT_EQ(full.taken + full.shed, 64'000u);
  EXPECT_EQ(full.waiting(), full.taken);
  EXPECT_EQ(finish().compared, full.taken);
  answer(std::vector<double>{5});
  EXPECT_EQ(finish().compared, full.taken + 1) << "room again";
}

TEST_F(ShadowComparisonTest, ShareIsTakenEvenly) {
  compare({.version = "v1"}, {.version = "v2"});
  for (int tile = 0; tile < 100; ++tile) {
    answer(std::vector<double>(10, 5.0), 0, 0, kEveryRow / 4);
    EXPECT_NEAR(static_cast<double>(finish().compared), 2.5 * (tile + 1), 2.0);
  }
  EXPECT_EQ(comparison_->sum().shed, 0u) << "what is not asked for is not shed";
}

TEST_F(ShadowComparisonTest, MakeSaysWhyItCannot) {
  EXPECT_FALSE(ShadowComparison::make(test::make_bundle({}), test::make_bundle({.binary = true}), 1));
}

}  // namespace
}  // namespace ringside::engine
