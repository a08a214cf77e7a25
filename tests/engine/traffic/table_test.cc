// Goal: a table sends each call to the right bundle and each column to the right field, and knows whether it is still in use.
// Method: small bundles made in memory; roles, labels and schemas by hand.
#include "engine/traffic/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::float_field;
using test::MadeBundle;
using test::make_bundle;
using ::testing::ElementsAre;

constexpr std::uint32_t kWorkers = 2;

std::shared_ptr<const Resident> resident(const MadeBundle& what, std::uint32_t ordinal = 0) {
  return std::make_shared<Resident>(make_bundle(what), ordinal, kWorkers);
}

std::shared_ptr<const ClientSchema> schema(std::uint64_t hash, std::vector<std::string> names) {
  ClientSchema made{.columns = {}, .hash = hash};
  for (std::string& name : names) made.columns.push_back({std::move(name), wire::Dtype::kFloat});
  return std::make_shared<const ClientSchema>(std::move(made));
}

TEST(TrafficTable, EmptyTableAnswersNobody) {
  const TrafficTable table({}, kWorkers);
  EXPECT_EQ(table.current(), TrafficTable::kNone);
  EXPECT_EQ(table.find_version("made_v1.0.0"), TrafficTable::kNone);
  EXPECT_EQ(table.find_version(""), TrafficTable::kNone);
  EXPECT_EQ(table.find_label("prod"), TrafficTable::kNone);
  EXPECT_EQ(table.adapter(1, 0, 0), nullptr);
}

TEST(TrafficTable, CallsFindCurrentVersionAndLabel) {
  const auto first = resident({.version = "v1"}, 5), second = resident({.version = "v2"}, 6);
  TrafficDraft draft;
  draft.residents = {first, second};
  draft.current = second;
  draft.labels = {{"prod", "v1"}, {"gone", "v3"}};
  const TrafficTable table(draft, kWorkers);
  EXPECT_EQ(&table.resident(table.current()), second.get());
  EXPECT_EQ(table.resident(table.find_version("v1")).ordinal, 5u);
  EXPECT_EQ(table.find_version("v"), TrafficTable::kNone);
  EXPECT_EQ(table.find_version("v11"), TrafficTable::kNone);
  EXPECT_EQ(&table.resident(table.find_label("prod")), first.get());
  EXPECT_EQ(table.find_label("v1"), TrafficTable::kNone) << "a version is no label";
  EXPECT_EQ(table.find_label("gone"), TrafficTable::kNone) << "a label whose version is not resident answers nobody";
}

TEST(TrafficTable, ResidentsWithoutCurrentStillAnswerByVersion) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1"})};
  const TrafficTable table(draft, kWorkers);
  EXPECT_EQ(table.current(), TrafficTable::kNone);
  EXPECT_EQ(table.find_version("v1"), 0u);
}

TEST(TrafficTable, AdapterFollowsNamesNotPlaces) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1", .more_fields = {float_field("y"), float_field("z")}})};
  draft.schemas = {schema(11, {"z", "x"})};
  const TrafficTable table(draft, kWorkers);
  const Adapter* adapter = table.adapter(11, 2, 0);
  ASSERT_NE(adapter, nullptr);
  EXPECT_THAT(adapter->field_of_column, ElementsAre(2, 0));
}

TEST(TrafficTable, ColumnThatNobodyKnowsIsExtraAndKeepsItsName) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1"})};
  draft.schemas = {schema(11, {"x", "zip"})};
  const TrafficTable table(draft, kWorkers);
  const Adapter* adapter = table.adapter(11, 2, 0);
  ASSERT_NE(adapter, nullptr);
  EXPECT_THAT(adapter->field_of_column, ElementsAre(0, Adapter::kExtra));
  EXPECT_THAT(adapter->extra_names, ElementsAre("", "zip"));
}

TEST(TrafficTable, ColumnThatAnotherResidentKnowsAsOptionalIsDropped) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1"}), resident({.version = "v2", .more_fields = {float_field("new")}})};
  draft.schemas = {schema(11, {"new", "x"})};
  const TrafficTable table(draft, kWorkers);
  EXPECT_THAT(table.adapter(11, 2, 0)->field_of_column, ElementsAre(Adapter::kDropped, 0));
  EXPECT_EQ(table.adapter(11, 2, 0)->dropped_columns, 1u);
  EXPECT_THAT(table.adapter(11, 2, 1)->field_of_column, ElementsAre(1, 0));
}

TEST(TrafficTable, ColumnThatAnotherResidentRequiresIsExtraHere) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1"}), resident({.version = "v2", .more_fields = {float_field("must", true)}})};
  draft.schemas = {schema(11, {"must"})};
  const TrafficTable table(draft, kWorkers);
  EXPECT_THAT(table.adapter(11, 1, 0)->field_of_column, ElementsAre(Adapter::kExtra));
}

TEST(TrafficTable, EachSchemaMeetsEachResidentWithItsOwnAdapter) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1", .more_fields = {float_field("y")}}),
                     resident({.version = "v2", .more_fields = {float_field("a"), float_field("y")}})};
  draft.schemas = {schema(11, {"y"}), schema(12, {"a"}), schema(13, {"x"})};
  const TrafficTable table(draft, kWorkers);
  EXPECT_THAT(table.adapter(11, 1, 0)->field_of_column, ElementsAre(1));
  EXPECT_THAT(table.adapter(11, 1, 1)->field_of_column, ElementsAre(2));
  EXPECT_THAT(table.adapter(12, 1, 0)->field_of_column, ElementsAre(Adapter::kDropped));
  EXPECT_THAT(table.adapter(12, 1, 1)->field_of_column, ElementsAre(1));
  EXPECT_THAT(table.adapter(13, 1, 1)->field_of_column, ElementsAre(0));
}

// The width comes from the peer: an adapter must never be shorter than what it says.
TEST(TrafficTable, HashWithAnotherWidthFindsNoAdapter) {
  TrafficDraft draft;
  draft.residents = {resident({.version = "v1"})};
  draft.schemas = {schema(11, {"x", "y"})};
  const TrafficTable table(draft, kWorkers);
  EXPECT_EQ(table.adapter(11, 1, 0), nullptr);
  EXPECT_EQ(table.adapter(11, 3, 0), nullptr);
  EXPECT_EQ(table.adapter(12, 2, 0), nullptr);
}

TEST(TrafficTable, PinsCountByWorker) {
  const TrafficTable table({}, kWorkers);
  EXPECT_FALSE(table.pinned());
  table.pin(0);
  table.pin(1);
  table.pin(1);
  table.unpin(0);
  EXPECT_TRUE(table.pinned());
  table.unpin(1);
  EXPECT_TRUE(table.pinned());
  table.unpin(1);
  EXPECT_FALSE(table.pinned());
}

TEST(Resident, HasAWorkspaceForEachWorkerAndTakesPositionalRowsAsTheyStand) {
  const Resident made(make_bundle({.version = "v1", .more_fields = {float_field("y")}}), 0, 3);
  ASSERT_EQ(made.by_worker.size(), 3u);
  EXPECT_NE(made.by_worker[0].workspace.get(), made.by_worker[1].workspace.get());
  EXPECT_THAT(made.positional.field_of_column, ElementsAre(0, 1));
}

TEST(TrafficTableDeathTest, CurrentThatIsNoResidentIsABrokenInvariant) {
  TrafficDraft draft;
  draft.current = resident({.version = "v1"});
  EXPECT_DEATH(TrafficTable(draft, kWorkers), "broken invariant");
}

}  // namespace
}  // namespace ringside::engine
