// Do the workers turn? A worker that holds a pass for longer than any tile takes has stopped serving, whatever else still answers.
//
//   look()  begins a grace period (engine/epoch), or finds that the one before has not passed: somebody has not ended its pass
//
// A sleeping worker is offline and turns by definition: whoever posts wakes it.
//
// Thread safety: any thread. Cost: for a worker one store a look; nothing else on the path.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/epoch/quiescence.h"

namespace ringside::engine {

class TurnWatch {
 public:
  using Clock = std::chrono::steady_clock;
  // A tile of the largest model that is served takes milliseconds; a processor that is taken away may take longer.
  static constexpr std::chrono::seconds kStuckAfter{5};

  TurnWatch(Quiescence& quiescence, Clock::time_point now)
      : quiescence_(quiescence), grace_(quiescence.begin_grace_period()), since_(now) {}

  void look(Clock::time_point now);

  struct Stuck {
    std::vector<std::uint32_t> workers;  // empty: all turn
    std::chrono::milliseconds for_at_least{0};
  };
  [[nodiscard]] Stuck stuck(Clock::time_point now) const;

 private:
  Quiescence& quiescence_;
  mutable std::mutex mutex_;
  std::uint64_t grace_;
  Clock::time_point since_;
};

}  // namespace ringside::engine
