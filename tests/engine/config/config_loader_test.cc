// Goal: a configuration is what flags, environment and file say, in this order, or every problem is reported at once with path,
// value, bound and hint.
// Method: ProcessInputs made by hand, files in a scratch folder; good and bad values in tables.
#include "engine/config/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "engine/config/config_keys.h"
#include "engine/config/memory_allowed.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using testing::Contains;
using testing::HasSubstr;

class Config : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
    inputs_.paths = {.uid = 0, .xdg_runtime_dir = "", .xdg_state_home = "", .home = "/root"};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void file(const std::string& text) {
    path_ = (folder_ / "engine.yaml").string();
    std::ofstream(path_) << text;
    inputs_.arguments.insert(inputs_.arguments.begin(), {"--config", path_});
  }
  LoadedConfig good() {
    auto loaded = load_config(inputs_);
    if (loaded) return *std::move(loaded);
    ADD_FAILURE() << problems_text(loaded.error());
    return {};
  }
  // The problems' texts, one a line.
  std::string bad() {
    auto loaded = load_config(inputs_);
    if (!loaded) return problems_text(loaded.error());
    ADD_FAILURE() << "was accepted";
    return "";
  }

  std::filesystem::path folder_;
  std::string path_;
  ProcessInputs inputs_;
};

TEST_F(Config, NothingGivenIsAllDefaults) {
  const LoadedConfig loaded = good();
  EXPECT_EQ(loaded.wanted, Wanted::kServe);
  EXPECT_EQ(loaded.config.workers.count, 1u);
  EXPECT_EQ(loaded.config.workers.wait, WorkerWait::kAdaptive);
  EXPECT_EQ(loaded.config.limits.rows_max, 512u);
  EXPECT_EQ(loaded.config.models, "./models");
  EXPECT_EQ(loaded.config.run_dir, "/run/ringside");
  EXPECT_EQ(loaded.config.state_dir, "/var/lib/ringside");
  EXPECT_TRUE(loaded.config.reference_xgboost);
  EXPECT_EQ(loaded.config.bundle_signature, BundleSignature::kOff);
  EXPECT_TRUE(loaded.notes.empty());
}

