// The map of the data path. A pass obtains the traffic table once and visits each channel; a visit carries one call, or one tile of a large
// one, through the steps:
//
//   posted?  →  read_call  →  admit  →  route  →  gather  →  plan  →  forest  →  record  →  result  →  release  →  drift  →  shadow
//   ingress     decode        limits    traffic   decode     preprocess          journal    respond               drift     shadow
//
// recording.cc commits the record of every row before its answer is released.
#include "engine/worker/worker.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "client_lib/base/clock.h"
#include "engine/decode/metadata_errors.h"
#include "engine/traffic/route.h"
#include "engine/worker/answering.h"
#include "engine/worker/count_drift.h"

namespace ringside::engine {
namespace {

constexpr auto kJournalDown = static_cast<std::uint8_t>(wire::Reason::kJournalDown);

// Of the first row that has a score.
void count_margins(ArmCounters& arm, const Workspace& work, std::size_t margins_per_row) noexcept {
  const RowMask scored = rows_mask(work.tile.rows()) & ~work.tile.invalid();
  if (scored == 0) return;
  const auto first = static_cast<std::size_t>(std::countr_zero(scored)) * margins_per_row;
  if (work.margins.type() == FloatType::kFloat64) {
    arm.add_margins(work.margins.as<double>().data() + first, margins_per_row);
  } else {
    arm.add_margins(work.margins.as<float>().data() + first, margins_per_row);
  }
}

}  // namespace

Worker::Worker(const Options& options, Roster& roster, const TrafficPublisher& traffic, Quiescence::Reader reader, WorkerCounters& counters,
               std::function<void()> on_lie)
    : options_(options),
      roster_(roster),
      traffic_(traffic),
      reader_(reader),
      counters_(counters),
      on_lie_(std::move(on_lie)),
      rate_(base::TickRate::measure()),
      idle_(options.wait, {.first = rate_.ticks_in(options.spin_ns.first), .longest = rate_.ticks_in(options.spin_ns.longest)}),
      shadow_pace_({.patience = rate_.ticks_in(2'000), .cheap = rate_.ticks_in(1'000)}),
      small_(std::make_unique<ActiveCall>()) {
  for (std::uint32_t i = 0; i < kLargeCallsMax; ++i) large_.push_back(std::make_unique<ActiveCall>());
}

void Worker::stop() noexcept {
  stopping_.store(true, std::memory_order_relaxed);  // relaxed: rouse() follows, and a spinning worker looks every pass
  roster_.rouse(options_.index);
}

void Worker::run() noexcept {
  reader_.online();
  while (!stopping_.load(std::memory_order_relaxed)) {
    woke_a_client_ = false;
    const bool worked = pass();
    reader_.quiet();
    if (worked) {
      idle_.worked(woke_a_client_);
    } else if (!idle_.never_parks() && idle_.should_park(base::ticks())) {
      shadow_waits_ ? finish_for_shadow() : park();
    } else {
      base::cpu_relax();
    }
  }
  for (const auto& active : large_) drop(*active);
  reader_.offline();
}

// True when something was done.
bool Worker::pass() noexcept {
  const TrafficTable& table = traffic_.acquire();
  const Seating& seating = roster_.seating(options_.index);
  if (seating.number != seating_number_) adopt(seating);
  bool worked = false;
  do {
    for (Channel* channel : seating.channels) worked |= serve(*channel, table);
  } while (turns_.end_look());
  if (wake_count_ != 0) wake_clients();
  if (options_.journal != nullptr) options_.journal->seal();  // behind the answers: they do not wait for checksums
  shadow_waits_ = table.shadowing().comparison != nullptr && score_for_shadow(table, worked);
  return worked;
}

// One call of this channel, or one tile of its large call, if it is its turn.
bool Worker::serve(Channel& channel, const TrafficTable& table) noexcept {
  ActiveCall* const large = large_under_way_ != 0 ? large_call_of(channel) : nullptr;
  if (large == nullptr && (!channel.posted() || channel.expelled())) return false;
  const Terms& terms = channel.terms();
  if (terms.shedding().queue_age_ns != 0) channel.look_ahead(base::ticks());
  const std::uint32_t asked = large != nullptr ? rows_of_turn(*large) : std::min(channel.posted_rows(), kTileRows);
  if (!turns_.may_go(channel.had(), asked, terms.priority())) return false;
  if (large != nullptr) {
    turns_.went(channel.had(), asked, terms.priority());
    const bool more = large->meta.targets().size() > 1 ? advance_comparison(*large) : advance(*large);
    if (!more) drop(*large);
    return true;
  }
  ActiveCall& active = *small_;
  const Begun begun = begin(channel, table, active);
  if (begun == Begun::kLater) return false;
  turns_.went(channel.had(), begun == Begun::kAnswered ? 1 : rows_of_turn(active), terms.priority());
  switch (begun) {
    case Begun::kAnswered:
    case Begun::kLater: return true;
    case Begun::kUnderWay:
      if (!advance(active)) return true;
      break;
    case Begun::kComparing:
      if (!advance_comparison(active)) return true;
      break;
  }
  // More tiles to come: park it in a large slot, which begin() made sure of, and keep its table.
  const auto free = std::ranges::find_if(large_, [](const auto& place) { return place->channel == nullptr; });
  active.table->pin(options_.index);
  active.pinned = true;
  ++large_under_way_;
  std::swap(*free, small_);
  return true;
}

// Takes the posted request and decides who answers it.
Worker::Begun Worker::begin(Channel& channel, const TrafficTable& table, ActiveCall& active) noexcept {
  const std::uint64_t now = base::ticks();
  const std::uint64_t seen = channel.seen_at(now);
  const wire::ChannelView& view = channel.view();
  const Terms& terms = channel.terms();
  const CallLimits limits{view.in_arena_bytes, view.out_arena_bytes, std::min(options_.rows_max, terms.caps().rows_max)};
  CallShape shape = read_call(channel.entry(), view.in_arena, limits, active.call, active.meta);
  if (shape == CallShape::kGood && active.call.geometry.body_bytes > terms.caps().bytes_max) shape = CallShape::kBatchSize;
  // A call of several tiles begins only when there is a place to keep it. (Fewer rows may also need two tiles, when their text is long: a
  // free place is asked of every call that could.)
  if (shape == CallShape::kGood && large_under_way_ == kLargeCallsMax && active.call.geometry.rows > 1) return Begun::kLater;
  const std::uint64_t ticket = channel.next_ticket();
  if (shape == CallShape::kLie || !channel.take(active.call.geometry.slot)) {
    expel(channel);
    return Begun::kAnswered;
  }
  counters_.calls.add(1);
  active.channel = &channel;
  active.client_id = channel.client_id();
  active.ticket = ticket;
  active.table = &table;
  active.resident = nullptr;
  active.adapter = nullptr;
  active.pinned = false;
  active.cursor = {};
  active.summary = {};
  active.seen_ticks = seen;
  active.begun_ticks = now;
  active.decode_ticks = active.preprocess_ticks = active.forest_ticks = 0;
  active.ok_rows = active.invalid_rows = active.dropped_values = 0;
  active.readable = shape == CallShape::kGood;
  if (shape != CallShape::kGood) {
    answer_empty(active, wire::Status::kInvalid,
                 static_cast<std::uint8_t>(shape == CallShape::kBatchSize ? wire::FieldCode::kBatchSize : wire::FieldCode::kMalformed));
    return Begun::kAnswered;
  }
  if (!admitted(active, terms)) return Begun::kAnswered;
  if (active.meta.targets().size() > 1) return begin_comparison(active, table, terms);
  if (!route(active, table) || (terms.limit_versions() && !version_admitted(active, terms))) return Begun::kAnswered;
  const Bundle& bundle = *active.resident->bundle;
  const bool make_ids = !active.meta.has_request_ids();
  if (make_ids) ids_.start_call();
  const ResultShape result = shape_of(bundle, active.call.geometry, make_ids);
  if (!active.writer.begin(channel.response(active.call.geometry.slot), view.out_arena, active.call.geometry, result)) {
    answer_empty(active, wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kResultSpace));
    return Begun::kAnswered;
  }
  return Begun::kUnderWay;
}

