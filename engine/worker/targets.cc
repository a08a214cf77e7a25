// Calls that several versions answer, worked off as worker.cc's are: a tile for each target is one step.
//
//   read_call  →  route each  →  ┌ gather, where no target before it gathers alike ┐  →  result  →  release
//                                └ plan  →  forest  →  record  →  block, each       ┘   then drift
//
// A tile has a share of the usual rows, so that a step takes as long as any other.
#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "client_lib/base/clock.h"
#include "engine/decode/metadata_errors.h"
#include "engine/traffic/route.h"
#include "engine/worker/answering.h"
#include "engine/worker/count_drift.h"
#include "engine/worker/worker.h"

namespace ringside::engine {
namespace {

// Who answers this target, and whether the call suits it. kOk, or why not, with the reason or code.
void route_target(const ActiveCall& active, const TrafficTable& table, const CallMeta::Target& asked, ComparedTarget& target,
                  CallSummary& summary) noexcept {
  target = {};
  summary = {};
  const auto refuse = [&](wire::Status status, std::uint8_t code) {
    target.resident = nullptr;
    summary.status = status;
    summary.code = code;
  };
  if (asked.kind != wire::MetaKind::kRouted && asked.name.empty()) return refuse(wire::Status::kUnknownVersion, 0);
  const bool by_version = asked.kind == wire::MetaKind::kVersion, by_label = asked.kind == wire::MetaKind::kLabel;
  const auto [index, arm] =
      engine::route(table, by_version ? asked.name : std::string_view(), by_label ? asked.name : std::string_view(),
                    active.meta.route_key(), active.meta.all_route_tags());
  summary.arm = arm;
  if (index == TrafficTable::kNone) {
    if (arm != wire::Arm::kCurrent) return refuse(wire::Status::kUnknownVersion, 0);
    return refuse(wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kNoVersion));
  }
  target.resident = &table.resident(index);
  target.alike = table.first_alike(index);
  summary.version_ordinal = target.resident->ordinal;
  target.adapter = adapter_of(active.call.geometry, table, index);
  if (target.adapter == nullptr) refuse(wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kSchemaMismatch));
}

// The last target before this one whose tile is what gathering for this one would give: from the same row, of fields under the same rules,
// and without errors (those of another plan's categories would be among them).
const ComparedTarget* donor_of(const Comparison& comparison, std::uint32_t number) noexcept {
  const ComparedTarget& target = comparison.targets[number];
  for (std::uint32_t before = number; before-- > 0;) {
    const ComparedTarget& other = comparison.targets[before];
    if (other.resident == nullptr || other.alike != target.alike) continue;
    return other.tile_row == target.cursor.next_row && other.tile->invalid() == 0 ? &other : nullptr;
  }
  return nullptr;
}

}  // namespace

// True: every target is answered. All are routed by one table, which a call of several tiles pins.
bool Worker::route_targets(ActiveCall& active, const TrafficTable& table) noexcept {
  Comparison& comparison = *active.comparison;
  active.table = &table;
  bool all = true;
  for (std::uint32_t i = 0; i < comparison.count; ++i) {
    route_target(active, table, active.meta.targets()[i], comparison.targets[i], comparison.summaries[i]);
    all &= comparison.targets[i].resident != nullptr;
  }
  return all;
}

