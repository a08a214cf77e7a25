#include "engine/health/turn_watch.h"

namespace ringside::engine {

void TurnWatch::look(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!quiescence_.passed(grace_)) return;
  grace_ = quiescence_.begin_grace_period();
  since_ = now;
}

TurnWatch::Stuck TurnWatch::stuck(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  if (now - since_ < kStuckAfter) return {};
  return {.workers = quiescence_.stragglers(grace_),
          .for_at_least = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_)};
}

}  // namespace ringside::engine