// Which bundle answers, and how this client's columns meet its fields. kOk, or why not, with the reason or code.
std::pair<wire::Status, std::uint8_t> Worker::route_in(ActiveCall& active, const TrafficTable& table) noexcept {
  active.summary.version_ordinal = wire::kNoVersion;
  active.resident = nullptr;
  const CallMeta& meta = active.meta;
  if (meta.target_refused()) return {wire::Status::kUnknownVersion, std::uint8_t{0}};
  const auto [index, arm] = engine::route(table, meta.version(), meta.label(), meta.route_key(), meta.all_route_tags());
  active.summary.arm = arm;
  if (index == TrafficTable::kNone) {
    if (arm != wire::Arm::kCurrent) return {wire::Status::kUnknownVersion, std::uint8_t{0}};
    return {wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kNoVersion)};
  }
  active.table = &table;
  active.resident = &table.resident(index);
  active.summary.version_ordinal = active.resident->ordinal;
  active.adapter = adapter_of(active.call.geometry, table, index);
  if (active.adapter == nullptr) return {wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kSchemaMismatch)};
  return {wire::Status::kOk, std::uint8_t{0}};
}

// False: answered already. A request may have been posted after this pass obtained its table, by a client whose schema, or for a version that,
// was published in between: before it is refused, the table of this very moment is asked. (Both stay valid until our next quiet().)
bool Worker::route(ActiveCall& active, const TrafficTable& table) noexcept {
  auto [status, code] = route_in(active, table);
  if (status == wire::Status::kOk) return true;
  if (const TrafficTable& newest = traffic_.acquire(); &newest != &table) {
    std::tie(status, code) = route_in(active, newest);
    if (status == wire::Status::kOk) return true;
  }
  answer_empty(active, status, code);
  return false;
}

