// What an outcome says about the engine, and whether the same call may end otherwise.
//
// Thread safety: pure functions.
#pragma once

#include <ringside/status.h>

namespace ringside::detail {

// Of the engine, not of this call: what opens a circuit breaker.
[[nodiscard]] inline bool is_failure(Status status, Reason reason) noexcept {
  if (status == Status::kUnavailable)
    return reason != Reason::kForked && reason != Reason::kBreakerOpen && reason != Reason::kResultSpace;
  return status == Status::kTimeout || status == Status::kLost || (status == Status::kRejected && reason == Reason::kOverload);
}
// It answered, if only that a limit of this client holds. A call that is neither was never sent: it says nothing.
[[nodiscard]] inline bool is_success(Status status, Reason reason) noexcept {
  if (status == Status::kRejected) return reason == Reason::kRateLimit || reason == Reason::kConcurrencyLimit;
  return status == Status::kOk || status == Status::kInvalid || status == Status::kUnknownVersion;
}
// Not a timeout: its time is over. Not a channel that is full: its own thread must take answers first.
[[nodiscard]] inline bool is_worth_another_try(Status status, Reason reason, bool said_by_engine) noexcept {
  if (status == Status::kRejected) return said_by_engine;
  return status == Status::kLost || (status == Status::kUnavailable && is_failure(status, reason));
}
// There is no score, and it is not the caller's doing.
[[nodiscard]] inline bool takes_fallback(Status status) noexcept {
  return status == Status::kTimeout || status == Status::kRejected || status == Status::kUnavailable || status == Status::kLost ||
         status == Status::kFail;
}

}  // namespace ringside::detail
