// Whether a call may begin at all, before any of its rows is looked at: deadline, age, what a reply can still be worth, limits. What is
// refused here has cost its reading and its answer, a few hundred nanoseconds.
#include <algorithm>
#include <string_view>

#include "client_lib/base/clock.h"
#include "engine/worker/worker.h"

namespace ringside::engine {
namespace {

std::uint32_t rows_of(const ActiveCall& active) noexcept {
  const auto targets = static_cast<std::uint32_t>(active.meta.targets().size());
  return active.call.geometry.rows * (targets > 1 ? targets : 1);
}

}  // namespace

// Of the call's next tile: what fair_turns.h charges its channel for. A comparison's has a share of the rows for each target.
std::uint32_t Worker::rows_of_turn(const ActiveCall& active) noexcept {
  return std::min(rows_of(active) - active.cursor.next_row, kTileRows);
}

// False: answered.
bool Worker::admitted(ActiveCall& active, const Terms& terms) noexcept {
  const std::uint64_t deadline = active.call.geometry.deadline_ns;
  const std::uint32_t rows = rows_of(active);
  const Terms::Shedding& shedding = terms.shedding();
  const bool looks_at_clock = deadline != 0 || terms.limit_client();
  const std::uint64_t now = looks_at_clock ? base::monotonic_ns() : 0;
  if (deadline != 0 && now >= deadline) {
    answer_empty(active, wire::Status::kTimeout, 0);
    return false;
  }
  const bool aged = active.begun_ticks > active.seen_ticks;  // counters of two processors may differ
  if (shedding.queue_age_ns != 0 && aged && rate_.ns(active.begun_ticks - active.seen_ticks) > shedding.queue_age_ns) {
    reject(active, {wire::Reason::kOverload, 0});
    return false;
  }
  if (shedding.late && deadline != 0 && now + service_time_.expected_ns(rows) > deadline) {
    service_time_.forgo(rows);
    reject(active, {wire::Reason::kOverload, 0});
    return false;
  }
  if (!terms.limit_client()) return true;
  if (const Verdict verdict = terms.enter(now, rows); verdict.reason != wire::Reason::kNone) {
    reject(active, verdict);
    return false;
  }
  if (terms.count_under_way()) {
    terms.hold();
    active.terms = &terms;
  }
  return true;
}

// The same by rules about the version that answers, or each of several. False: answered, and what the call had taken is given back.
bool Worker::version_admitted(ActiveCall& active, const Terms& terms) noexcept {
  const std::uint64_t now = base::monotonic_ns();
  const std::uint32_t rows = active.call.geometry.rows;
  const auto version_of = [&](std::size_t target) -> std::string_view {
    const Resident* const resident = active.resident != nullptr ? active.resident : active.comparison->targets[target].resident;
    return resident == nullptr ? std::string_view() : std::string_view(resident->bundle->version);
  };
  const std::size_t targets = active.resident != nullptr ? 1 : active.comparison->count;
  for (std::size_t target = 0; target < targets; ++target) {
    const std::string_view version = version_of(target);
    if (version.empty()) continue;
    const Verdict verdict = terms.enter(now, rows, version);
    if (verdict.reason == wire::Reason::kNone) continue;
    for (std::size_t before = 0; before < target; ++before) {
      if (!version_of(before).empty()) terms.undo(rows, version_of(before));
    }
    if (terms.limit_client()) terms.refund(rows_of(active));
    active.resident = nullptr;  // a limit says nothing about how its version does: guards do not hear of it
    reject(active, verdict);
    return false;
  }
  return true;
}

void Worker::reject(ActiveCall& active, const Verdict& verdict) noexcept {
  constexpr std::uint64_t kNsPerUs = 1'000;
  counters_.rejected_calls[static_cast<std::uint8_t>(verdict.reason)].add(1);
  active.summary.retry_after_us =
      static_cast<std::uint32_t>(std::min<std::uint64_t>((verdict.retry_after_ns + kNsPerUs - 1) / kNsPerUs, 0xFFFF'FFFF));
  answer_empty(active, wire::Status::kRejected, static_cast<std::uint8_t>(verdict.reason));
}

// The call is answered, or nobody is there to answer.
void Worker::leave_terms(ActiveCall& active) noexcept {
  if (active.terms == nullptr) return;
  active.terms->leave();
  active.terms = nullptr;
}

}  // namespace ringside::engine