// One tile through the steps. True: more tiles to come. False: the call is answered.
bool Worker::advance(ActiveCall& active) noexcept {
  const std::uint32_t rows = active.call.geometry.rows;
  const std::uint32_t first_row = active.cursor.next_row;
  if (first_row != 0 && expired(active)) {
    if (!record_timeout(active, first_row, rows - first_row)) return answer_empty(active, wire::Status::kUnavailable, kJournalDown), false;
    active.writer.rows_without_score(first_row, rows - first_row, wire::Status::kTimeout, ids_);
    counters_.rows[static_cast<std::uint8_t>(wire::Status::kTimeout)].add(rows - first_row);
    active.channel->counters().other_rows.add(rows - first_row);
    finish(active);
    return false;
  }
  const Bundle& bundle = *active.resident->bundle;
  Resident::PerWorker& own = active.resident->by_worker[options_.index];
  Workspace& work = *own.workspace;

  const std::uint64_t start = base::ticks();
  const GatherCursor from = active.cursor;
  const GatherOutcome gathered = gather(active.call, *active.adapter, bundle.schema, std::min(rows - first_row, kTileRows), active.cursor, work.tile);
  if (gathered.malformed) {
    answer_empty(active, wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kMalformed));
    return false;
  }
  refuse_metadata(active.meta, first_row, work.tile);
  const std::uint64_t decoded = base::ticks();
  bundle.plan.run(work.tile, *work.plan, work.features.data(), work.stride);
  const std::uint64_t prepared = base::ticks();
  bundle.scorer.score(work.features.data(), gathered.rows, work.stride, work.margins.data(), work.values.data());
  std::array<std::int32_t, kTileRows> labels;
  bundle.label_indices(work.values.data(), gathered.rows, labels.data());
  const std::uint64_t scored = base::ticks();
  active.decode_ticks += decoded - start;
  active.preprocess_ticks += prepared - decoded;
  active.forest_ticks += scored - prepared;
  if (first_row == 0) active.summary.queue_ns = rate_.ns32(start - active.seen_ticks);
  if (!record_rows(active, first_row, work, labels.data())) return answer_empty(active, wire::Status::kUnavailable, kJournalDown), false;
  const InputDigest* const digests = digest_rows(active, bundle.schema, work.tile);
  active.writer.rows(first_row, work.tile, {work.values.data(), work.margins.data(), work.features.data(), work.stride, labels.data(), digests}, ids_);
  const auto invalid = static_cast<std::uint32_t>(std::popcount(work.tile.invalid()));
  active.invalid_rows += invalid;
  active.ok_rows += gathered.rows - invalid;
  active.dropped_values += gathered.dropped;
  const bool more = first_row + gathered.rows < rows;
  const Tile* const again = decode_for_shadow(active, from, gathered);
  if (!more) finish(active);
  // Counted behind the answer: its caller does not wait for it.
  count_drift(active.resident->drift, options_.index, work.tile, work);
  offer_to_shadow(active, work, labels.data(), again);
  if (ArmCounters* arm = first_row == 0 ? judged_arm(active) : nullptr)
    count_margins(*arm, work, bundle.scorer.margins_per_row());
  return more;
}

