// Goal: the published table is always a whole one; schemas are kept as long as somebody uses them; an old table goes when neither
//   a pass nor a pin needs it.
// Method: publisher, reclaimer and directory as the engine has them; the worker's part by hand.
#include "engine/traffic/publisher.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/made_bundle.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

using test::make_bundle;
using test::wait_until;
using test::Watchdog;

class PublisherTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Resident> admit(const std::string& version) {
    return *publisher_.admit(make_bundle({.version = version}));
  }
  static ClientSchema schema(std::uint64_t hash, const std::string& column) {
    return {.columns = {{column, wire::Dtype::kFloat}}, .hash = hash};
  }

  Watchdog watchdog_;
  Quiescence quiescence_{1};
  Reclaimer reclaimer_{quiescence_};
  Directory directory_{*Directory::make(1)};
  TrafficPublisher publisher_{1, reclaimer_, directory_};
};

TEST_F(PublisherTest, BeginsWithAnEmptyTable) { EXPECT_EQ(publisher_.acquire().current(), TrafficTable::kNone); }

TEST_F(PublisherTest, AdmittedBundleAnswersNobodyUntilItIsPublished) {
  const auto fresh = admit("v1");
  EXPECT_EQ(publisher_.acquire().find_version("v1"), TrafficTable::kNone);
  publisher_.update([&](TrafficDraft& draft) { draft.residents.push_back(fresh); });
  EXPECT_NE(publisher_.acquire().find_version("v1"), TrafficTable::kNone);
}

TEST_F(PublisherTest, SnapshotIsACopyOfWhatServes) {
  const auto fresh = admit("v1");
  publisher_.update([&](TrafficDraft& draft) {
    draft.residents.push_back(fresh);
    draft.current = fresh;
  });
  TrafficDraft copy = publisher_.snapshot();
  EXPECT_EQ(copy.current, fresh);
  copy.current = nullptr;
  EXPECT_EQ(publisher_.snapshot().current, fresh);
}

TEST_F(PublisherTest, EqualSchemasAreKeptOnceUntilTheLastUserDropsThem) {
  publisher_.update([&, fresh = admit("v1")](TrafficDraft& draft) { draft.residents.push_back(fresh); });
  ASSERT_TRUE(publisher_.add_schema(schema(11, "x")).ok());
  ASSERT_TRUE(publisher_.add_schema(schema(11, "x")).ok());
  EXPECT_EQ(publisher_.snapshot().schemas.size(), 1u);
  publisher_.drop_schema(11);
  EXPECT_NE(publisher_.acquire().adapter(11, 1, 0), nullptr);
  publisher_.drop_schema(11);
  EXPECT_EQ(publisher_.acquire().adapter(11, 1, 0), nullptr);
  publisher_.drop_schema(11);  // nobody's: nothing happens
  EXPECT_TRUE(publisher_.snapshot().schemas.empty());
}

TEST_F(PublisherTest, AnotherListUnderTheSameHashIsRefusedAndTheFirstStays) {
  ASSERT_TRUE(publisher_.add_schema(schema(11, "x")).ok());
  EXPECT_FALSE(publisher_.add_schema(schema(11, "y")).ok());
  EXPECT_EQ(publisher_.snapshot().schemas.front()->columns.front().name, "x");
}

TEST_F(PublisherTest, SchemaMeetsABundleThatComesLater) {
  ASSERT_TRUE(publisher_.add_schema(schema(11, "x")).ok());
  publisher_.update([&, fresh = admit("v1")](TrafficDraft& draft) { draft.residents.push_back(fresh); });
  EXPECT_NE(publisher_.acquire().adapter(11, 1, 0), nullptr);
}

TEST_F(PublisherTest, OldTableStaysForTheWorkerInItsPass) {
  auto reader = quiescence_.reader(0);
  reader.online();
  const TrafficTable& mine = publisher_.acquire();
  publisher_.update([](TrafficDraft&) {});
  EXPECT_EQ(reclaimer_.waiting(), 1u);
  EXPECT_EQ(mine.current(), TrafficTable::kNone);  // under asan: not freed
  reader.quiet();
  wait_until([&] { return reclaimer_.waiting() == 0; });
  reader.offline();
}

TEST_F(PublisherTest, PinnedTableAndItsBundleOutliveTheirPass) {
  auto reader = quiescence_.reader(0);
  reader.online();
  std::weak_ptr<const Resident> watched;
  {
    auto fresh = admit("v1");
    watched = fresh;
    publisher_.update([&](TrafficDraft& draft) { draft.residents = {fresh}; });
  }
  reader.quiet();
  const TrafficTable& mine = publisher_.acquire();
  mine.pin(0);
  publisher_.update([](TrafficDraft& draft) { draft.residents.clear(); });
  publisher_.update([](TrafficDraft&) {});
  reader.quiet();
  wait_until([&] { return reclaimer_.waiting() == 1; });  // all but the pinned one
  ASSERT_FALSE(watched.expired());
  EXPECT_EQ(mine.resident(0).bundle->version, "v1");
  mine.unpin(0);
  wait_until([&] { return reclaimer_.waiting() == 0; });
  EXPECT_TRUE(watched.expired());
  reader.offline();
}

TEST_F(PublisherTest, DirectoryNamesTheCurrentVersion) {
  const auto fresh = admit("v1");
  publisher_.update([&](TrafficDraft& draft) {
    draft.residents.push_back(fresh);
    draft.current = fresh;
  });
  auto mapping = base::Mapping::map(directory_.fd(), wire::kDirectoryBytes, base::Access::kReadOnly);
  const auto& header = *reinterpret_cast<const wire::DirectoryHeader*>(mapping->data());
  EXPECT_EQ(header.current.load(), fresh->ordinal);
  publisher_.update([](TrafficDraft& draft) { draft.current = nullptr; });
  EXPECT_EQ(header.current.load(), wire::kNoVersion);
}

}  // namespace
}  // namespace ringside::engine
