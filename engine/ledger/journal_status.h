// The journal as operators see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ringside::engine {

struct RecorderStatus {
  std::uint32_t epoch = 0;
  std::string file;                 // being written
  std::uint64_t file_number = 0;    // its number; where it was given up, the next one is larger
  std::uint64_t files = 0;          // of this start
  std::uint64_t written_bytes = 0;  // of this start, headers aside
  std::uint64_t durable_bytes = 0;  // of them, known to be on the disk
  std::uint64_t waiting_bytes = 0;  // committed and not taken
  std::uint64_t failures = 0;       // of writes, syncs and new files
  std::string problem = {};         // of the last pass; empty: none
};

struct IndexStatus {
  std::uint64_t records = 0;    // predictions in it
  std::uint64_t lag_bytes = 0;  // of the journal's files, not indexed yet
  std::string problem = {};     // of the last try; empty: none
};

// Of finished files, as the keeper saw them last.
struct KeepingStatus {
  std::uint64_t files = 0, bytes = 0;  // all of the journal, on disk
  std::uint64_t sealed = 0;            // files of them
  std::uint64_t held = 0;              // files that a legal hold keeps; counted where retention is on
  std::uint64_t expired = 0;           // files deleted since the start
  std::string problem = {};            // of the last pass; empty: none
};

struct JournalStatus {
  RecorderStatus recorder;
  std::uint64_t records = 0;          // of predictions, committed in this start
  std::uint64_t unrecorded_rows = 0;  // answered without a record: gap records count them
  std::uint64_t sampled_out_rows = 0;
  std::optional<IndexStatus> index = {};      // none: it is off
  std::optional<KeepingStatus> keeping = {};  // none: files stay as they are
};

}  // namespace ringside::engine