// Null: the call asks for none.
const InputDigest* Worker::digest_rows(const ActiveCall& active, const InputSchema& schema, const Tile& tile) noexcept {
  if ((active.call.geometry.flags & wire::kReturnInputDigest) == 0) return nullptr;
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    if ((tile.invalid() >> row & 1) == 0) digests_[row] = input_digest(options_.digest_key, schema, tile, row);
  }
  return digests_.data();
}

bool Worker::expired(const ActiveCall& active) noexcept {
  const std::uint64_t deadline = active.call.geometry.deadline_ns;
  return deadline != 0 && base::monotonic_ns() >= deadline;
}

void Worker::finish(ActiveCall& active) noexcept {
  const std::uint64_t now = sum_up(active);
  if (active.channel->terms().shedding().late) service_time_.learn(active.call.geometry.rows, rate_.ns(now - active.begun_ticks));
  leave_terms(active);
  const CallSummary& summary = active.summary;
  // Counted before it is visible: who has an answer finds it in the counts.
  counters_.rows[static_cast<std::uint8_t>(wire::Status::kOk)].add(active.ok_rows);
  counters_.rows[static_cast<std::uint8_t>(wire::Status::kInvalid)].add(active.invalid_rows);
  counters_.dropped_values.add(active.dropped_values);
  active.channel->counters().ok_rows.add(active.ok_rows);
  active.channel->counters().other_rows.add(active.invalid_rows);
  active.resident->by_worker[options_.index].answered_rows.add(active.ok_rows + active.invalid_rows);
  active.channel->give_back(active.call.geometry.slot);
  active.writer.release(active.ticket, summary);
  remember_wake(*active.channel);
  counters_.record({summary.queue_ns, summary.decode_ns, summary.preprocess_ns, summary.forest_ns, summary.total_ns});
  if (ArmCounters* arm = judged_arm(active)) {
    const std::uint32_t late = active.call.geometry.rows - active.ok_rows - active.invalid_rows;
    arm->add_call(active.ok_rows, active.invalid_rows, late, summary.total_ns);
  }
}

// Null: nobody answered, or one that the call or a pin named. Those say nothing about how a canary does beside the current version.
ArmCounters* Worker::judged_arm(const ActiveCall& active) const noexcept {
  const wire::Arm arm = active.summary.arm;
  if (active.resident == nullptr || (arm != wire::Arm::kCurrent && arm != wire::Arm::kCanary)) return nullptr;
  VersionArms& arms = active.resident->by_worker[options_.index].arms;
  return active.meta.route_key().empty() ? &arms.keyless : &arms.drawn;
}

std::uint64_t Worker::sum_up(ActiveCall& active) const noexcept {
  const std::uint64_t now = base::ticks();
  active.summary.decode_ns = rate_.ns32(active.decode_ticks);
  active.summary.preprocess_ns = rate_.ns32(active.preprocess_ticks);
  active.summary.forest_ns = rate_.ns32(active.forest_ticks);
  active.summary.total_ns = rate_.ns32(now - active.seen_ticks);
  return now;
}

void Worker::answer_empty(ActiveCall& active, wire::Status status, std::uint8_t code) noexcept {
  active.summary.status = status;
  active.summary.code = code;
  record_answer(active);  // without room for the record, it is another answer, unless it is rejected
  active.summary.total_ns = rate_.ns32(base::ticks() - active.seen_ticks);
  const auto rows = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(active.call.geometry.rows, 1, options_.rows_max));
  counters_.rows[static_cast<std::uint8_t>(active.summary.status)].add(rows);
  counters_.refused_calls.add(1);
  active.channel->counters().other_rows.add(rows);
  if (ArmCounters* arm = judged_arm(active)) arm->add_refused_call(rows, active.summary.status);
  leave_terms(active);
  const std::uint16_t slot = active.call.geometry.slot;
  active.channel->give_back(slot);
  ResultWriter::release_empty(active.channel->response(slot), active.ticket, active.summary);
  remember_wake(*active.channel);
}

void Worker::expel(Channel& channel) noexcept {
  channel.expel();
  counters_.lies.add(1);
  on_lie_();
}

}  // namespace ringside::engine