TEST_F(Config, FileSetsEveryKey) {
  file(R"(
task: loan_default
models: /srv/models
bundle: loan_default_v1.0.0
run_dir: /tmp/run
state_dir: /tmp/state
workers: {count: 2, cpus: [2, 3], wait: spin, spin_us: 70}
limits:
  rows_max: 4096
  clients_max: 9
  channels_per_client: 8
  arena_bytes: 1048576
  bundle_memory: 2097152
  rules: ["uid=5 rows_per_s=10", "all in_flight=3 priority=low"]
  queue_age_us: 2000
  shed_late: true
loader: {cpus: [1], watch_ms: 250, lock_memory: true}
guards:
  enabled: false
  error_rate: 0.05
  latency_ratio: 1.5
  latency_percentile: 99
  score_drift: 0
  min_rows: 1000
  window_s: 30
  watch_after_switch_s: 0
access:
  data: {users: [ads, 1001], groups: [scoring]}
  admin: {users: [ops]}
journal: {enabled: true, landing_dir: /dev/shm/x, landing_on_disk: true, landing_bytes: 1048576, when_full: gap, block_us: 5, sample: 0.25,
          features: false, user_id: drop, key_file: /etc/ringside/journal.key, sync: none, sync_ms: 7, file_bytes: 65536, file_seconds: 9,
          compress: false, compress_after_seconds: 60, keep_days: 30, keep_bytes: 1073741824, index: false,
          encrypt: false, day_keys_dir: /etc/ringside/days,
          checkpoint_key: /etc/ringside/audit.key}
reference: {xgboost: false}
bundle_signature: {mode: require, keys: /etc/ringside/keys}
log: {level: debug, file: /var/log/ringside.log}
core_dumps: true
input_digest: {key_file: /etc/ringside/digest.key}
)");
  const EngineConfig config = good().config;
  EXPECT_EQ(config.log.level, LogLevel::kDebug);
  EXPECT_EQ(config.log.file, "/var/log/ringside.log");
  EXPECT_EQ(config.task, "loan_default");
  EXPECT_EQ(config.models, "/srv/models");
  EXPECT_EQ(config.bundle, "loan_default_v1.0.0");
  EXPECT_EQ(config.run_dir, "/tmp/run");
  EXPECT_EQ(config.state_dir, "/tmp/state");
  EXPECT_EQ(config.workers.count, 2u);
  EXPECT_THAT(config.workers.cpus, testing::ElementsAre(2u, 3u));
  EXPECT_EQ(config.workers.wait, WorkerWait::kSpin);
  EXPECT_EQ(config.workers.spin_us, 70u);
  EXPECT_EQ(config.limits.rows_max, 4096u);
  EXPECT_EQ(config.limits.clients_max, 9u);
  EXPECT_EQ(config.limits.channels_per_client, 8u);
  EXPECT_EQ(config.limits.arena_bytes, 1048576u);
  EXPECT_EQ(config.limits.bundle_memory, 2097152u);
  EXPECT_THAT(config.limits.rules, testing::ElementsAre("uid=5 rows_per_s=10", "all in_flight=3 priority=low"));
  EXPECT_EQ(config.limits.queue_age_us, 2000u);
  EXPECT_TRUE(config.limits.shed_late);
  EXPECT_THAT(config.loader.cpus, testing::ElementsAre(1u));
  EXPECT_EQ(config.loader.watch_ms, 250u);
  EXPECT_FALSE(config.guards.enabled);
  EXPECT_EQ(config.guards.error_rate, 0.05);
  EXPECT_EQ(config.guards.latency_ratio, 1.5);
  EXPECT_EQ(config.guards.latency_percentile, 99u);
  EXPECT_EQ(config.guards.score_drift, 0.0);
  EXPECT_EQ(config.guards.min_rows, 1000u);
  EXPECT_EQ(config.guards.window_s, 30u);
  EXPECT_EQ(config.guards.watch_after_switch_s, 0u);
  EXPECT_TRUE(config.loader.lock_memory);
  EXPECT_THAT(config.access.data_users, testing::ElementsAre("ads", "1001"));
  EXPECT_THAT(config.access.data_groups, testing::ElementsAre("scoring"));
  EXPECT_THAT(config.access.admin_users, testing::ElementsAre("ops"));
  EXPECT_TRUE(config.journal.enabled);
  EXPECT_EQ(config.journal.landing_dir, "/dev/shm/x");
  EXPECT_EQ(config.journal.when_full, JournalWhenFull::kGap);
  EXPECT_EQ(config.journal.sample, 0.25);
  EXPECT_EQ(config.journal.user_id, JournalUserIds::kDrop);
  EXPECT_EQ(config.journal.sync, JournalSyncMode::kNone);
  EXPECT_EQ(config.journal.file_seconds, 9u);
  EXPECT_FALSE(config.journal.encrypt);
  EXPECT_EQ(config.journal.day_keys_dir, "/etc/ringside/days");
  EXPECT_TRUE(config.core_dumps);
  EXPECT_FALSE(config.journal.seal);
  EXPECT_EQ(config.journal.seal_after_s, 60u);
  EXPECT_EQ(config.journal.keep_days, 30u);
  EXPECT_EQ(config.journal.keep_bytes, 1'073'741'824u);
  EXPECT_FALSE(config.journal.index);
  EXPECT_EQ(config.journal.checkpoint_key, "/etc/ringside/audit.key");
  EXPECT_FALSE(config.reference_xgboost);
  EXPECT_EQ(config.bundle_signature, BundleSignature::kRequire);
  EXPECT_EQ(config.bundle_keys, "/etc/ringside/keys");
  EXPECT_EQ(config.input_digest_key_file, "/etc/ringside/digest.key");
  for (const ConfigRow& row : config_rows(config))
    EXPECT_THAT(row.source, HasSubstr("engine.yaml:")) << row.path << " is set by no line of this test";
}

TEST_F(Config, EnvironmentWinsOverFile) {
  file("workers: {wait: spin}\n");
  inputs_.environment["RINGSIDE_WORKERS_WAIT"] = "park";
  const EngineConfig config = good().config;
  EXPECT_EQ(config.workers.wait, WorkerWait::kPark);
  EXPECT_EQ(config.sources.at("workers.wait"), "RINGSIDE_WORKERS_WAIT");
}

TEST_F(Config, FlagWinsOverEnvironment) {
  inputs_.environment["RINGSIDE_WORKERS_COUNT"] = "3";
  inputs_.arguments = {"--workers", "2"};
  const EngineConfig config = good().config;
  EXPECT_EQ(config.workers.count, 2u);
  EXPECT_EQ(config.sources.at("workers.count"), "--workers");
}

TEST_F(Config, FlagTakesItsValueAfterEquals) {
  inputs_.arguments = {"--task=loan_default"};
  EXPECT_EQ(good().config.task, "loan_default");
}

TEST_F(Config, FileIsNamedByEnvironmentToo) {
  file("task: from_file\n");
  inputs_.arguments.clear();
  inputs_.environment["RINGSIDE_CONFIG"] = path_;
  EXPECT_EQ(good().config.task, "from_file");
}

TEST_F(Config, ListsInEnvironmentAreSeparatedByCommas) {
  inputs_.environment["RINGSIDE_ACCESS_DATA_USERS"] = "ads,risk";
  EXPECT_THAT(good().config.access.data_users, testing::ElementsAre("ads", "risk"));
}

TEST_F(Config, YamlWordsStayText) {
  file("task: no\n");  // not a boolean
  EXPECT_EQ(good().config.task, "no");
}

TEST_F(Config, EmptyFileIsAllDefaults) {
  file("# nothing yet\n");
  EXPECT_EQ(good().config.workers.count, 1u);
}

TEST_F(Config, SourcesOfTheStartingVersionAreKeptApart) {
  file("bundle: from_file\n");
  inputs_.environment["MODEL_PATH"] = "models/from_model_path";
  inputs_.arguments.insert(inputs_.arguments.end(), {"--bundle", "from_flag"});
  const LoadedConfig loaded = good();
  EXPECT_EQ(loaded.bundle_flag, "from_flag");
  EXPECT_EQ(loaded.model_path, "models/from_model_path");
  EXPECT_EQ(loaded.bundle_key, "from_file");
}

TEST_F(Config, DefaultDirectoriesWithoutRootFollowXdg) {
  inputs_.paths = {.uid = 1000, .xdg_runtime_dir = "/run/user/1000", .xdg_state_home = "", .home = "/home/a"};
  const EngineConfig config = good().config;
  EXPECT_EQ(config.run_dir, "/run/user/1000/ringside");
  EXPECT_EQ(config.state_dir, "/home/a/.local/state/ringside");
}

TEST_F(Config, EveryProblemIsReportedAtOnce) {
  file("workers: {count: 0, wait: maybe}\nlimits: {row_max: 3}\n");
  inputs_.environment["RINGSIDE_LIMITS_ROWS_MAX"] = "4097";
  inputs_.arguments.push_back("--runs-dir=/x");
  const std::string text = bad();
  EXPECT_THAT(text, HasSubstr("5 problems"));
  EXPECT_THAT(text, HasSubstr("workers.count: '0' is not a whole number from 1 to 64 (the least is 1)  [" + path_ + ":1]"));
  EXPECT_THAT(text, HasSubstr("workers.wait: 'maybe' is not spin, adaptive or park"));
  EXPECT_THAT(text, HasSubstr("limits.row_max: '3' unknown key (did you mean limits.rows_max?)  [" + path_ + ":2]"));
  EXPECT_THAT(
      text,
      HasSubstr("limits.rows_max: '4097' is not a whole number from 1 to 4096 (the most is 4096)  [RINGSIDE_LIMITS_ROWS_MAX]"));
  EXPECT_THAT(text, HasSubstr("'--runs-dir=/x' unknown flag (did you mean --run-dir?)"));
}

TEST_F(Config, HelpIsNeverRefused) {
  inputs_.arguments = {"--workers", "none", "--help"};
  EXPECT_EQ(good().wanted, Wanted::kHelp);
}

TEST_F(Config, CheckConfigIsAWish) {
  inputs_.arguments = {"--check-config"};
  EXPECT_EQ(good().wanted, Wanted::kCheckConfig);
}

TEST_F(Config, UnknownVariableIsANoteWithTheNearestName) {
  inputs_.environment["RINGSIDE_RUNDIR"] = "/x";
  EXPECT_THAT(good().notes, Contains("RINGSIDE_RUNDIR is no key of the engine; did you mean RINGSIDE_RUN_DIR?"));
}

TEST_F(Config, SignaturesNeedKeys) {
  file("bundle_signature: {mode: warn}\n");
  EXPECT_THAT(bad(), HasSubstr("bundle_signature.mode: needs bundle_signature.keys: without a key nothing is trusted"));
  inputs_.environment["RINGSIDE_BUNDLE_SIGNATURE_KEYS"] = "/etc/ringside/keys";
  EXPECT_EQ(good().config.bundle_signature, BundleSignature::kWarn);
}

TEST_F(Config, OneProcessorForEachWorker) {
  file("workers: {count: 3, cpus: [1, 2]}\n");
  EXPECT_THAT(bad(), HasSubstr("workers.cpus: '1,2' is not one processor for each worker (workers.count is 3)"));
}

struct BadFile {
  const char* name;
  const char* text;
  const char* said;
};
class BadFiles : public Config, public testing::WithParamInterface<BadFile> {};

TEST_P(BadFiles, AreRefusedWithTheReason) {
  file(GetParam().text);
  EXPECT_THAT(bad(), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadFiles,
    testing::Values(BadFile{"not_yaml", "workers: {count: 2\n", "not YAML"},
                    BadFile{"not_a_map", "- a\n- b\n", "the file is a map of keys"},
                    BadFile{"a_word", "hello\n", "the file is a map of keys"},
                    BadFile{"twice", "task: a\ntask: b\n", "task: 'b' given twice"},
                    BadFile{"twice_in_parts", "workers: {count: 1}\nworkers: {count: 2}\n", "given twice"},
                    BadFile{"null", "task:\n", "task: a value (leave the key out"},
                    BadFile{"empty", "task: ''\n", "task: is not 1 to 100 letters"},
                    BadFile{"list_for_one", "task: [a]\n", "task: 'a' one value"},
                    BadFile{"list_of_maps", "access: {data: {users: [{a: b}]}}\n", "a list of plain values"},
                    BadFile{"map_for_value", "task: {a: b}\n", "task.a: 'b' unknown key"},
                    BadFile{"negative", "workers: {count: -1}\n", "'-1' is not a whole number"},
                    BadFile{"fraction", "workers: {count: 1.0}\n", "'1.0' is not a whole number"},
                    BadFile{"beyond_64_bits", "limits: {arena_bytes: 99999999999999999999}\n", "is not a whole number"},
                    BadFile{"cpu_twice", "workers: {count: 2, cpus: [1, 1]}\n", "is not each processor once"},
                    BadFile{"empty_name", "access: {admin: {users: ['']}}\n", "is not names or numbers"},
                    BadFile{"task_leaves_folder", "task: ../x\n", "task: '../x' is not"},
                    BadFile{"not_a_bool", "reference: {xgboost: 1}\n", "is not true or false"},
                    BadFile{"too_deep", "a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}\n", "deep at most"}),
    [](const auto& row) { return row.param.name; });

struct BadCommandLine {
  const char* name;
  std::vector<std::string> arguments;
  const char* said;
};
class BadCommandLines : public Config, public testing::WithParamInterface<BadCommandLine> {};

TEST_P(BadCommandLines, AreRefusedWithTheReason) {
  inputs_.arguments = GetParam().arguments;
  EXPECT_THAT(bad(), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(All, BadCommandLines,
                         testing::Values(BadCommandLine{"no_value", {"--task"}, "task: needs a value"},
                                         BadCommandLine{"twice", {"--task=a", "--task=b"}, "given twice"},
                                         BadCommandLine{"a_word", {"serve"}, "'serve' not a flag"},
                                         BadCommandLine{"value_for_none", {"--check-config=yes"}, "takes no value"},
                                         BadCommandLine{"no_such_file", {"--config", "/no/such/file"}, "a readable YAML file"},
                                         BadCommandLine{"a_folder", {"--config", "/tmp"}, "a readable YAML file"},
                                         BadCommandLine{"unknown", {"--frobnicate"}, "unknown flag (see ringsided --help)"}),
                         [](const auto& row) { return row.param.name; });

TEST(MemoryAllowed, LeastLimitOfTheGroupAndThoseAboveItCounts) {
  const test::TemporaryDirectory place;
  const std::string root = place.path().string();
  std::filesystem::create_directories(place.path() / "a/b");
  EXPECT_EQ(memory_limit(root, "/a/b", 1'000), 1'000u) << "no limit said";
  test::write_file(place.path() / "a/memory.max", "max\n");
  EXPECT_EQ(memory_limit(root, "/a/b", 1'000), 1'000u);
  test::write_file(place.path() / "a/memory.max", "700\n");
  test::write_file(place.path() / "a/b/memory.max", "900\n");
  EXPECT_EQ(memory_limit(root, "/a/b", 1'000), 700u);
  EXPECT_EQ(memory_limit(root, "/a/b", 500), 500u);
  EXPECT_GT(memory_allowed(), 0u);
}

TEST(ConfigKeys, LimitsOfGuardsAreZeroOrANumberInItsBounds) {
  EngineConfig config;
  for (const char* good : {"0", "0.0", "1", "2.5", "1000"})
    EXPECT_TRUE(find_key("guards.latency_ratio")->assign(config, {good})) << good;
  for (const char* bad : {"", "-1", "0.5", "1001", "nan", "inf", "1e2", "2,5", "2.5x"}) {
    const auto assigned = find_key("guards.latency_ratio")->assign(config, {bad});
    ASSERT_FALSE(assigned) << bad;
    EXPECT_EQ(assigned.error().bound, "0, or a number from 1 to 1000");
  }
  EXPECT_FALSE(find_key("guards.latency_percentile")->assign(config, {"90"}));
}

}  // namespace
}  // namespace ringside::engine
