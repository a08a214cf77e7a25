// One row of a store: a prediction or a gap of the journal as plain values, with the names of formats.md.
//
// (engine_epoch, writer, sequence) is the key. engine_epoch is the one that the journal file's header says: 64 random bits of the start that
// wrote the file, so keys of two hosts, or of a state directory that was made anew, never meet. What a start found of the run before it has
// that run's `epoch` and this file's engine_epoch; sequences go on over starts, so the key stays unique.
//
// Thread safety: values. Cost: text is copied; bytes() is what a batch counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "schemas/journal/file.h"
#include "schemas/journal/record_view.h"
#include "tools/ship/version_names.h"

namespace ringside::ship {

struct Row {
  std::uint64_t engine_epoch = 0;
  std::uint32_t writer = 0;
  std::uint64_t sequence = 0;

  std::string_view type;  // "prediction" or "gap"
  std::uint64_t wall_ns = 0;
  std::string instance, task;
  std::uint32_t epoch = 0;  // counted; with connection and ticket it names a call
  std::uint64_t connection = 0, ticket = 0;
  std::optional<std::uint32_t> row;  // none: about the whole call
  std::uint64_t rows = 0;            // of the call; of a gap how many have no record
  bool status_alone = false;         // answered unread: overrules what the same call recorded before

  std::string request_id, user_id, trace_id, asked;
  std::string user_key;  // 8 hex digits: user_id is a pseudonym under this key; empty: as given
  std::string model_version;
  std::string_view arm, status, code, reason;
  std::string errors, input_features;  // JSON: an array, an object
  std::uint32_t input_size = 0;
  std::optional<std::string> prediction;  // the class as training named it; none: the model has none
  bool prediction_is_int = false;
  std::vector<double> values, margins, features;
  bool outputs_float64 = false, features_float64 = false;
  bool outputs_withheld = false, features_withheld = false, inputs_cut = false;
  std::vector<std::string> filled, unknown, clamped;

  std::uint32_t client_uid = 0, client_pid = 0;
  std::string client_name, client_ip;
  std::uint32_t total_ns = 0, queue_ns = 0, decode_ns = 0, preprocess_ns = 0, forest_ns = 0;

  // None: there is no single one.
  [[nodiscard]] std::optional<double> score() const { return values.size() == 1 ? std::optional(values[0]) : std::nullopt; }
  [[nodiscard]] std::size_t bytes() const noexcept;
};

// "5f1c0de2a7b39e41-0-17": the key as text.
[[nodiscard]] std::string key_text(const Row& row);
// "2026-11-25T10:45:02.123456789Z"
[[nodiscard]] std::string timestamp_text(std::uint64_t wall_ns);

// Error: why the record cannot be understood.
[[nodiscard]] Result<Row, std::string> row_of(const journal::Record& record, const journal::FileHeader& header,
                                              const VersionTable& versions, std::string_view instance);

}  // namespace ringside::ship
