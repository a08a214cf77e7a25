// Makes files durable, one after the other in the order of asking, while the recorder goes on taking records: an fdatasync may last as long as
// the disk likes.
//
//   sync.ask(file, bytes)                recorder: what was written to it so far, `bytes` since the last ask
//   for (outcome : sync.outcomes()) …    recorder: what came of it
//
// Thread safety: all but start() from any thread; JournalFile::sync() may run beside append().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/ledger/journal_file.h"

namespace ringside::engine {

class SyncThread {
 public:
  struct Outcome {
    std::shared_ptr<JournalFile> file;
    std::uint64_t bytes = 0;
    std::uint64_t told = 0;    // of the asker, handed back
    std::string problem = {};  // empty: they are on the disk
  };

  ~SyncThread() { stop(); }
  void start();
  // When all that was asked is done.
  void stop();

  // While there is no thread, syncs at once.
  void ask(std::shared_ptr<JournalFile> file, std::uint64_t bytes, std::uint64_t told = 0);
  [[nodiscard]] bool is_busy() const;
  // Since the last look.
  std::vector<Outcome> outcomes();

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Outcome> asked_;  // the first is under way
  std::vector<Outcome> done_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ringside::engine