Worker::Begun Worker::begin_comparison(ActiveCall& active, const TrafficTable& table, const Terms& terms) noexcept {
  Comparison& comparison = *active.comparison;
  comparison.count = static_cast<std::uint32_t>(active.meta.targets().size());
  if (!route_targets(active, table)) {  // as route() does: perhaps it was published in between
    if (const TrafficTable& newest = traffic_.acquire(); &newest != &table) (void)route_targets(active, newest);
  }
  if (terms.limit_versions() && !version_admitted(active, terms)) return Begun::kAnswered;
  for (std::uint32_t i = 0; i < comparison.count; ++i) comparison.targets[i].ids = ids_;  // before begin() draws from them
  TargetsWriter::Shapes shapes;
  for (std::uint32_t i = 0; i < comparison.count; ++i) {
    const Resident* resident = comparison.targets[i].resident;
    if (resident != nullptr) shapes[i] = shape_of(*resident->bundle, active.call.geometry, false);
  }
  if (!comparison.writer.begin(active.channel->response(active.call.geometry.slot), active.channel->view().out_arena,
                               active.call.geometry, comparison.count, shapes, !active.meta.has_request_ids(), ids_)) {
    answer_empty(active, wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kResultSpace));
    return Begun::kAnswered;
  }
  for (std::uint32_t i = 0; i < comparison.count; ++i) {
    comparison.targets[i].ids.take_time_of(ids_);
    if (comparison.targets[i].resident != nullptr) continue;
    if (!record_target_unread(active, i, 0, active.call.geometry.rows, comparison.summaries[i].status)) {
      answer_empty(active, wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kJournalDown));
      return Begun::kAnswered;
    }
  }
  return Begun::kComparing;
}

// One tile of each target. True: more to come. False: the call is answered.
bool Worker::advance_comparison(ActiveCall& active) noexcept {
  Comparison& comparison = *active.comparison;
  const std::span<ComparedTarget> targets(comparison.targets.data(), comparison.count);
  const std::uint32_t rows = active.call.geometry.rows;
  const bool first = std::ranges::all_of(targets, [](const ComparedTarget& target) { return target.cursor.next_row == 0; });
  if (first) active.summary.queue_ns = rate_.ns32(base::ticks() - active.seen_ticks);
  if (!first && expired(active)) {
    for (std::uint32_t i = 0; i < comparison.count; ++i) {
      const std::uint32_t done = targets[i].cursor.next_row;
      if (targets[i].resident == nullptr || done == rows) continue;
      if (!record_target_unread(active, i, done, rows - done, wire::Status::kTimeout)) {
        answer_empty(active, wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kJournalDown));
        return false;
      }
      comparison.writer.of(i).rows_without_score(done, rows - done, wire::Status::kTimeout, ids_);
      counters_.rows[static_cast<std::uint8_t>(wire::Status::kTimeout)].add(rows - done);
      active.channel->counters().other_rows.add(rows - done);
    }
    finish_comparison(active);
    return false;
  }
  bool more = false;
  for (std::uint32_t i = 0; i < comparison.count; ++i) {
    if (targets[i].resident == nullptr || targets[i].cursor.next_row == rows) continue;
    if (!advance_target(active, i, kTileRows / comparison.count)) return false;
    more |= targets[i].cursor.next_row < rows;
  }
  if (!more) finish_comparison(active);
  for (ComparedTarget& target : targets) count_due_drift(target);
  return more;
}

void Worker::count_due_drift(ComparedTarget& target) noexcept {
  if (!target.drift_due) return;
  target.drift_due = false;
  count_drift(target.resident->drift, options_.index, *target.tile, *target.resident->by_worker[options_.index].workspace);
}

