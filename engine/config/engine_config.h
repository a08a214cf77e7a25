// Everything about an engine that an operator can set. Each member's initialiser is its default, each key's line in
// keys_of_*.cc says what it means; help, --check-config, GET /config, the schema and the README's table are generated from these two.
//
// Precedence: flags, then RINGSIDE_* variables, then the YAML file, then the default (config_loader.h).
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/log/log_level.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

enum class WorkerWait : std::uint8_t { kSpin, kAdaptive, kPark };
enum class JournalWhenFull : std::uint8_t { kFail, kBlock, kGap };
enum class JournalUserIds : std::uint8_t { kHash, kPlain, kDrop };
enum class JournalSyncMode : std::uint8_t { kNone, kInterval };
enum class BundleSignature : std::uint8_t { kOff, kWarn, kRequire };

struct EngineConfig {
  std::string task;  // empty: the starting bundle's
  std::string models = "./models";
  std::string bundle;     // a version or a directory; empty: see start_choice.h
  std::string run_dir;    // never empty once loaded
  std::string state_dir;  // never empty once loaded

  struct Log {
    LogLevel level = LogLevel::kInfo;
    std::string file;  // empty: standard error
  } log;

  struct Workers {
    std::uint32_t count = 1;
    std::vector<std::uint32_t> cpus;  // one a worker, or none
    WorkerWait wait = WorkerWait::kAdaptive;
    std::uint32_t spin_us = 100;  // where nobody asked (sources), the engine takes what suits the host
  } workers;

  struct Limits {
    std::uint32_t rows_max = 512;
    std::uint32_t clients_max = 256;
    std::uint32_t channels_per_client = wire::kChannelsMax;
    std::uint64_t arena_bytes = 64u << 20;
    std::vector<std::string> rules;   // engine/limits/limit_rule.h
    std::uint32_t queue_age_us = 0;   // 0: no request is too old
    bool shed_late = false;
    std::uint64_t bundle_memory = 0;  // 0: half of the memory that this process may have
  } limits;

  struct Access {
    std::vector<std::string> data_users, data_groups, admin_users;  // names or numbers; all empty: the engine's own user and root
  } access;

  struct Loader {
    std::vector<std::uint32_t> cpus;  // none: wherever it likes
    std::uint32_t watch_ms = 1'000;   // 0: models/ is not watched
    bool lock_memory = false;
  } loader;

  struct Guards {  // engine/guards/settings.h
    bool enabled = true;
    double error_rate = 0.01, latency_ratio = 3, score_drift = 0.25;  // 0: not judged
    std::uint32_t latency_percentile = 95;
    std::uint32_t min_rows = 200;
    std::uint32_t window_s = 60;
    std::uint32_t watch_after_switch_s = 300;  // 0: a switch is not watched
  } guards;

  struct Journal {
    bool enabled = false;
    std::string landing_dir;  // empty: run_dir if that is tmpfs, else below /dev/shm
    bool landing_on_disk = false;
    std::uint64_t landing_bytes = 64u << 20;  // a worker
    JournalWhenFull when_full = JournalWhenFull::kFail;
    std::uint32_t block_us = 1'000;
    double sample = 1.0;
    bool features = true;
    JournalUserIds user_id = JournalUserIds::kHash;
    std::string key_file;  // empty: <state_dir>/<task>/journal.key
    JournalSyncMode sync = JournalSyncMode::kInterval;
    std::uint32_t sync_ms = 100;
    std::uint64_t file_bytes = 256u << 20;
    std::uint32_t file_seconds = 3'600;
    bool index = true;
    std::string checkpoint_key;  // empty: no checkpoints
  } journal;

  bool reference_xgboost = true;
  std::string input_digest_key_file;  // empty: a key a start

  BundleSignature bundle_signature = BundleSignature::kOff;
  std::string bundle_keys;  // a PEM file or a directory of them; not empty unless bundle_signature is kOff

  std::map<std::string, std::string>
      sources;  // key path → where its value comes from: "--workers", "RINGSIDE_TASK", "engine.yaml:3"
};

}  // namespace ringside::engine
