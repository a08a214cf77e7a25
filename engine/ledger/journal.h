// The journal of one engine, opened: the rings that its workers write, and the recorder that takes from them.
//
//   auto journal = Journal::open(opening, versions);     takes up what the run before left
//   Worker::Options{.journal = journal->of_worker(0)}
//
// Thread safety: status() from any thread; a WorkerJournal is its worker's; the rest by the owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/journal/version_book.h"
#include "engine/journal/worker_journal.h"
#include "engine/ledger/journal_status.h"
#include "engine/ledger/landing_folder.h"
#include "engine/ledger/recorder.h"
#include "engine/ledger/retention/keeper.h"

namespace ringside::engine {

struct JournalOpening {
  std::string key_file;
  LandingChoice landing;
  RecorderTerms recorder;  // its landing folder is chosen by `landing`
  JournalTerms workers;    // its key is read from key_file
  KeepingTerms keeping;
  std::string day_keys_folder;  // empty: what would be encrypted is dropped
};

class Journal {
 public:
  // The recorder runs from here on. Error: the key, the landing folder or the journal's folder, and what to do about it. A disk that is full
  // or broken is none (recovery.h).
  static Result<std::unique_ptr<Journal>, std::string> open(JournalOpening opening, VersionBook& versions);

  [[nodiscard]] WorkerJournal* of_worker(std::uint32_t index) noexcept { return workers_[index].get(); }
  [[nodiscard]] const JournalKey& key() const noexcept { return key_; }  // of pseudonyms: who has it finds a user
  [[nodiscard]] JournalStatus status() const;

 private:
  Journal(const JournalKey& key, std::unique_ptr<Recorder> recorder) : key_(key), recorder_(std::move(recorder)) {}

  JournalKey key_;
  std::unique_ptr<DayKeys> day_keys_;  // null: none
  // The rings outlive the hands on them.
  std::unique_ptr<Recorder> recorder_;
  std::vector<std::unique_ptr<WorkerJournal>> workers_;
  std::unique_ptr<Keeper> keeper_;  // null: files stay as they are
};

}  // namespace ringside::engine
