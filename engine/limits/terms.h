// On what terms one client is served: made by the control path when it comes in and when the configuration changes, read by workers.
//
//   door:    session.set_terms(book.terms_of(uid, name))              a grace period later the old ones are freed
//   worker:  Verdict verdict = terms.enter(now_ns, rows, {});         before the call is routed
//            verdict = terms.enter(now_ns, rows, version);            where rules are about versions, after it
//            … terms.leave() when it is answered
//
// Thread safety: immutable but for the meters and the count of calls under way, which are atomic. No locks, no allocation.
// Cost: nothing where no rule counts; else a look at the clock, and two locked instructions a rule.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/limits/meter.h"

namespace ringside::engine {

class Terms {
 public:
  struct Clause {
    std::shared_ptr<Meter> meter;
    std::string version;  // empty: of any
  };
  struct Caps {
    std::uint16_t rows_max = std::numeric_limits<std::uint16_t>::max();  // of one call; the worker's own bound holds beside it
    std::uint32_t bytes_max = std::numeric_limits<std::uint32_t>::max();
  };
  struct Shedding {
    std::uint64_t queue_age_ns = 0;  // a request that waited longer is refused; 0: none is
    bool late = false;               // one that would be answered after its deadline is refused before any work
  };

  Terms() = default;  // anything goes
  Terms(std::vector<Clause> clauses, const Caps& caps, const Shedding& shedding, Priority priority)
      : clauses_(std::move(clauses)), caps_(caps), shedding_(shedding), priority_(priority) {
    for (const Clause& clause : clauses_) {
      (clause.version.empty() ? of_client_ : of_versions_) = true;
      counts_under_way_ |= clause.version.empty() && clause.meter->counts_under_way();
    }
  }
  Terms(const Terms&) = delete;  // workers hold its address
  Terms& operator=(const Terms&) = delete;

  [[nodiscard]] const Caps& caps() const noexcept { return caps_; }
  [[nodiscard]] const Shedding& shedding() const noexcept { return shedding_; }
  [[nodiscard]] Priority priority() const noexcept { return priority_; }
  [[nodiscard]] bool limit_client() const noexcept { return of_client_; }
  [[nodiscard]] bool limit_versions() const noexcept { return of_versions_; }

  // A call of this client begins, by the rules without a version (`version` empty) or by those of one. Refused: nothing was taken.
  [[nodiscard]] Verdict enter(std::uint64_t now_ns, std::uint32_t rows, std::string_view version = {}) const noexcept {
    for (std::size_t i = 0; i < clauses_.size(); ++i) {
      if (clauses_[i].version != version) continue;
      const Verdict verdict = clauses_[i].meter->enter(now_ns, rows);
      if (verdict.reason == wire::Reason::kNone) continue;
      undo(i, rows, version);
      return verdict;
    }
    return {};
  }
  // What enter() took is given back, as the call is refused for another cause. By the rules of a client, leave() is still due.
  void refund(std::uint32_t rows) const noexcept {
    for (const Clause& clause : clauses_) {
      if (clause.version.empty()) clause.meter->refund(rows);
    }
  }
  void undo(std::uint32_t rows, std::string_view version) const noexcept { undo(clauses_.size(), rows, version); }

  // Calls that were let in and are not answered, where a rule counts them. These terms are not freed meanwhile (held()).
  [[nodiscard]] bool count_under_way() const noexcept { return counts_under_way_; }
  // release ▶ held's acquire: the worker's last use happens before the free. As a pin, it is taken while the grace period protects us.
  void hold() const noexcept { under_way_.fetch_add(1, std::memory_order_relaxed); }
  void leave() const noexcept {
    for (const Clause& clause : clauses_) {
      if (clause.version.empty()) clause.meter->leave();
    }
    under_way_.fetch_sub(1, std::memory_order_release);
  }
  [[nodiscard]] bool held() const noexcept { return under_way_.load(std::memory_order_acquire) != 0; }

 private:
  void undo(std::size_t end, std::uint32_t rows, std::string_view version) const noexcept {
    for (std::size_t i = 0; i < end; ++i) {
      if (clauses_[i].version != version) continue;
      clauses_[i].meter->refund(rows);
      clauses_[i].meter->leave();
    }
  }

  std::vector<Clause> clauses_;
  Caps caps_;
  Shedding shedding_;
  Priority priority_ = Priority::kNormal;
  bool of_client_ = false, of_versions_ = false, counts_under_way_ = false;
  mutable std::atomic<std::uint32_t> under_way_{0};
};

}  // namespace ringside::engine
