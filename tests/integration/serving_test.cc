// Goal: a service that links the client library gets Python's bits from a real engine, whatever operators do meanwhile.
// Method: ringsided on the committed bundles, the committed rows with Python's bits, one process talking to another.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFirst = "loan_default_v1.0.0";
constexpr const char* kSecond = "loan_default_v1.1.0";

class Serving : public ::testing::TestWithParam<Wait> {
 protected:
  EngineProcess engine_;
  Client client_ = engine_.connect({.wait = GetParam()});
  Schema schema_ = *client_.resolve(demo_fields());
};

TEST_P(Serving, CommittedRowsHavePythonsBitsOneByOne) {
  Row row(schema_);
  Prediction answer;
  for (std::size_t i = 0; i < demo_rows().size(); ++i) {
    fill(row, demo_rows()[i]);
    client_.predict(row, {.return_features = true}, answer);
    EXPECT_EQ(difference(answer, demo_rows()[i]), "") << "row " << i;
    EXPECT_EQ(answer.version(), kFirst);
  }
}

TEST_P(Serving, CommittedRowsHavePythonsBitsInEveryBatchSize) {
  for (const std::size_t size : {1u, 2u, 63u, 64u, 65u, 128u, 300u, 512u}) {
    Batch batch(schema_, size);
    for (std::size_t i = 0; i < size; ++i) fill(batch, i, demo_rows()[i % demo_rows().size()]);
    const BatchResult result = client_.predict_batch(batch, {.return_features = true});
    ASSERT_EQ(result.rows(), size);
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_EQ(difference(result.row(i), demo_rows()[i % demo_rows().size()]), "") << "row " << i << " of " << size;
    }
  }
}

// What a float cannot hold as it is travels beside the cells, so no bit is lost in either width.
TEST_P(Serving, CommittedRowsHavePythonsBitsInPackedBatches) {
  for (const Packed packed : {Packed::kFloat32, Packed::kFloat64}) {
    for (const std::size_t size : {1u, 64u, 300u}) {
      Batch batch(schema_, size, packed);
      for (std::size_t i = 0; i < size; ++i) fill(batch, i, demo_rows()[i % demo_rows().size()]);
      const BatchResult result = client_.predict_batch(batch, {.return_features = true});
      ASSERT_EQ(result.rows(), size);
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_EQ(difference(result.row(i), demo_rows()[i % demo_rows().size()]), "") << "row " << i << " of " << size;
      }
    }
  }
}

TEST_P(Serving, AnotherVersionAnswersWhenNamed) {
  Row row(schema_);
  for (const DemoRow& from : demo_rows()) {
    fill(row, from);
    const Prediction answer = client_.predict(row, {.version = kSecond, .return_features = true});
    EXPECT_EQ(answer.version(), kSecond);
    EXPECT_EQ(difference(answer, from), "");
  }
}

// The two versions differ in their fields; each answer must be the bits of the version that it names.
TEST_P(Serving, AnswersUnderRunningSwitchesAreWholeAndRight) {
  std::atomic<bool> stop{false};
  std::thread operators([&] {
    for (int i = 0; i < 40; ++i) EXPECT_EQ(engine_.cli({"switch", i % 2 == 0 ? kSecond : kFirst}), 0);
    stop = true;
  });
  Row row(schema_);
  Batch batch(schema_, 200);
  Prediction answer;
  std::array<std::size_t, 2> answered{};
  for (std::size_t i = 0; !stop; ++i) {
    const DemoRow& from = demo_rows()[i % demo_rows().size()];
    fill(row, from);
    client_.predict(row, {}, answer);
    ASSERT_EQ(difference(answer, from), "");
    ++answered[answer.version() == kFirst ? 0 : 1];
    if (i % 50 != 0) continue;
    batch.reset(200);
    for (std::size_t r = 0; r < 200; ++r) fill(batch, r, demo_rows()[r]);
    const BatchResult result = client_.predict_batch(batch);
    for (std::size_t r = 0; r < 200; ++r) {
      ASSERT_EQ(difference(result.row(r), demo_rows()[r]), "");
      ASSERT_EQ(result.row(r).version(), result.row(0).version()) << "one call, one version";
    }
  }
  operators.join();
  EXPECT_GT(answered[0], 0u);
  EXPECT_GT(answered[1], 0u);
}

// kFirst has no such field and drops it; kSecond would refuse every row of it.
TEST(Switching, IsRefusedWhileAClientStandsInTheWayAndNamesIt) {
  const EngineProcess engine;
  Client client = engine.connect({.name = "ads"});
  const auto schema = client.resolve({{"total_il_high_credit_limit", Dtype::kStr}});
  ASSERT_TRUE(schema.ok());
  std::string said;
  EXPECT_EQ(engine.cli({"switch", kSecond, "--json"}, &said), 4);
  for (const std::string& part :
       {std::string("client \\\"ads\\\""), "pid " + std::to_string(getpid()), std::string("total_il_high_credit_limit")}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " in " << said;
  }
  EXPECT_EQ(engine.cli({"switch", kSecond, "--dry-run"}), 4);
  EXPECT_EQ(engine.cli({"switch", kSecond, "--force"}, &said), 0);
  EXPECT_NE(said.find("refused from now on: client \"ads\""), std::string::npos) << said;
}

std::string wait_name(const ::testing::TestParamInfo<Wait>& tested) {
  switch (tested.param) {
    case Wait::kSpin:
      return "Spin";
    case Wait::kAdaptive:
      return "Adaptive";
    case Wait::kPark:
      return "Park";
  }
  return "Unknown";
}
INSTANTIATE_TEST_SUITE_P(Waiting, Serving, ::testing::Values(Wait::kSpin, Wait::kAdaptive, Wait::kPark), wait_name);

}  // namespace
}  // namespace ringside::testing
