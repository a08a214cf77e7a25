// The index over a journal: a SQLite database from which the record of a prediction is found by request id, user, version, time or status.
// The journal is the truth; the index holds no more than places in it and can be deleted at any time: it is made again.
//
//   journal/*.rsj ──▶ catch_up() ──▶ index/ledger.sqlite ──▶ find() ──▶ places ──▶ journal/*.rsj ──▶ records
//
//   prediction  place → time, version, status, overruled      place = number of the file << 37 | offset / 8: grows with time
//   request     (part, hash of the request id, place)         user: the same of the user id, or of its pseudonym
//   part        a million predictions or more, whole files: what is inserted at random stays in the newest part, in memory; what is looked up
//               is looked up in each. So the rate does not fall as the index grows, and a look-up costs some microseconds a part.
//   block       4,096 predictions: from when to when, and which versions
//   tally       predictions by file, minute, version and status
//
// One writer: it holds <index>/lock. Readers of other processes see what was committed last (WAL).
//
// Thread safety: one owner. Errors carry SQLite's or the system's words.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/journal/pseudonym.h"
#include "engine/ledger/chain/checkpoint.h"
#include "engine/ledger/index/audit_question.h"
#include "engine/ledger/journal_status.h"

namespace ringside::engine {

// Newest first, as they stand in the journal.
struct AuditPage {
  std::vector<std::string> records;     // JSON objects
  std::optional<std::uint64_t> cursor;  // there are more: ask again with it
  std::uint64_t unreadable = 0;         // found by the index, and not to be read any more
};

struct AuditTally {
  std::optional<std::string> version;  // of those that were asked for; none answered: empty
  std::optional<std::uint64_t> hour_ns;
  std::optional<std::uint8_t> status;  // wire::Status, or kUnrecorded: rows that gap records count
  std::uint64_t rows = 0;
};

class AuditIndex {
 public:
  enum class Mode : std::uint8_t { kWrite, kRead };
  struct Terms {
    std::string journal_folder, index_folder;
    std::vector<JournalKey> keys = {};  // under which users have pseudonyms
    std::string day_keys_folder = {};  // empty: encrypted parts are not decrypted
    std::uint32_t part_rows = 1u << 20;
  };

  // kWrite makes what is missing, and begins anew where what is there is of another form, another journal or broken. kRead: error where
  // there is none.
  static Result<std::unique_ptr<AuditIndex>, std::string> open(Terms terms, Mode mode);
  ~AuditIndex();

  // Of <state>/<task>/journal.key, or wherever journal.key_file points, and those that were rotated away (<file>.old/*.key): a user is found
  // under each. No file: no keys; none is made.
  static Result<std::vector<JournalKey>, std::string> keys(const std::string& file);

  // Takes up to `records_max` records from the journal, in one transaction. True: there is more. REQUIRES: kWrite.
  Result<bool, std::string> catch_up(std::uint64_t records_max);

  // `time_max` zero: no limit.
  Result<AuditPage, std::string> find(const AuditQuestion& question, std::chrono::milliseconds time_max);
  Result<std::vector<AuditTally>, std::string> count(const AuditStatsQuestion& question, std::chrono::milliseconds time_max);
  [[nodiscard]] Result<IndexStatus, std::string> status();
  // The newest block of the chain that catch_up() has passed since open(); its number is 0 where there was none.
  [[nodiscard]] Checkpoint last_block() const;

 private:
  class Core;
  explicit AuditIndex(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace ringside::engine
