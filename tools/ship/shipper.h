// The loop: journal records into batches, batches into the sink, the cursor behind them.
//
//   JournalFollower ──▶ batch (rows, bytes, age) ──▶ Sink::send ──▶ cursor saved ──▶ next
//                                   ▲                    │ try again: the same rows after a pause, for ever
//                                   └── halves ◀─────────┤ rows bad: divided until single rows are left,
//                                                        ▼ which become dead letters with the reason
//
// While a batch waits nothing more is read, so memory is one batch however long a store is away; the journal on disk is the queue.
//
// Thread safety: one thread. Cost: shipping a row is building it and its text; the rest is the store's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/ship/back_off.h"
#include "tools/ship/cursor.h"
#include "tools/ship/dead_letters.h"
#include "tools/ship/journal_follower.h"
#include "tools/ship/ship_config.h"
#include "tools/ship/ship_status.h"
#include "tools/ship/sink.h"
#include "tools/ship/stop_signal.h"

namespace ringside::ship {

enum class ShipEnd : std::uint8_t {
  kStopped,   // told to end
  kCaughtUp,  // once: everything that was there has arrived
  kGaveUp,    // once: the sink or the journal refused kOnceTries times in a row
};
inline constexpr int kOnceTries = 5;

class Shipper {
 public:
  // All references outlive the shipper. `cursor` is where to begin.
  Shipper(const ShipConfig& config, Sink& sink, Cursor cursor, const StopSignal& stop);

  ShipEnd run(bool once);
  [[nodiscard]] const Cursor& cursor() const noexcept { return cursor_; }
  [[nodiscard]] const Activity& activity() const noexcept { return activity_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Outcome : std::uint8_t { kDone, kStopped, kGaveUp };

  Outcome fill();
  [[nodiscard]] bool is_full() const noexcept { return rows_.size() >= config_.batch_rows || bytes_ >= config_.batch_bytes; }
  void count_sequence(const journal::RecordHead& head, std::uint64_t engine_epoch);
  Outcome add(const JournalItem& item);
  Outcome deliver(std::span<const Row> rows);
  Outcome bury(const std::string& reason, const std::string& record);
  Outcome commit();
  Outcome pause(const std::string& problem);
  void resumed();
  void tell(bool at_once);

  const ShipConfig& config_;
  Sink& sink_;
  Cursor cursor_;
  const StopSignal& stop_;
  JournalFollower follower_;
  DeadLetters dead_letters_;
  BackOff back_off_;
  Losses losses_before_;  // what the cursor knew at the start
  bool once_ = false;

  std::vector<Row> rows_;  // the batch
  std::uint64_t bytes_ = 0, dead_ = 0, missing_ = 0;
  std::uint64_t refused_ = 0;   // of dead_, those that are in rows_
  Clock::time_point first_at_;  // when its first row came
  std::map<std::uint16_t, std::uint64_t> writers_;
  std::map<std::uint16_t, std::uint64_t> writer_epochs_;  // engine_epoch of each one's last record

  Activity activity_;
  int tries_ = 0;  // in a row that failed
  Clock::time_point told_at_{};
};

}  // namespace ringside::ship
