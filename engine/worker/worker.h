// A worker: polls its channels and carries each request through the steps, one tile at a time. worker.cc is the map of the data path.
//
// Thread safety: one thread runs run(); stop() from any other. The thread allocates, locks and enters the kernel for nothing while work is
// waiting (but to wake a parked client, at the end of a pass).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "client_lib/base/tick_rate.h"
#include "engine/counters/counters.h"
#include "engine/epoch/quiescence.h"
#include "engine/ingress/roster.h"
#include "engine/journal/worker_journal.h"
#include "engine/shadow/pace.h"
#include "engine/traffic/publisher.h"
#include "engine/worker/active_call.h"
#include "engine/worker/fair_turns.h"
#include "engine/worker/idle.h"
#include "engine/worker/service_time.h"

namespace ringside::engine {

class Worker {
 public:
  struct Options {
    std::uint32_t index = 0;
    WaitMode wait = WaitMode::kAdaptive;
    base::SpinLimits spin_ns{.first = 5'000, .longest = 100'000};  // kAdaptive
    std::uint16_t rows_max = 512;
    DigestKey digest_key{};
    WorkerJournal* journal = nullptr;  // of this worker alone; null: nothing is recorded
  };

  // `on_lie` rouses the door after a peer was expelled; it may make one system call.
  Worker(const Options& options, Roster& roster, const TrafficPublisher& traffic, Quiescence::Reader reader, WorkerCounters& counters,
         std::function<void()> on_lie);

  // Until stop(). Calls under way are then left unanswered: their clients learn from the closing socket.
  void run() noexcept;
  void stop() noexcept;

 private:
  enum class Begun : std::uint8_t { kAnswered, kUnderWay, kComparing, kLater };

  [[nodiscard]] bool pass() noexcept;
  [[nodiscard]] bool serve(Channel& channel, const TrafficTable& table) noexcept;
  [[nodiscard]] Begun begin(Channel& channel, const TrafficTable& table, ActiveCall& active) noexcept;
  [[nodiscard]] static std::pair<wire::Status, std::uint8_t> route_in(ActiveCall& active, const TrafficTable& table) noexcept;
  [[nodiscard]] bool route(ActiveCall& active, const TrafficTable& table) noexcept;
  [[nodiscard]] bool advance(ActiveCall& active) noexcept;
  // Calls with several targets (targets.cc): what begin, route_in, advance and finish are for one.
  [[nodiscard]] Begun begin_comparison(ActiveCall& active, const TrafficTable& table, const Terms& terms) noexcept;
  [[nodiscard]] static bool route_targets(ActiveCall& active, const TrafficTable& table) noexcept;
  [[nodiscard]] bool advance_comparison(ActiveCall& active) noexcept;
  [[nodiscard]] bool advance_target(ActiveCall& active, std::uint32_t number, std::uint32_t rows_max) noexcept;
  void finish_comparison(ActiveCall& active) noexcept;
  void count_due_drift(ComparedTarget& target) noexcept;
  // admission.cc. False: answered.
  [[nodiscard]] bool admitted(ActiveCall& active, const Terms& terms) noexcept;
  [[nodiscard]] bool version_admitted(ActiveCall& active, const Terms& terms) noexcept;
  void reject(ActiveCall& active, const Verdict& verdict) noexcept;
  static void leave_terms(ActiveCall& active) noexcept;
  [[nodiscard]] static std::uint32_t rows_of_turn(const ActiveCall& active) noexcept;
  [[nodiscard]] bool expired(const ActiveCall& active) noexcept;
  const InputDigest* digest_rows(const ActiveCall& active, const InputSchema& schema, const Tile& tile) noexcept;
  [[nodiscard]] bool record_rows(ActiveCall& active, std::uint32_t first_row, const Workspace& work, const std::int32_t* labels) noexcept;
  [[nodiscard]] bool record_timeout(ActiveCall& active, std::uint32_t first_row, std::uint32_t rows) noexcept;
  void record_answer(ActiveCall& active) noexcept;
  // Of one target of a comparison: its last tile; rows [first_row, first_row + rows) that it answers without a score.
  [[nodiscard]] bool record_target(ActiveCall& active, std::uint32_t number, const Workspace& work, const std::int32_t* labels) noexcept;
  [[nodiscard]] bool record_target_unread(ActiveCall& active, std::uint32_t number, std::uint32_t first_row, std::uint32_t rows,
                                          wire::Status status) noexcept;
  void sum_up_target(ActiveCall& active, std::uint32_t number) const noexcept;
  std::uint64_t sum_up(ActiveCall& active) const noexcept;  // returns base::ticks() of now
  void answer_empty(ActiveCall& active, wire::Status status, std::uint8_t code) noexcept;
  void finish(ActiveCall& active) noexcept;
  [[nodiscard]] ArmCounters* judged_arm(const ActiveCall& active) const noexcept;
  void expel(Channel& channel) noexcept;
  void remember_wake(Channel& channel) noexcept;
  void wake_clients() noexcept;
  void adopt(const Seating& seating) noexcept;
  void drop(ActiveCall& active) noexcept;
  [[nodiscard]] ActiveCall* large_call_of(const Channel& channel) noexcept;
  void park() noexcept;
  [[nodiscard]] const Tile* decode_for_shadow(const ActiveCall& active, GatherCursor from, const GatherOutcome& gathered) const noexcept;
  void offer_to_shadow(const ActiveCall& active, const Workspace& work, const std::int32_t* labels, const Tile* again) const noexcept;
  [[nodiscard]] bool score_for_shadow(const TrafficTable& table, bool worked) noexcept;
  void finish_for_shadow() noexcept;

  Options options_;
  Roster& roster_;
  const TrafficPublisher& traffic_;
  Quiescence::Reader reader_;
  WorkerCounters& counters_;
  std::function<void()> on_lie_;
  base::TickRate rate_;
  Idle idle_;
  FairTurns turns_;
  ServiceTime service_time_;
  ShadowPace shadow_pace_;
  bool shadow_waits_ = false;  // after the last pass: rows for it
  RequestIdMaker ids_;
  std::unique_ptr<ActiveCall> small_;                 // of calls that end within the pass
  std::vector<std::unique_ptr<ActiveCall>> large_;    // kLargeCallsMax
  std::uint32_t large_under_way_ = 0;
  std::uint64_t seating_number_ = 0;                  // of the last pass
  std::array<std::atomic<std::uint32_t>*, 256> wakes_{};
  std::uint32_t wake_count_ = 0;
  std::array<InputDigest, kTileRows> digests_;  // of the tile under way, where its call asks for them
  bool woke_a_client_ = false;  // in this pass
  std::atomic<bool> stopping_{false};
};

}  // namespace ringside::engine
