// Goal: a reload takes what can be taken, names what needs a restart, and changes nothing else.
// Method: pairs of configurations.
#include "engine/config/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/config/config_keys.h"

namespace ringside::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> paths(const std::vector<KeyChange>& changes) {
  std::vector<std::string> names;
  for (const KeyChange& change : changes) names.push_back(change.path);
  return names;
}

TEST(Reload, NothingChangedIsNothingToDo) {
  EngineConfig running;
  running.task = "loan_default";  // of the starting bundle
  const ReloadPlan plan = plan_reload(running, EngineConfig{});
  EXPECT_THAT(plan.applied, IsEmpty());
  EXPECT_THAT(plan.need_restart, IsEmpty());
  EXPECT_EQ(plan.config.task, "loan_default");
}

TEST(Reload, LiveKeysAreTakenWithTheirSource) {
  EngineConfig running, fresh;
  fresh.log.level = LogLevel::kDebug;
  fresh.access.data_users = {"ads", "1001"};
  fresh.sources = {{"log.level", "engine.yaml:3"}, {"access.data.users", "engine.yaml:9"}};
  const ReloadPlan plan = plan_reload(running, fresh);
  EXPECT_THAT(paths(plan.applied), ElementsAre("log.level", "access.data.users"));
  EXPECT_THAT(plan.need_restart, IsEmpty());
  EXPECT_EQ(plan.config.log.level, LogLevel::kDebug);
  EXPECT_THAT(plan.config.access.data_users, ElementsAre("ads", "1001"));
  EXPECT_EQ(plan.config.sources.at("log.level"), "engine.yaml:3");
}

TEST(Reload, KeyThatIsLeftOutGoesBackToItsDefault) {
  EngineConfig running;
  running.access.admin_users = {"ops"};
  running.limits.clients_max = 9;
  running.sources = {{"access.admin.users", "engine.yaml:1"}, {"limits.clients_max", "engine.yaml:2"}};
  const ReloadPlan plan = plan_reload(running, EngineConfig{});
  EXPECT_THAT(plan.config.access.admin_users, IsEmpty());
  EXPECT_EQ(plan.config.limits.clients_max, EngineConfig{}.limits.clients_max);
  EXPECT_THAT(plan.config.sources, IsEmpty());
}

TEST(Reload, OtherKeysStayAndAreNamed) {
  EngineConfig running, fresh;
  fresh.workers.count = 4;
  fresh.sources = {{"workers.count", "engine.yaml:1"}};
  const ReloadPlan plan = plan_reload(running, fresh);
  EXPECT_THAT(plan.applied, IsEmpty());
  ASSERT_EQ(plan.need_restart.size(), 1u);
  EXPECT_EQ(plan.need_restart[0].path, "workers.count");
  EXPECT_EQ(plan.need_restart[0].from, "1");
  EXPECT_EQ(plan.need_restart[0].to, "4");
  EXPECT_EQ(plan.config.workers.count, 1u);
  EXPECT_FALSE(plan.config.sources.contains("workers.count"));
}

TEST(Reload, RulesAreTakenAsTheyAreSpelled) {
  EngineConfig fresh;
  fresh.limits.rules = {"uid=5 rows_per_s=10 burst_ms=5", "all in_flight=3"};
  const ReloadPlan plan = plan_reload({}, fresh);
  ASSERT_EQ(plan.applied.size(), 1U);
  EXPECT_EQ(plan.config.limits.rules, fresh.limits.rules);
}

TEST(Reload, EveryLiveKeyCanBeTaken) {
  for (const ConfigKey& key : config_keys()) {
    if (!key.live) continue;
    const std::string value = key.type == KeyType::kChoice   ? std::string(key.choices.back())
                              : key.type == KeyType::kNumber ? std::to_string(key.least)
                              : key.type == KeyType::kBool   ? "true"
                              : key.path == "limits.rules"   ? "all in_flight=7"
                                                             : "7";
    EngineConfig fresh;
    ASSERT_TRUE(key.assign(fresh, {value})) << key.path;
    const ReloadPlan plan = plan_reload({}, fresh);
    EXPECT_EQ(key.show(plan.config), value) << key.path;
    // and back again
    EXPECT_EQ(key.show(plan_reload(plan.config, {}).config), key.show({})) << key.path;
  }
}

}  // namespace
}  // namespace ringside::engine
