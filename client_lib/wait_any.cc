// Waiting for the first of several calls. One word a channel says that its thread sleeps, whichever answer it sleeps for, so [WAKE] holds as
// it does for one call, with a recheck of every one:
//
//   poll each ──none, budget spent──▶ announce · recheck each · futex wait (until the nearest end, a slice at most) ──▶ again
#include <algorithm>

#include "client_lib/base/check.h"
#include "client_lib/base/clock.h"
#include "client_lib/channel_user.h"
#include "client_lib/client_core.h"
#include "client_lib/waiting/waiter.h"

namespace ringside::detail {

std::size_t ChannelUser::first_ended(std::span<const Ticket> tickets) noexcept {
  const auto ended = std::ranges::find_if(tickets, [this](const Ticket& ticket) { return poll(ticket); });
  return static_cast<std::size_t>(ended - tickets.begin());
}

void ChannelUser::sleep_for_any(std::span<const Ticket> tickets) noexcept {
  const ChannelEnd<>& end = lane().end;
  auto& waiting = end.view().control->waiting;
  const std::uint64_t now = base::monotonic_ns();
  std::uint64_t until = now + kSliceNs;
  bool answered = false;
  wire::announce_sleep(waiting);  // [WAKE]
  for (const Ticket& ticket : tickets) {
    const ChannelEnd<>::Call* call = call_of(ticket);
    answered |= wire::seq_is_after_announcing(end.view().responses[ticket.slot].seq, call->ticket);
    if (call->give_up_ns != 0) until = std::min(until, call->give_up_ns);
  }
  if (!answered && until > now) futex_wait(waiting, until - now);
  wire::announce_awake(waiting);
}

std::size_t ChannelUser::wait_any(std::span<const Ticket> tickets) noexcept {
  RINGSIDE_CHECK(!tickets.empty());
  const std::uint64_t start = base::monotonic_ns();
  const WaitPolicy policy = patience_.policy(false);
  bool slept = false;
  while (true) {
    if (const std::size_t ended = first_ended(tickets); ended != tickets.size()) {
      patience_.learn(false, {Waited::kAnswered, slept, base::monotonic_ns() - start});
      return ended;
    }
    if (!policy.may_sleep || base::monotonic_ns() - start < policy.spin_ns) {
      base::cpu_relax();
      continue;
    }
    sleep_for_any(tickets);
    slept = true;
  }
}

}  // namespace ringside::detail
