// What becomes of finished journal files: sealed when they have rested, deleted when they are too old or too many, kept where a hold says so.
//
//   live ──▶ finished ──▶ sealed (.rsj.zst) ──▶ told (an expired record, durable) ──▶ deleted
//
// A file is told of before it goes, in the journal itself, so that verify knows it from one that somebody removed. The thread `rs-keeper`
// runs at the lowest priority; no worker and not even the recorder waits for it.
//
// Thread safety: status() from any thread; the rest by its owner.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <ringside/result.h>

#include "engine/ledger/journal_status.h"
#include "engine/ledger/reading/journal_folder.h"
#include "engine/ledger/retention/holds.h"
#include "schemas/journal/expired.h"

namespace ringside::engine {

class Recorder;

struct KeepingTerms {
  std::string journal_folder, state_folder;
  bool seal = true;
  std::uint64_t seal_after_s = 3'600;  // since it was written last
  std::uint64_t keep_s = 0;            // 0: however old
  std::uint64_t keep_bytes = 0;        // on disk, what is held aside; 0: however many
  std::function<void(const std::string&)> warn;
};

class Keeper {
 public:
  // What the recorder says and does.
  struct Seat {
    std::function<std::uint64_t()> current;  // the number of the file being written: it and what follows is left alone
    std::function<std::uint64_t(const journal::ExpiredBody&)> tell;               // a ticket
    std::function<bool(std::uint64_t)> is_told;                                   // by ticket: it is durable
    std::function<Result<Done, std::string>(std::uint64_t now_ns)> besides = {};  // in each pass; its error hinders nothing
  };

  Keeper(KeepingTerms terms, Seat seat);
  ~Keeper();  // what it was at is left for the next start
  void start();
  [[nodiscard]] KeepingStatus status() const;

  // One pass, at a time of the caller's. For tests, and for the thread itself.
  void pass(std::uint64_t now_ns);

 private:
  struct Span {
    std::uint64_t oldest_ns, newest_ns;
    bool certain;  // not: its records cannot all be read, and what is held is not known
  };
  struct Leaving {
    std::uint64_t number, ticket;
  };
  void run();
  void seal(const std::vector<JournalFileFacts>& files, std::uint64_t now_ns);
  void expire(const std::vector<JournalFileFacts>& files, std::uint64_t now_ns);
  void remove_told(const std::vector<JournalFileFacts>& files);
  [[nodiscard]] bool is_held(const JournalFileFacts& file, const std::vector<Hold>& holds);
  Span span(const JournalFileFacts& file);  // read once, unless that failed
  Result<Done, std::string> tell(const JournalFileFacts& file, const JournalFileFacts& next, bool too_old);
  void note(const std::string& problem);

  const KeepingTerms terms_;
  const Seat seat_;
  const Holds holds_;
  std::map<std::uint64_t, Span> spans_;
  std::vector<Leaving> leaving_;
  std::string problem_;  // of this pass

  mutable std::mutex mutex_;
  KeepingStatus status_;
  std::atomic<bool> stopping_{false};
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace ringside::engine
