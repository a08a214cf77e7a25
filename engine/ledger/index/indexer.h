// The writing half of the index: journal records → rows of its tables. Within engine/ledger/index; throws DatabaseError.
//
// Thread safety: one owner. Cost: memory for one batch, and for the last 65,536 predictions, which a later record may overrule.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "engine/ledger/chain/checkpoint.h"
#include "engine/ledger/index/database.h"
#include "engine/ledger/reading/journal_folder.h"

namespace ringside::engine {

// Which earlier record of a call a new one overrules: the later record of the same epoch, client and ticket, of that row or of the whole
// call. A ticket counts a channel, and a client has several that may be in step; so what else records of one call have in common must agree
// too: worker, process, rows, user, trace and version asked for, and the call must have been under way.
class CallsUnderWay {
 public:
  // Enters a prediction; returns the places of those that it overrules.
  std::vector<std::uint64_t> enter(const journal::PredictionView& row, std::uint64_t place);

 private:
  struct Entry {
    std::uint64_t place, wall_ns;
    std::uint16_t row;
    std::uint8_t target;
  };
  std::unordered_multimap<std::uint64_t, Entry> calls_;
  std::deque<std::pair<std::uint64_t, std::uint64_t>> order_;  // key and place, oldest first
};

class Indexer {
 public:
  // REQUIRES: the tables are there and this is their only writer.
  Indexer(Database& database, std::string journal_folder, std::uint32_t part_rows);

  // False: what the index says it holds is not what the journal holds (another journal, or one that lost its end to a power cut).
  [[nodiscard]] bool fits(const std::vector<JournalFileFacts>& files) const;

  // One transaction. True: there is more. Error: a journal file cannot be read.
  Result<bool, std::string> take(const std::vector<JournalFileFacts>& files, std::uint64_t records_max);
  // Forgets parts whose files are all gone.
  void forget_before(std::uint64_t number);

  // Of the newest block record that was met since this was made: number 0 where there was none.
  [[nodiscard]] const Checkpoint& last_block() const noexcept { return last_block_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

 private:
  struct Span {  // of a part or a block
    std::uint64_t first = 0, last = 0, rows = 0, min_ns = 0, max_ns = 0;
    void add(std::uint64_t place, std::uint64_t wall_ns);
  };
  struct Batch;

  void load();
  Result<Done, std::string> remember_calls(const std::vector<JournalFileFacts>& files);
  void enter(const journal::Record& record, std::uint64_t place, Batch& batch);
  void enter_prediction(const journal::PredictionView& row, std::uint64_t place, Batch& batch);
  void enter_version(const journal::Record& record, std::uint64_t place);
  void overrule(std::uint64_t place, Batch& batch);
  void write(Batch& batch);
  void begin_file(const JournalFileFacts& file, std::uint32_t header_crc);
  std::int64_t version_id(const std::string& name);

  Database& database_;
  std::string journal_folder_;
  std::uint32_t part_rows_;
  std::uint64_t number_ = 0, offset_ = 0, records_ = 0;
  std::uint32_t header_crc_ = 0;
  std::int64_t part_ = 0;
  Span part_span_, block_;
  std::map<std::string, std::int64_t> versions_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> ordinals_;  // (epoch, ordinal) → version
  std::optional<CallsUnderWay> calls_;
  Checkpoint last_block_;
};

}  // namespace ringside::engine
