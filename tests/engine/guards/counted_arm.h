// An arm's counts, made call by call with the counters that workers use.
#pragma once

#include <memory>

#include "engine/guards/judge.h"

namespace ringside::engine {

class CountedArm {
 public:
  // A call of `rows` rows, of which `bad` are refused.
  CountedArm& call(std::uint32_t rows, std::uint32_t bad, std::uint64_t ns, float margin) {
    arm_->add_call(rows - bad, bad, 0, ns);
    if (bad < rows) arm_->add_margins(&margin, 1);
    return *this;
  }
  // `count` calls of one row, `bad` of them refused, of 1 us, margins from −1 to 1 in turn.
  CountedArm& rows(std::uint32_t count, std::uint32_t bad = 0, std::uint64_t ns = 1'000, float shift = 0) {
    for (std::uint32_t i = 0; i < count; ++i) call(1, i < bad ? 1 : 0, ns, shift + static_cast<float>(i % 101) / 50.0F - 1.0F);
    return *this;
  }
  CountedArm& refused(std::uint32_t count, wire::Status status) {
    arm_->add_refused_call(count, status);
    return *this;
  }
  [[nodiscard]] ArmCounts counts() const {
    ArmSums sums{};
    arm_->add_to(sums);
    ArmCounts counts;
    counts.counts.assign(sums.begin(), sums.end());
    return counts;
  }

 private:
  std::unique_ptr<ArmCounters> arm_ = std::make_unique<ArmCounters>();
};

}  // namespace ringside::engine
