// The engine's ledger thread: keeps the index up with the journal, and answers questions about the record. Asleep where there is nothing to do;
// gives way to every other thread of the engine.
//
//   admin thread ──ask()──▶ questions ──▶ rs-ledger: AuditIndex ──▶ answer (on rs-ledger)
//                                             └── every second or two: what the recorder wrote
//
// Trouble with the index is trouble of questions alone: the journal goes on, and the index catches up or is made anew.
//
// Thread safety: ask_*() and status() from any thread; start and end by the owner.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/ledger/index/audit_index.h"

namespace ringside::engine {

class LedgerDesk {
 public:
  using Answer = std::function<void(Result<std::string, std::string>)>;  // JSON, or why there is none

  // A checkpoint is signed at most once a minute, while the chain grows, and appended to <state>/checkpoints.
  struct Signing {
    std::string task, key_file, checkpoints;  // key_file empty: none is signed
  };

  LedgerDesk(AuditIndex::Terms terms, Signing signing, std::function<void(const std::string&)> warn);
  // Questions that wait are answered that the engine stops; what is not indexed yet the next start will.
  ~LedgerDesk();

  // GET /audit and /audit/stats. At most kWaiting wait; more are refused at once.
  void ask(AuditQuestion question, Answer answer);
  void ask(AuditStatsQuestion question, Answer answer);
  [[nodiscard]] IndexStatus status() const;

 private:
  using Job = std::function<Result<std::string, std::string>(AuditIndex&)>;
  void enqueue(Job job, Answer answer);
  void run();
  bool open();
  bool catch_up();
  [[nodiscard]] Result<Done, std::string> sign_if_due();
  void note(const std::string& problem);

  const AuditIndex::Terms terms_;
  const Signing signing_;
  const std::function<void(const std::string&)> warn_;
  std::unique_ptr<AuditIndex> index_;  // this and what follows: the thread's
  Checkpoint signed_;
  std::chrono::steady_clock::time_point next_checkpoint_;

  mutable std::mutex mutex_;
  std::deque<std::pair<Job, Answer>> waiting_;
  IndexStatus status_;
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread thread_;
};

// The documents of GET /audit and /audit/stats, without and with the index's lag. The CLI makes the same of an index that it opened itself.
[[nodiscard]] std::string audit_document(const AuditPage& page, const IndexStatus& status);
[[nodiscard]] std::string audit_stats_document(const std::vector<AuditTally>& tallies, const IndexStatus& status);

}  // namespace ringside::engine