// False: the call is answered, for what came is malformed, or its records find no room.
bool Worker::advance_target(ActiveCall& active, std::uint32_t number, std::uint32_t rows_max) noexcept {
  Comparison& comparison = *active.comparison;
  ComparedTarget& target = comparison.targets[number];
  const Bundle& bundle = *target.resident->bundle;
  Workspace& work = *target.resident->by_worker[options_.index].workspace;
  const std::uint32_t first_row = target.cursor.next_row;

  const std::uint64_t start = base::ticks();
  const ComparedTarget* const donor = donor_of(comparison, number);
  for (std::uint32_t before = 0; before < number; ++before) {
    ComparedTarget& other = comparison.targets[before];
    const bool same_tile = other.tile == (donor != nullptr ? donor->tile : &work.tile);
    if (same_tile || other.resident == target.resident) count_due_drift(other);
  }
  if (donor != nullptr) {
    target.tile = donor->tile;
    target.gathered = donor->gathered;
    target.cursor = donor->cursor;
    target.tile->forget_unknown();
  } else {
    target.tile = &work.tile;
    target.gathered = gather(active.call, *target.adapter, bundle.schema,
                             std::min(active.call.geometry.rows - first_row, rows_max), target.cursor, work.tile);
    if (target.gathered.malformed) {
      answer_empty(active, wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kMalformed));
      return false;
    }
    refuse_metadata(active.meta, first_row, work.tile);
  }
  target.tile_row = first_row;
  Tile& tile = *target.tile;
  const std::uint32_t rows = target.gathered.rows;
  const std::uint64_t decoded = base::ticks();
  bundle.plan.run(tile, *work.plan, work.features.data(), work.stride);
  const std::uint64_t prepared = base::ticks();
  bundle.scorer.score(work.features.data(), rows, work.stride, work.margins.data(), work.values.data());
  std::array<std::int32_t, kTileRows> labels;
  bundle.label_indices(work.values.data(), rows, labels.data());
  const std::uint64_t scored = base::ticks();
  target.decode_ticks += decoded - start;
  target.preprocess_ticks += prepared - decoded;
  target.forest_ticks += scored - prepared;
  if (!record_target(active, number, work, labels.data())) {
    answer_empty(active, wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kJournalDown));
    return false;
  }
  const InputDigest* const digests = digest_rows(active, bundle.schema, tile);
  comparison.writer.of(number).rows(
      first_row, tile, {work.values.data(), work.margins.data(), work.features.data(), work.stride, labels.data(), digests},
      ids_);
  const auto invalid = static_cast<std::uint32_t>(std::popcount(tile.invalid()));
  target.invalid_rows += invalid;
  target.ok_rows += rows - invalid;
  target.dropped_values += target.gathered.dropped;
  target.drift_due = true;
  return true;
}

void Worker::sum_up_target(ActiveCall& active, std::uint32_t number) const noexcept {
  const ComparedTarget& target = active.comparison->targets[number];
  CallSummary& summary = active.comparison->summaries[number];
  summary.queue_ns = active.summary.queue_ns;
  summary.decode_ns = rate_.ns32(target.decode_ticks);
  summary.preprocess_ns = rate_.ns32(target.preprocess_ticks);
  summary.forest_ns = rate_.ns32(target.forest_ticks);
  summary.total_ns = rate_.ns32(base::ticks() - active.seen_ticks);
}

void Worker::finish_comparison(ActiveCall& active) noexcept {
  Comparison& comparison = *active.comparison;
  for (std::uint32_t i = 0; i < comparison.count; ++i) {
    const ComparedTarget& target = comparison.targets[i];
    sum_up_target(active, i);
    if (target.resident == nullptr) {
      counters_.rows[static_cast<std::uint8_t>(comparison.summaries[i].status)].add(active.call.geometry.rows);
      active.channel->counters().other_rows.add(active.call.geometry.rows);
      continue;
    }
    active.decode_ticks += target.decode_ticks;
    active.preprocess_ticks += target.preprocess_ticks;
    active.forest_ticks += target.forest_ticks;
    counters_.rows[static_cast<std::uint8_t>(wire::Status::kOk)].add(target.ok_rows);
    counters_.rows[static_cast<std::uint8_t>(wire::Status::kInvalid)].add(target.invalid_rows);
    counters_.dropped_values.add(target.dropped_values);
    active.channel->counters().ok_rows.add(target.ok_rows);
    active.channel->counters().other_rows.add(target.invalid_rows);
    target.resident->by_worker[options_.index].answered_rows.add(target.ok_rows + target.invalid_rows);
  }
  const std::uint64_t now = sum_up(active);
  if (active.channel->terms().shedding().late)
    service_time_.learn(active.call.geometry.rows * comparison.count, rate_.ns(now - active.begun_ticks));
  leave_terms(active);
  const CallSummary& summary = active.summary;
  active.channel->give_back(active.call.geometry.slot);
  comparison.writer.release(active.ticket, summary, {comparison.summaries.data(), comparison.count});
  remember_wake(*active.channel);
  counters_.record({summary.queue_ns, summary.decode_ns, summary.preprocess_ns, summary.forest_ns, summary.total_ns});
}

}  // namespace ringside::engine
