// Goal: every key says once what it is, and every page that is made from the table agrees with it and with the repository.
// Method: the table itself; the generated pages against the committed ones.
#include "engine/config/config_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "engine/config/config_keys.h"

namespace ringside::engine {
namespace {

using testing::HasSubstr;

std::string text_of(const char* path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(ConfigKeys, EveryKeyHasAMeaningAndStandsInHelpAndTable) {
  const std::string help = std::regex_replace(config_help(), std::regex("\n +"), " ");  // as if it were not wrapped
  const std::string table = config_markdown(), text = config_text({});
  for (const ConfigKey& key : config_keys()) {
    EXPECT_FALSE(key.meaning.empty()) << key.path;
    EXPECT_THAT(help, HasSubstr(std::string(key.meaning)));
    EXPECT_THAT(help, HasSubstr(environment_name(key)));
    EXPECT_THAT(table, HasSubstr("| `" + std::string(key.path) + "` |"));
    EXPECT_THAT(text, HasSubstr(std::string(key.path)));
  }
}

TEST(ConfigKeys, EveryKeySaysItsFormAndUnit) {
  const std::string units[][2] = {{"_us", "us"}, {"_ms", "ms"}, {"_seconds", "s"}, {"_bytes", "bytes"}};
  for (const ConfigKey& key : config_keys()) {
    EXPECT_NE(key.type, KeyType::kUnsaid) << key.path << ": make it with a form of key_forms.h";
    EXPECT_EQ(key.is_list, key.type == KeyType::kTexts || key.type == KeyType::kNumbers) << key.path;
    for (const auto& [ending, unit] : units) {
      if (key.path.ends_with(ending)) {
        EXPECT_EQ(key.unit, unit) << key.path;
      }
    }
    if (key.type != KeyType::kChoice) continue;
    std::string argument;
    for (const std::string_view choice : key.choices) argument += (argument.empty() ? "" : "|") + std::string(choice);
    EXPECT_EQ(key.argument, argument) << key.path;
  }
}

TEST(ConfigKeys, EveryPathStandsOnce) {
  std::vector<std::string_view> paths;
  for (const ConfigKey& key : config_keys()) paths.push_back(key.path);
  std::ranges::sort(paths);
  EXPECT_EQ(std::ranges::adjacent_find(paths), paths.end());
}

TEST(ConfigKeys, CommittedSchemaIsTheGeneratedOne) {
  EXPECT_EQ(text_of("schemas/engine_config.schema.json"), config_schema())
      << "ringsided --config-schema > schemas/engine_config.schema.json";
}

TEST(ConfigKeys, ReadmeHoldsTheGeneratedTable) {
  EXPECT_THAT(text_of("engine/config/README.md"), HasSubstr(config_markdown())) << "paste `ringsided --help-config` there";
}

TEST(ConfigKeys, DefaultsPassTheirOwnChecks) {
  for (const ConfigKey& key : config_keys()) {
    const std::string shown = key.show(EngineConfig{});
    if (shown.empty()) continue;
    EngineConfig config;
    EXPECT_TRUE(key.assign(config, {shown})) << key.path;
    EXPECT_EQ(key.show(config), shown) << key.path;
  }
}

}  // namespace
}  // namespace ringside::engine
