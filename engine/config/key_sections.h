// The sections of the table of keys, one function a section, in the order of the documentation. A new key goes into its section's
// source; everything else (help, pages, schema, GET /config) follows from there.
//
// Thread safety: constant data.
#pragma once

#include <span>

#include "engine/config/config_keys.h"

namespace ringside::engine {

[[nodiscard]] std::span<const ConfigKey> start_keys();    // keys_of_start.cc: task models bundle run_dir state_dir core_dumps
[[nodiscard]] std::span<const ConfigKey> log_keys();      // keys_of_log.cc: log
[[nodiscard]] std::span<const ConfigKey> serving_keys();  // keys_of_serving.cc: workers limits input_digest
[[nodiscard]] std::span<const ConfigKey> bundle_keys();   // keys_of_bundles.cc: loader reference bundle_signature
[[nodiscard]] std::span<const ConfigKey> guard_keys();    // keys_of_guards.cc: guards
[[nodiscard]] std::span<const ConfigKey> access_keys();   // keys_of_access.cc: access
[[nodiscard]] std::span<const ConfigKey> journal_keys();  // keys_of_journal.cc: journal

}  // namespace ringside::engine
