// Goal: a line is one JSON object whatever its texts hold, and carries its thread's fields.
// Method: lines parsed back.
#include "engine/log/json_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <nlohmann/json.hpp>

namespace ringside::engine {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(JsonLine, HoldsWhatWasSaid) {
  const std::string text = json_line({.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'234'567)),
                                      .level = LogLevel::kWarn,
                                      .task = "loan",
                                      .thread = "rs-admin",
                                      .message = "no"},
                                     {{"trace_id", "t1"}});
  EXPECT_EQ(
      text,
      R"({"time":"1970-01-01T00:20:34.567Z","level":"warn","task":"loan","thread":"rs-admin","message":"no","trace_id":"t1"})"
      "\n");
}

TEST(JsonLine, AnyTextStaysOneLineAndOneObject) {
  for (const std::string& message : {"two\nlines"s, "a \"quote\" and \\"s, "bad \xFF utf-8"s, "nul \0 byte"s, "bell \a"s, ""s}) {
    const std::string text = json_line({.message = message}, {});
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    const auto parsed = nlohmann::json::parse(text);
    if (message.find('\xFF') == std::string::npos) {
      EXPECT_EQ(parsed["message"], message);
    }
    EXPECT_FALSE(parsed.contains("task"));
    EXPECT_FALSE(parsed.contains("left_out"));
  }
}

TEST(JsonLine, CountsStandOnItWhereThereAreSome) {
  const auto parsed = nlohmann::json::parse(json_line({.message = "x", .left_out = 7, .lost = 2}, {}));
  EXPECT_EQ(parsed["left_out"], 7);
  EXPECT_EQ(parsed["lost"], 2);
}

TEST(LogScope, FieldsAreTheThreadsAndEndWithTheScope) {
  {
    const LogScope outer(LogFields{{"actor", "uid 0"}});
    const LogScope inner(LogFields{{"trace_id", "t"}});
    EXPECT_THAT(LogScope::current(), ElementsAre(Pair("actor", "uid 0"), Pair("trace_id", "t")));
    std::thread([] { EXPECT_THAT(LogScope::current(), IsEmpty()); }).join();
  }
  EXPECT_THAT(LogScope::current(), IsEmpty());
}

}  // namespace
}  // namespace ringside::engine
