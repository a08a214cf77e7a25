// The public library against a fake engine in this process, over a real socket and real shared memory, in each wait mode.
#pragma once

#include <ringside/client.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "tests/support/fake_engine.h"
#include "tests/support/temporary_folder.h"

namespace ringside {

// score = age / 1000
inline std::optional<test::FakeReply> age_as_score(const test::SeenCall& call) {
  test::ReplyParts parts{.version = 0, .fields = 1, .rows = {}, .errors = {}, .features = {}};
  for (std::uint16_t r = 0; r < call.geometry.rows; ++r)
    parts.rows.push_back({.score = static_cast<float>(call.cell(0, r).as_int()) / 1'000.0F});
  return test::reply_of(parts);
}

class ClientTest : public testing::TestWithParam<Wait> {
 protected:
  ClientTest() { start(); }
  void start() {
    engine_.emplace(folder_.path() + "/data.sock");
    engine_->add_version({});
    engine_->answer_with(age_as_score);
  }
  Client connect(ClientOptions options = {}) {
    options.socket = folder_.path() + "/data.sock";
    options.wait = GetParam();
    auto client = Client::connect(options);
    EXPECT_TRUE(client) << client.error().message;
    return *std::move(client);
  }
  static Row row_of(const Schema& schema, std::int64_t age) {
    Row row(schema);
    row.set(schema.handle("age"), age);
    return row;
  }
  static Schema schema_of(Client& client) { return *client.resolve({{"age", Dtype::kInt}}); }

  test::TemporaryFolder folder_;
  std::optional<test::FakeEngine> engine_;
};

}  // namespace ringside
