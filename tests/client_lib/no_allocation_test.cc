// Goal: a call in the steady state does not allocate: not in building the row, not in predict, not in reading the answer.
// Method: operator new counts, on this thread alone; a fake engine on another thread answers. Then the counter itself is shown to
// work.
#include <ringside/client.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/counted_new.h"
#include "tests/support/fake_engine.h"
#include "tests/support/temporary_folder.h"

namespace ringside {
namespace {

using test::allocations;

class NoAllocation : public testing::Test {
 protected:
  NoAllocation() {
    engine_.add_version({});
    engine_.add_version({.name = "m_v1.1.0"});
  }
  test::TemporaryFolder folder_;
  test::FakeEngine engine_{folder_.path() + "/data.sock"};
  Client client_{*Client::connect({.socket = engine_.socket_path()})};
  Schema schema_{*client_.resolve({{"age", Dtype::kInt}, {"home", Dtype::kStr}})};
};

TEST_F(NoAllocation, CounterCounts) {
  const std::size_t before = allocations();
  std::vector<int> memory(100);
  EXPECT_GT(allocations(), before);
}

TEST_F(NoAllocation, OneRowWithEverythingThatTravelsWithIt) {
  const FieldHandle age = schema_.handle("age"), home = schema_.handle("home");
  Row row(schema_);
  Prediction answer;
  const std::string_view tags[] = {"segment=vip"};
  const CallOptions options{.version = "m_v1.0.0", .user_id = "u37201", .route_key = "k", .route_tags = tags, .trace_id = "t"};
  std::size_t counted = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t before = allocations();
    row.reset();
    row.set(age, i);
    row.set(home, "rent");
    row.set("zip", "8001");
    row.set_request_id("5c8a1f0e-4b1d-4d8e-9d2f-0123456789ab");
    client_.predict(row, options, answer);
    double sum = answer.score() + answer.margin();
    for (const std::string_view name : answer.filled()) sum += static_cast<double>(name.size());
    if (i >= 100) counted += allocations() - before;
    ASSERT_TRUE(answer.ok() && sum == 0.5);
  }
  EXPECT_EQ(counted, 0u);
}

TEST_F(NoAllocation, AnswersOfTwoVersionsInTurn) {
  int calls = 0;
  engine_.answer_with([&calls](const test::SeenCall&) {
    return test::reply_of(
        {.version = static_cast<std::uint32_t>(calls++ % 2), .fields = 1, .rows = {{}}, .errors = {}, .features = {}});
  });
  Row row(schema_);
  Prediction answer;
  std::size_t counted = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t before = allocations();
    client_.predict(row, {}, answer);
    if (i >= 100) counted += allocations() - before;
  }
  EXPECT_EQ(counted, 0u);
}

TEST_F(NoAllocation, BatchOfTheSameSize) {
  Batch batch(schema_, 64);
  BatchResult result;
  std::size_t counted = 0;
  for (int i = 0; i < 60; ++i) {
    const std::size_t before = allocations();
    batch.reset(64);
    batch.set_all("home", "rent");
    for (std::size_t r = 0; r < 64; ++r) batch.set(r, FieldHandle{0}, r);
    client_.predict_batch(batch, {}, result);
    if (i >= 30) counted += allocations() - before;
    ASSERT_EQ(result.status(), Status::kOk);
  }
  EXPECT_EQ(counted, 0u);
}

TEST_F(NoAllocation, ParkingAndTimeouts) {
  engine_.answer_with([](const test::SeenCall&) { return std::nullopt; });
  Row row(schema_);
  Prediction answer;
  client_.predict(row, {.deadline = std::chrono::milliseconds(-1)}, answer);
  const std::size_t before = allocations();
  client_.predict(row, {.deadline = std::chrono::milliseconds(-1)}, answer);
  EXPECT_EQ(allocations(), before);
  EXPECT_EQ(answer.status(), Status::kTimeout);
}

}  // namespace
}  // namespace ringside
