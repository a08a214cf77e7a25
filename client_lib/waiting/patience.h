// How long one channel's thread spins for an answer before it sleeps, learnt from its waits so far (base/spin_budget.h).
//
//   const WaitEnd end = wait_for_answer(…, patience.policy(rang), …);
//   patience.learn(rang, end);
//
// `rang`: the engine slept when the call was posted, so its answer is a wake-up away. Such waits are learnt apart: an engine that is awake
// answers in a microsecond, and one that is being woken is worth spinning for, or our own wake-up comes on top of its.
//
// Thread safety: one owner. Cost: as SpinBudget's.
#pragma once

#include <cstdint>

#include "client_lib/base/spin_budget.h"
#include "client_lib/waiting/waiter.h"

namespace ringside {

struct WaitLimits {
  bool may_sleep = true;
  base::SpinLimits spin_ns{.first = 0, .longest = 0};  // 0: sleep at once
};

class Patience {
 public:
  explicit Patience(const WaitLimits& limits) noexcept
      : may_sleep_(limits.may_sleep), engine_awake_(limits.spin_ns), engine_woken_(limits.spin_ns) {}

  [[nodiscard]] WaitPolicy policy(bool rang) const noexcept {
    return {.may_sleep = may_sleep_, .spin_ns = (rang ? engine_woken_ : engine_awake_).budget()};
  }

  void learn(bool rang, const WaitEnd& end) noexcept {
    if (!may_sleep_ || end.how != Waited::kAnswered) return;  // a wait that was given up says nothing about answers
    base::SpinBudget& budget = rang ? engine_woken_ : engine_awake_;
    if (end.slept) {
      budget.found_sleeping(end.ns);
    } else {
      budget.found_spinning(end.ns);
    }
  }

 private:
  bool may_sleep_;
  base::SpinBudget engine_awake_, engine_woken_;
};

}  // namespace ringside
