// Quiescent-state-based reclamation: when may something that workers read through a pointer be freed?
//
//   control thread                                   worker, every pass
//   old = pointer.exchange(new, seq_cst)             e = epoch.load(acquire)
//   grace = begin_grace_period()                     if e differs: seen.store(e, release)      [QUIET]   holds no old pointer here
//   … later: if passed(grace): free old              p = pointer.load(seq_cst); use *p until the next pass
//
// Invariants
//   (1) passed(grace) ⇒ each worker has, since the exchange, either announced quiet or been offline: it holds no pointer from before.
//   (2) A worker touches published pointers only between online() and offline(), and drops them before each quiet().
// Ordering
//   [QUIET]  seen.store(release) ▶ seen.load(seq_cst) in passed(): the worker's last use of the old object happens before the free.
//            A worker that announced epoch e read it after the exchange (epoch.fetch_add is seq_cst and comes later), so it sees the new one.
//   [ONLINE] seen.store(seq_cst), pointer.load(seq_cst)  ╳  pointer.exchange(seq_cst), seen.load(seq_cst): store buffering. Either the control
//            thread sees the worker online, or the worker sees the new pointer.
//
// Asynchronous: nobody waits in here, so a stuck worker delays frees and nothing else (stragglers() names it).
// After liburcu's QSBR flavour (Desnoyers et al., "User-Level Implementations of Read-Copy Update", 2012). There are no fences.
// Cost: one load and a branch a pass; a store when something was published.
// A template over the atomics policy (schemas/wire/atomics.h): tests/model/ checks it, with published.h and pin_count.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "schemas/wire/atomics.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

template <class P>
class QuiescenceOf {
 public:
  explicit QuiescenceOf(std::uint32_t workers) : workers_(workers), slots_(std::make_unique<typename Reader::Slot[]>(workers)) {}

  // A worker's side. One thread each; made by reader().
  class Reader {
   public:
    // Between passes: "I hold nothing that was published before now."
    void quiet() noexcept {
      const std::uint64_t epoch = P::template load<wire::Order::kAcquire, wire::Step::kReadEpoch>(owner_->epoch_);
      if (epoch != local_) {
        local_ = epoch;
        P::template store<wire::Order::kRelease, wire::Step::kAnnounceQuiet>(slot_->seen, epoch);  // [QUIET]
      }
    }
    // Before sleeping, and after: an offline worker holds nothing and delays nobody.
    void offline() noexcept {
      local_ = 0;
      P::template store<wire::Order::kSeqCst, wire::Step::kAnnounceOffline>(slot_->seen, local_);
    }
    void online() noexcept {
      local_ = P::template load<wire::Order::kAcquire, wire::Step::kReadEpochOnline>(owner_->epoch_);
      P::template store<wire::Order::kSeqCst, wire::Step::kAnnounceOnline>(slot_->seen, local_);  // [ONLINE]
    }

   private:
    friend class QuiescenceOf;
    struct alignas(wire::kPairBytes) Slot {
      typename P::Word64 seen{0};  // 0: offline
    };
    Reader(QuiescenceOf& owner, Slot& slot) noexcept : owner_(&owner), slot_(&slot) {}
    QuiescenceOf* owner_;
    Slot* slot_;
    std::uint64_t local_ = 0;
  };

  // REQUIRES: worker < workers; one Reader a worker.
  [[nodiscard]] Reader reader(std::uint32_t worker) noexcept { return {*this, slots_[worker]}; }

  // Call after the exchange. Any thread.
  [[nodiscard]] std::uint64_t begin_grace_period() noexcept {
    return P::template fetch_add<wire::Order::kSeqCst, wire::Step::kBeginGrace>(epoch_, std::uint64_t{1}) + 1;
  }
  [[nodiscard]] bool passed(std::uint64_t grace) const noexcept {
    for (std::uint32_t worker = 0; worker < workers_; ++worker) {
      if (holds_up(worker, grace)) return false;
    }
    return true;
  }
  // The workers that `grace` still waits for.
  [[nodiscard]] std::vector<std::uint32_t> stragglers(std::uint64_t grace) const {
    std::vector<std::uint32_t> late;
    for (std::uint32_t worker = 0; worker < workers_; ++worker) {
      if (holds_up(worker, grace)) late.push_back(worker);
    }
    return late;
  }

 private:
  [[nodiscard]] bool holds_up(std::uint32_t worker, std::uint64_t grace) const noexcept {
    const std::uint64_t seen =
        P::template load<wire::Order::kSeqCst, wire::Step::kAskSeen>(slots_[worker].seen);  // [QUIET] [ONLINE]
    return seen != 0 && seen < grace;
  }

  std::uint32_t workers_;
  std::unique_ptr<typename Reader::Slot[]> slots_;
  alignas(wire::kPairBytes) typename P::Word64 epoch_{1};
};

using Quiescence = QuiescenceOf<wire::StdAtomics>;
extern template class QuiescenceOf<wire::StdAtomics>;

}  // namespace ringside::engine
