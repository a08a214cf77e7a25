#include "engine/as_configured.h"

#include <chrono>
#include <utility>
#include <variant>

#include "client_lib/base/check.h"

namespace ringside::engine {

WaitMode wait_mode(WorkerWait wait) {
  switch (wait) {
    case WorkerWait::kSpin:
      return WaitMode::kSpin;
    case WorkerWait::kAdaptive:
      return WaitMode::kAdaptive;
    case WorkerWait::kPark:
      return WaitMode::kPark;
  }
  return WaitMode::kAdaptive;
}

SignatureMode signature_mode(BundleSignature asked) {
  switch (asked) {
    case BundleSignature::kOff:
      return SignatureMode::kOff;
    case BundleSignature::kWarn:
      return SignatureMode::kWarn;
    case BundleSignature::kRequire:
      return SignatureMode::kRequire;
  }
  return SignatureMode::kRequire;
}

std::vector<LimitRule> limit_rules(const EngineConfig::Limits& asked) {
  auto rules = parse_limit_rules(asked.rules);
  RINGSIDE_CHECK(rules);
  return std::move(*rules);
}

Terms::Shedding shedding(const EngineConfig::Limits& asked) {
  return {.queue_age_ns = asked.queue_age_us * std::uint64_t{1'000}, .late = asked.shed_late};
}

GuardSettings guard_settings(const EngineConfig::Guards& asked) {
  return {.enabled = asked.enabled,
          .error_rate = asked.error_rate,
          .latency_ratio = asked.latency_ratio,
          .latency_percentile = asked.latency_percentile,
          .score_drift = asked.score_drift,
          .min_rows = asked.min_rows,
          .window = std::chrono::seconds(asked.window_s),
          .watch_after_switch = std::chrono::seconds(asked.watch_after_switch_s)};
}

VersionFacts version_facts(std::uint32_t ordinal, const Bundle& bundle) {
  VersionFacts facts{.ordinal = ordinal,
                     .version = bundle.version,
                     .task = bundle.task,
                     .manifest_sha256 = bundle.facts.manifest_sha256,
                     .schema = bundle.schema,
                     .features = bundle.plan.feature_names(),
                     .classes = {},
                     .output_float64 = bundle.scorer.output_type() == FloatType::kFloat64,
                     .features_float64 = bundle.plan.feature_type() == FloatType::kFloat64};
  for (const ClassLabel& label : bundle.classes) {
    const auto* number = std::get_if<std::int64_t>(&label);
    facts.classes.emplace_back(number != nullptr ? std::to_string(*number) : std::get<std::string>(label), number != nullptr);
  }
  return facts;
}

JournalOpening journal_opening(const EngineConfig& config, const std::string& run_directory, const std::string& state_directory,
                               std::uint64_t engine_epoch, std::function<void(const std::string&)> warn) {
  const EngineConfig::Journal& wanted = config.journal;
  return {.key_file = wanted.key_file.empty() ? state_directory + "/journal.key" : wanted.key_file,
          .landing = {.task = config.task,
                      .run_directory = run_directory,
                      .state_directory = state_directory,
                      .configured = wanted.landing_dir,
                      .on_disk_allowed = wanted.landing_on_disk},
          .recorder = {.recovery = {.task = config.task,
                                    .journal_folder = state_directory + "/journal",
                                    .landing_folder = {},
                                    .workers = static_cast<std::uint16_t>(config.workers.count),
                                    .landing_bytes = wanted.landing_bytes,
                                    .engine_epoch = engine_epoch,
                                    .warn = std::move(warn)},
                       .sync = wanted.sync == JournalSyncMode::kNone ? JournalSync::kNone : JournalSync::kInterval,
                       .sync_ms = wanted.sync_ms,
                       .file_bytes_max = wanted.file_bytes,
                       .file_seconds_max = wanted.file_seconds},
          .workers = {.rules = {.key = {}, .user_ids = static_cast<UserIds>(wanted.user_id), .features = wanted.features},
                      .when_full = static_cast<WhenFull>(wanted.when_full),
                      .block_us = wanted.block_us,
                      .sample = wanted.sample}};
}

std::unique_ptr<LedgerDesk> open_ledger_desk(const EngineConfig& config, const std::string& state_directory,
                                             const JournalKey& key, std::function<void(const std::string&)> warn) {
  return std::make_unique<LedgerDesk>(
      AuditIndex::Terms{
          .journal_folder = state_directory + "/journal", .index_folder = state_directory + "/index", .keys = {key}},
      LedgerDesk::Signing{
          .task = config.task, .key_file = config.journal.checkpoint_key, .checkpoints = state_directory + "/checkpoints"},
      std::move(warn));
}

}  // namespace ringside::engine
