// A worker's journal: every row of every call gets its record before its answer is released, or a count in a gap record.
//
//   if (!journal.record_rows(call, first_row, tile, ids)) …answer unavailable, journal_down…
//   …the answer is released…
//   journal.seal();
//
// What happens when the landing ring is full (the recorder is behind, or its disk is) is the policy's:
//
//   fail    at once: the rows are not recorded, and not answered with a score
//   block   the same after waiting for at most block_us; while it stays full, later calls do not wait again
//   gap     the rows are answered; a gap record says how many have none
//
// Thread safety: its worker's alone; counters may be read by anyone. noexcept, no allocation, no system call (the clock is read without).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "client_lib/base/tick_rate.h"
#include "engine/counters/counters.h"
#include "engine/journal/landing.h"
#include "engine/journal/prediction_record.h"
#include "engine/journal/row_cipher.h"
#include "engine/respond/request_id.h"

namespace ringside::engine {

enum class WhenFull : std::uint8_t { kFail, kBlock, kGap };

struct JournalTerms {
  RecordRules rules = {};
  WhenFull when_full = WhenFull::kFail;
  std::uint32_t block_us = 1'000;
  double sample = 1.0;  // of `ok` rows, by a hash of the request id: 0 … 1
  const DayKeys* day_keys = nullptr;  // null: what would be encrypted is dropped; else outlives the worker
};

class WorkerJournal {
 public:
  WorkerJournal(const JournalTerms& terms, const LandingRing& ring, base::TickRate rate) noexcept;

  // The rows of a tile, [first_row, first_row + tile.rows()) of the call. `ids` draws the ids that the answer will carry, where the rows
  // brought none. Either all of them are committed (or counted, under kGap), or none: false.
  [[nodiscard]] bool record_rows(const RecordedCall& call, std::uint32_t first_row, const RecordedTile& tile,
                                 RequestIdMaker ids) noexcept;
  // Rows that are answered without having been read. `ids` null: the answer carries none, and rows that brought none share one record; so
  // do rejected ones, whatever they brought. Likewise all or none.
  [[nodiscard]] bool record_unread(const RecordedCall& call, std::uint32_t first_row, std::uint32_t rows, wire::Status status,
                                   const RequestIdMaker* ids) noexcept;

  // Of what was committed, behind its answer: until then the recorder does not take it.
  void seal() noexcept { writer_.seal(); }

  // After a false: the call was answered as unavailable, or stays rejected, and none of its rows has a record that says so.
  void count_refused(std::uint64_t rows) noexcept { give_up(rows, wall_ns()); }

  [[nodiscard]] const Counter& records() const noexcept { return records_; }
  [[nodiscard]] const Counter& unrecorded_rows() const noexcept { return unrecorded_rows_; }
  [[nodiscard]] const Counter& sampled_out_rows() const noexcept { return sampled_out_rows_; }

 private:
  [[nodiscard]] std::byte* place_for(std::uint64_t now_ns) noexcept;
  [[nodiscard]] std::byte* reserve() noexcept;
  void give_up(std::uint64_t rows, std::uint64_t now_ns) noexcept;
  [[nodiscard]] bool kept_by_sampling(const RowIdentity& identity) const noexcept;
  [[nodiscard]] std::uint64_t wall_ns(std::uint64_t ticks = base::ticks()) noexcept;

  std::unique_ptr<RowCipher> cipher_;  // null: likewise
  JournalTerms terms_;
  LandingWriter writer_;
  base::TickRate rate_;
  std::uint64_t sample_below_;  // of 2^32
  std::uint64_t unrecorded_since_ns_ = 0;
  bool stuck_ = false;  // kBlock: a wait ended without room
  std::uint64_t wall_anchor_ticks_ = 0, wall_anchor_ns_ = 0;
  std::uint64_t anchor_ticks_max_;
  Counter records_, unrecorded_rows_, sampled_out_rows_;
};

}  // namespace ringside::engine
