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
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "schemas/wire/limits.h"

namespace ringside::engine {

class Quiescence {
 public:
  explicit Quiescence(std::uint32_t workers);

  // A worker's side. One thread each; made by reader().
  class Reader {
   public:
    // Between passes: "I hold nothing that was published before now."
    void quiet() noexcept {
      const std::uint64_t epoch = owner_->epoch_.load(std::memory_order_acquire);
      if (epoch != local_) {
        local_ = epoch;
        slot_->seen.store(epoch, std::memory_order_release);  // [QUIET]
      }
    }
    // Before sleeping, and after: an offline worker holds nothing and delays nobody.
    void offline() noexcept {
      local_ = 0;
      slot_->seen.store(0, std::memory_order_seq_cst);
    }
    void online() noexcept {
      local_ = owner_->epoch_.load(std::memory_order_acquire);
      slot_->seen.store(local_, std::memory_order_seq_cst);   // [ONLINE]
    }

   private:
    friend class Quiescence;
    struct alignas(wire::kPairBytes) Slot {
      std::atomic<std::uint64_t> seen{0};  // 0: offline
    };
    Reader(Quiescence& owner, Slot& slot) noexcept : owner_(&owner), slot_(&slot) {}
    Quiescence* owner_;
    Slot* slot_;
    std::uint64_t local_ = 0;
  };

  // REQUIRES: worker < workers; one Reader a worker.
  [[nodiscard]] Reader reader(std::uint32_t worker) noexcept { return {*this, slots_[worker]}; }

  // Call after the exchange. Any thread.
  [[nodiscard]] std::uint64_t begin_grace_period() noexcept { return epoch_.fetch_add(1, std::memory_order_seq_cst) + 1; }
  [[nodiscard]] bool passed(std::uint64_t grace) const noexcept;
  // The workers that `grace` still waits for.
  [[nodiscard]] std::vector<std::uint32_t> stragglers(std::uint64_t grace) const;

 private:
  std::uint32_t workers_;
  std::unique_ptr<Reader::Slot[]> slots_;
  alignas(wire::kPairBytes) std::atomic<std::uint64_t> epoch_{1};
};

}  // namespace ringside::engine
