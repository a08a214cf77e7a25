// The recorder: moves what workers commit from their landing rings to journal files. The only thread of the engine that writes records to a
// disk; workers see of it one word a ring, `taken`.
//
//   pass: look at every ring · versions not yet in this file · rotate if due · copy, then [TAKE] · ask for a sync if due
//
// When the disk refuses, nothing is taken: rings fill, and the workers' policy says what becomes of calls. Every pass tries again; a file
// whose sync failed is given up for a new one, for the kernel may have dropped what it could not write. Problems are counted, shown by
// status(), and logged when they begin and when they end.
//
// Thread safety: status(), file_number(), tell(), is_told() from any thread; the rest by its owner. The last three are for a thread of the
// lowest priority: the recorder waits for no lock that such a thread holds.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/clock.h"
#include "client_lib/base/unique_fd.h"
#include "engine/ledger/journal_status.h"
#include "engine/ledger/recovery.h"
#include "engine/ledger/sync_thread.h"

namespace ringside::engine {

enum class JournalSync : std::uint8_t { kNone, kInterval };

struct RecorderTerms {
  RecoveryTerms recovery;
  JournalSync sync = JournalSync::kInterval;
  std::uint32_t sync_ms = 100;
  std::uint64_t file_bytes_max = 256u << 20;
  std::uint32_t file_seconds_max = 3'600;
};

class Recorder {
 public:
  // Recovers (recovery.h). Makes the journal's folder, 0750, where it is missing; locks both.
  static Result<std::unique_ptr<Recorder>, std::string> open(const RecorderTerms& terms, VersionBook& book);
  // Takes and syncs what is left; if that went well, the rings' memory is given back. REQUIRES: the workers have stopped.
  ~Recorder();

  [[nodiscard]] const LandingRing& ring(std::uint32_t worker) const noexcept { return rings_[worker]; }
  void start();
  [[nodiscard]] RecorderStatus status() const;

  // Of the file being written; where it was given up, of that one until the next is made.
  [[nodiscard]] std::uint64_t file_number() const noexcept { return number_.load(std::memory_order_acquire); }
  // Says in the journal that files are gone, in one of the next passes; a ticket for is_told().
  std::uint64_t tell(const journal::ExpiredBody& expired);
  // It is durable (with JournalSync::kNone: written).
  [[nodiscard]] bool is_told(std::uint64_t ticket) const noexcept {
    return ticket <= told_durable_.load(std::memory_order_acquire);
  }

  // One pass; true when something was moved. For tests, and for the thread itself.
  bool pass();

 private:
  Recorder(const RecorderTerms& terms, VersionBook& book, Recovered recovered);
  void run();
  [[nodiscard]] Result<bool, std::string> move();
  [[nodiscard]] Result<Done, std::string> rotate();
  [[nodiscard]] bool may_rotate();
  [[nodiscard]] Result<bool, std::string> write_expired();
  [[nodiscard]] Result<bool, std::string> take(const LandingRing& ring, std::uint64_t sealed);
  void sync_if_due();
  void ask_sync();
  [[nodiscard]] std::string settle_syncs();
  [[nodiscard]] std::chrono::milliseconds rest(std::uint64_t moved_bytes) const;
  void note(const std::string& problem);

  RecorderTerms terms_;
  VersionBook& book_;
  const std::uint32_t epoch_;
  std::vector<LandingRing> rings_;
  base::UniqueFd journal_lock_, landing_lock_;
  std::shared_ptr<JournalFile> file_;  // null: the next pass makes one
  SyncThread sync_;
  std::atomic<std::uint64_t> number_;
  std::size_t versions_in_file_ = 0;
  std::vector<std::byte> first_;                       // stands at the begin of the next file, before its versions
  std::uint64_t file_made_ns_ = base::monotonic_ns();  // the wall clock may be set back
  std::uint64_t last_sync_ns_ = 0, unsynced_bytes_ = 0;

  ExpiredFiles expired_;
  bool rotation_asked_ = false;                      // the file's last sync, before the next one begins
  std::vector<journal::ExpiredBody> unwritten_;      // of what was told
  std::uint64_t told_written_ = 0, told_asked_ = 0;  // tickets: how many were told
  std::atomic<std::uint64_t> told_durable_{0};       // likewise

  std::mutex telling_mutex_;  // the recorder tries it and never waits
  std::vector<journal::ExpiredBody> telling_;
  std::uint64_t last_ticket_ = 0;

  mutable std::mutex mutex_;
  RecorderStatus status_;
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace ringside::engine
