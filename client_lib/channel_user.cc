#include "client_lib/channel_user.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>

#include "client_lib/base/check.h"
#include "client_lib/base/clock.h"
#include "client_lib/protection/verdicts.h"
#include "client_lib/waiting/waiter.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/result.h"
#include "schemas/wire/targets.h"

namespace ringside::detail {
namespace {

constexpr std::uint64_t kIdleNs = 1'000'000;   // after so long without an answer the socket is looked at before the next call
constexpr std::uint64_t kGraceNs = 1'000'000;  // after the deadline, for the engine's own word on it
constexpr std::uint64_t kRetryLeastNs = 50'000;       // before a call is made again, twice that the first time
constexpr std::uint64_t kRetryMostNs = 10'000'000;    // without a deadline
constexpr std::uint64_t kGraceLeastNs = 5'000'000;  // from now: a deadline already past is answered by the engine as well

// Error space of one row if it had the most errors, each with the longest name.
constexpr std::uint64_t kRowErrorBytes = std::uint64_t{wire::kRowErrorsMax} * wire::kErrorUnitsMax * sizeof(wire::FieldError);
constexpr std::uint64_t kTargetsErrorBytes = 1 << 20;  // of several targets together, unless one alone may need more

// On our own CLOCK_MONOTONIC (steady_clock's); 0: none.
std::uint64_t deadline_ns(const Deadline& deadline, std::uint64_t now_ns) noexcept {
  if (deadline.kind() == Deadline::Kind::kNone) return 0;
  const auto now = static_cast<std::int64_t>(now_ns);
  std::int64_t at = deadline.ns();
  if (deadline.kind() == Deadline::Kind::kIn && __builtin_add_overflow(now, deadline.ns(), &at)) {
    at = deadline.ns() < 0 ? 1 : std::numeric_limits<std::int64_t>::max() / 2;
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(at, 1));
}

// The same on the engine's clock; never 0, which would mean none.
std::uint64_t on_engine_clock(std::uint64_t own_ns, std::int64_t offset_ns) noexcept {
  if (own_ns == 0) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(static_cast<std::int64_t>(own_ns) + offset_ns, 1));
}

}  // namespace

ChannelUser::ChannelUser(std::shared_ptr<ClientCore> core, std::uint32_t channel)
    : core_(std::move(core)), channel_(channel), connection_(core_->connection()), patience_(core_->wait_limits()) {}

ChannelUser::~ChannelUser() {
  if (connection_->is_forked()) return;  // the parent's ring, and a lock that another thread may have held when it forked
  lane().end.leave_all();
  core_->give_back_channel(channel_);
}

bool ChannelUser::has_connection(std::uint64_t now_ns, std::uint64_t until_ns) noexcept {
  if (!connection_->is_dead()) [[likely]] {
    if (now_ns - lane().last_answer_ns < kIdleNs) return true;
    if (!has_hung_up(connection_->socket())) {
      lane().last_answer_ns = now_ns;
      return true;
    }
    connection_->mark_dead();
  }
  auto living = core_->living_connection(until_ns);
  if (living == nullptr || channel_ >= living->grant().shape.channels) return false;
  connection_ = std::move(living);
  return true;
}

