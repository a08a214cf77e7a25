// Goal: a configuration is what it says or is refused with every reason. Method: texts.
#include "tools/ship/ship_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::ship {
namespace {

using testing::Contains;
using testing::ElementsAre;

constexpr std::string_view kLeast = "journal: /j\nstate: /s\njsonl: {folder: /o}\n";

ConfigProblems problems(const std::string& text) {
  const auto config = read_config(text, "f");
  return config ? ConfigProblems{} : config.error();
}

TEST(ShipConfig, HasTheDefaultsThatTheReadmeShows) {
  const auto config = read_config(kLeast, "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->sink, SinkKind::kJsonl);
  EXPECT_EQ(config->batch_rows, 10'000u);
  EXPECT_EQ(config->batch_bytes, 8'388'608u);
  EXPECT_EQ(config->dead_letter_bytes, 67'108'864u);
  EXPECT_EQ(config->jsonl.file_bytes, 268'435'456u);
  EXPECT_FALSE(config->instance.empty());
}

TEST(ShipConfig, NeedsItsPathsAndOneSink) {
  EXPECT_THAT(problems("poll_ms: 5\n"), ElementsAre("f:1: journal: is missing", "f:1: state: is missing",
                                                    "f:1: no sink: one of clickhouse, postgresql, jsonl"));
  EXPECT_THAT(problems(std::string(kLeast) + "clickhouse: {url: http://h, table: t}\n").size(), 1u);
}

TEST(ShipConfig, RefusesATableThatIsMoreThanAName) {
  for (const char* const table : {"a b", "a;b", "a.b.c", "1a", ".a", "a.", "\"a\""}) {
    const auto found = problems("journal: /j\nstate: /s\npostgresql:\n  connection: x\n  table: '" + std::string(table) + "'\n");
    ASSERT_EQ(found.size(), 1u) << table;
    EXPECT_TRUE(found[0].starts_with("f:5: postgresql.table: ")) << found[0];
  }
  EXPECT_TRUE(problems("journal: /j\nstate: /s\npostgresql: {connection: x, table: a_1.B2}\n").empty());
}

TEST(ShipConfig, RefusesAPasswordInAUrl) {
  EXPECT_EQ(problems("journal: /j\nstate: /s\nclickhouse: {url: 'http://u:p@h', table: t}\n").size(), 1u);
}

TEST(ShipConfig, RefusesShapesThatAreNotItsOwn) {
  EXPECT_THAT(problems("- a\n"), ElementsAre("f:1: the file is a map of keys"));
  EXPECT_EQ(problems("a: [\n").size(), 1u);
  EXPECT_THAT(problems(std::string(kLeast) + "batch: 5\n"), Contains("f:4: batch: is a map of keys"));
  EXPECT_THAT(problems(std::string(kLeast) + "instance: [a]\n"), Contains("f:4: instance: takes one plain value"));
  EXPECT_THAT(problems(std::string(kLeast) + "retry: {first_ms: 10, most_ms: 5}\n"),
              Contains("f:4: retry.most_ms: is below retry.first_ms"));
}

}  // namespace
}  // namespace ringside::ship
