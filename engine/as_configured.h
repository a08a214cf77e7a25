// From the configuration's values to what the engine's folders take: nothing is decided here.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/loader.h"
#include "engine/config/engine_config.h"
#include "engine/guards/guard.h"
#include "engine/journal/version_record.h"
#include "engine/ledger/index/ledger_desk.h"
#include "engine/ledger/journal.h"
#include "engine/limits/terms.h"
#include "engine/worker/worker.h"

namespace ringside::engine {

[[nodiscard]] WaitMode wait_mode(WorkerWait wait);
[[nodiscard]] SignatureMode signature_mode(BundleSignature asked);
// REQUIRES: the keys passed their checks.
[[nodiscard]] std::vector<LimitRule> limit_rules(const EngineConfig::Limits& asked);
[[nodiscard]] Terms::Shedding shedding(const EngineConfig::Limits& asked);
[[nodiscard]] GuardSettings guard_settings(const EngineConfig::Guards& asked);

// How the record of this bundle's predictions names what it is about.
[[nodiscard]] VersionFacts version_facts(std::uint32_t ordinal, const Bundle& bundle);

// `run_directory`, `state_directory`: those of the task. `warn` is called from the recorder's threads.
[[nodiscard]] JournalOpening journal_opening(const EngineConfig& config, const std::string& run_directory,
                                             const std::string& state_directory, std::uint64_t engine_epoch,
                                             std::function<void(const std::string&)> warn);
// REQUIRES: journal.index.
[[nodiscard]] std::unique_ptr<LedgerDesk> open_ledger_desk(const EngineConfig& config, const std::string& state_directory,
                                                           const JournalKey& key, std::function<void(const std::string&)> warn);

}  // namespace ringside::engine