Ticket ChannelUser::post(RowsBody& body, std::span<const Target> targets, const CallOptions& options) noexcept {
  const auto rows = static_cast<std::uint32_t>(std::min<std::size_t>(body.rows, std::numeric_limits<std::uint32_t>::max()));
  const auto refused = [&](Status status, Reason reason, FieldCode code) {
    return Ticket{.sent = false, .status = status, .reason = reason, .code = code, .rows = rows, .fallback = options.fallback};
  };
  if (connection_->is_forked()) return refused(Status::kUnavailable, Reason::kForked, FieldCode::kNone);
  if (rows > wire::kCallRowsMax) return refused(Status::kInvalid, Reason::kNone, FieldCode::kBatchSize);
  const std::uint64_t now = base::monotonic_ns();
  const std::uint64_t deadline = deadline_ns(options.deadline, now);
  body.prepare(options, targets);
  if (body.body.extras() > wire::kExtrasMax) return refused(Status::kInvalid, Reason::kNone, FieldCode::kMalformed);
  // Behind what is refused here, which uses up no trial; before the connection, whose loss is one that failed.
  if (!core_->breaker().may_go(now)) return refused(Status::kUnavailable, Reason::kBreakerOpen, FieldCode::kNone);
  if (!has_connection(now, deadline == 0 ? now + core_->patience_ns() : deadline)) {
    return refused(Status::kUnavailable, Reason::kUnreachable, FieldCode::kNone);
  }

  Lane& lane = this->lane();
  lane.versions.refresh(connection_->directory());
  std::uint64_t least = lane.versions.result_bytes(rows, options.return_features, options.return_input_digest);
  std::uint64_t for_errors = rows * kRowErrorBytes;
  if (targets.size() > 1) [[unlikely]] {
    for_errors = std::max(for_errors, std::min(for_errors * targets.size(), kTargetsErrorBytes));
    least = targets.size() * least + wire::targets_layout(static_cast<std::uint32_t>(targets.size()), rows, true).blocks_offset;
  }
  wire::RequestGeometry geometry = body.body.geometry(body.state->hash, body.state->encoding);
  geometry.deadline_ns = on_engine_clock(deadline, connection_->grant().clock_offset_ns);
  geometry.flags =
      (options.return_features ? wire::kReturnFeatures : 0u) | (options.return_input_digest ? wire::kReturnInputDigest : 0u);
  geometry.out_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(least + for_errors, wire::kArenaBytesMax));

  Ticket ticket{.connection = connection_->generation(), .sent = true, .rows = rows, .fallback = options.fallback};
  switch (lane.end.post(body.body, geometry, least, ticket.slot)) {
    case Posted::kPosted:
      break;
    case Posted::kNoSlot:
    case Posted::kNoMemory:
      core_->breaker().not_sent(now);
      return refused(Status::kRejected, Reason::kNone, FieldCode::kNone);
    case Posted::kTooLarge:
      core_->breaker().not_sent(now);
      return refused(Status::kInvalid, Reason::kNone, FieldCode::kBatchSize);
  }
  ChannelEnd<>::Call& call = lane.end.call(ticket.slot);
  ring_if_asleep(call);
  ticket.number = call.first_ticket;
  call.posted_ns = now;
  call.give_up_ns = deadline == 0 ? 0 : std::max(deadline + kGraceNs, now + kGraceLeastNs);
  call.ids.clear();
  if (!body.ids.empty()) call.ids = body.ids;
  return ticket;
}

void ChannelUser::ring_if_asleep(ChannelEnd<>::Call& call) noexcept {
  call.rang = lane().end.engine_sleeps();
  if (call.rang) connection_->ring_doorbell();
}

ChannelEnd<>::Call* ChannelUser::call_of(const Ticket& ticket) noexcept {
  return ticket.connection == connection_->generation() ? lane().end.call(ticket.slot, ticket.number) : nullptr;
}

bool ChannelUser::poll(const Ticket& ticket) noexcept {
  if (!ticket.sent || connection_->is_forked()) return true;
  ChannelEnd<>::Call* call = call_of(ticket);
  if (call == nullptr) return true;
  ChannelEnd<>& end = lane().end;
  if (end.done(ticket.slot)) {
    if (!end.wants_more_room(ticket.slot) || !end.post_again_with_more_room(ticket.slot)) return true;
    ring_if_asleep(*call);
    return false;
  }
  const std::uint64_t now = base::monotonic_ns();
  if (call->give_up_ns != 0 && now >= call->give_up_ns) return true;
  if (now < next_look_ns_) return false;
  next_look_ns_ = now + kSpinsBetweenLooksNs;
  return has_hung_up(connection_->socket());
}

void ChannelUser::wait(const Ticket& ticket, Answer& answer) noexcept {
  answer.fallback = ticket.fallback;
  if (await(ticket, answer)) {
    lane().end.take(ticket.slot, ticket.rows, connection_->directory(), lane().versions, answer);
    answer.make_missing_ids();
  }
  if (!core_->breaker().is_off()) tell_breaker(ticket, answer);
}

void ChannelUser::tell_breaker(const Ticket& ticket, const Answer& answer) noexcept {
  if (!ticket.sent && answer.reason != Reason::kUnreachable) return;  // it was never tried
  if (is_success(answer.status, answer.reason)) return core_->breaker().succeeded();
  if (is_failure(answer.status, answer.reason)) core_->breaker().failed(base::monotonic_ns());
}

void ChannelUser::wait(const Ticket& ticket, std::span<BatchResult> results) noexcept {
  RINGSIDE_CHECK(results.size() == ticket.targets && ticket.targets <= wire::kTargetsMax);
  std::array<Answer*, wire::kTargetsMax> memory{};
  std::ranges::transform(results, memory.begin(), [](BatchResult& result) { return &AnswerAccess::answer(result); });
  const std::span<Answer* const> answers(memory.data(), results.size());
  Answer& first = *answers.front();
  if (answers.size() == 1) return wait(ticket, first);
  const bool answered = await(ticket, first);
  if (answered) lane().end.take_targets(ticket.slot, ticket.rows, connection_->directory(), lane().versions, answers);
  if (!core_->breaker().is_off()) tell_breaker(ticket, first);
  for (Answer* const answer : answers) {
    answer->fallback = ticket.fallback;
    answer->rows_max = first.rows_max;
    if (!answered && answer != &first) {
      answer->ids = first.ids;
      answer->say(first.status, first.reason, first.code, first.rows);
    }
    if (answered) answer->make_missing_ids();
  }
}

Ticket ChannelUser::submit(RowsBody& body, std::span<const Target> targets, const CallOptions& options) noexcept {
  RINGSIDE_CHECK(!targets.empty() && targets.size() <= wire::kTargetsMax);
  Ticket ticket = post(body, targets, options);
  ticket.targets = static_cast<std::uint16_t>(targets.size());
  return ticket;
}

bool ChannelUser::await(const Ticket& ticket, Answer& answer) noexcept {
  answer.rows_max = connection_->grant().rows_max;
  if (!ticket.sent || connection_->is_forked()) {
    answer.ids.clear();
    if (ticket.sent) return answer.say(Status::kUnavailable, Reason::kForked, FieldCode::kNone, ticket.rows), false;
    return answer.say(ticket.status, ticket.reason, ticket.code, ticket.rows), false;
  }
  ChannelEnd<>::Call* call = call_of(ticket);
  if (call == nullptr) {
    answer.ids.clear();
    const bool ended = ticket.connection < connection_->generation();
    return answer.say(ended ? Status::kLost : Status::kFail, Reason::kNone, FieldCode::kNone, ticket.rows), false;
  }
  ChannelEnd<>& end = lane().end;
  while (true) {
    const auto [waited, slept, ns] = wait_for_answer(end.view().responses[ticket.slot].seq, call->ticket, end.view().control->waiting,
                                                     connection_->socket(), patience_.policy(call->rang), call->give_up_ns);
    patience_.learn(call->rang, {waited, slept, ns});
    if (waited == Waited::kAnswered) {
      if (end.wants_more_room(ticket.slot) && end.post_again_with_more_room(ticket.slot)) {
        ring_if_asleep(*call);
        continue;
      }
      lane().last_answer_ns = std::max(lane().last_answer_ns, call->posted_ns);
      return true;
    }
    answer.ids.clear();
    if (!call->ids.empty()) std::swap(answer.ids, call->ids);  // else it keeps the memory that it has
    end.leave(ticket.slot);
    if (waited != Waited::kDeadline) connection_->mark_dead();
    answer.say(waited == Waited::kDeadline ? Status::kTimeout : Status::kLost, Reason::kNone, FieldCode::kNone, ticket.rows);
    return answer.make_missing_ids(), false;
  }
}

void ChannelUser::forget(const Ticket& ticket) noexcept {
  if (ticket.sent && !connection_->is_forked() && call_of(ticket) != nullptr) lane().end.leave(ticket.slot);
}

void ChannelUser::predict(RowsBody& body, const CallOptions& options, Answer& answer) noexcept {
  if (core_->retries().is_off()) [[likely]] return predict_once(body, options, answer);
  // The deadline is of the call with all its tries.
  CallOptions once = options;
  const std::uint64_t until = deadline_ns(options.deadline, base::monotonic_ns());
  once.deadline = until == 0 ? Deadline::none() : Deadline(Deadline::Clock::time_point(std::chrono::nanoseconds(until)));
  core_->retries().earn();
  predict_once(body, once, answer);
  for (std::uint32_t attempt = 1; try_again(answer, attempt, until); ++attempt) predict_once(body, once, answer);
}

void ChannelUser::predict_once(RowsBody& body, const CallOptions& options, Answer& answer) noexcept {
  const Ticket ticket = submit(body, options);
  wait(ticket, answer);
  if (ticket.sent) return;
  answer.ids = body.ids;
  answer.make_missing_ids();
}

bool ChannelUser::try_again(const Answer& answer, std::uint32_t attempt, std::uint64_t until_ns) noexcept {
  if (attempt >= core_->attempts() || !is_worth_another_try(answer.status, answer.reason, answer.said_by_engine)) return false;
  // Twice as long each time, where the engine does not say; all that one refusal turned away would else come back together.
  const std::uint64_t asked_ns = std::uint64_t{answer.geometry.retry_after_us} * 1'000;
  const std::uint64_t wait_ns = asked_ns != 0 ? asked_ns : kRetryLeastNs << std::min(attempt, 10U);
  const std::uint64_t now = base::monotonic_ns();
  if (until_ns != 0 ? now + wait_ns >= until_ns : wait_ns > kRetryMostNs) return false;
  if (!core_->retries().spend()) return false;
  std::this_thread::sleep_for(std::chrono::nanoseconds(wait_ns));
  return true;
}

void ChannelUser::predict(RowsBody& body, std::span<const Target> targets, const CallOptions& options,
                          std::span<BatchResult> answers) noexcept {
  const Ticket ticket = submit(body, targets, options);
  wait(ticket, answers);
  if (ticket.sent) return;
  for (BatchResult& result : answers) {
    Answer& answer = AnswerAccess::answer(result);
    answer.ids = body.ids;
    answer.make_missing_ids();
  }
}

}  // namespace ringside::detail
