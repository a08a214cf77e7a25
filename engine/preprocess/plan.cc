#include "engine/preprocess/plan.h"

#include "engine/preprocess/broadcast_run.h"
#include "engine/preprocess/categories.h"
#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/number_steps.h"
#include "engine/preprocess/one_row.h"
#include "engine/preprocess/plan_columns.h"
#include "engine/preprocess/plan_scratch.h"
#include "engine/preprocess/write_features.h"

namespace ringside::engine {
namespace {

// Rows of a tile: brings what a step needs beside the tile and its columns.
struct StepRunner {
  std::size_t lookups;
  PlanScratch& scratch;
  Tile& tile;
  const PlanColumns& columns;

  template <class Step>
  void operator()(const Step& step) const noexcept {
    if constexpr (requires { step.source; }) {
      run(step, places(step.source, step.in), tile, columns);
    } else {
      run(step, tile, columns);
    }
  }

  [[nodiscard]] const std::int32_t* places(const PlaceSource& source, const PlanOperand& in) const noexcept {
    if (source.lookup != PlaceSource::kNumbers) return scratch.places(source.lookup);
    std::int32_t* places = scratch.places(lookups);  // behind those of the texts: one step's own
    look_up(source.numbers, columns.at(in), tile.rows(), places);
    return places;
  }
};

// Calls visit(part) for everything that a step holds beside itself.
template <class Step, class Visit>
void for_each_part(Step& step, const Visit& visit) {
  if constexpr (requires { step.source; }) visit(step.source.numbers);
  if constexpr (requires { step.rules; }) visit(step.rules.rules);
  if constexpr (requires { step.values; }) visit(step.values);
  if constexpr (requires { step.slots; }) visit(step.slots);
  if constexpr (requires { step.fields; }) visit(step.fields);
  if constexpr (requires { step.a; }) visit(step.a);
  if constexpr (requires { step.b; }) visit(step.b);
  if constexpr (requires { step.edges; }) visit(step.edges);
  if constexpr (requires { step.map; }) visit(step.map);
}

// Likewise of a plan; steps and lookups after what they hold.
template <class Compiled, class Visit>
void for_each_list(Compiled& plan, const Visit& visit) {
  visit(plan.steps);
  visit(plan.lookups);
  visit(plan.numbers);
  visit(plan.features);
  visit(plan.feature_fields);
  visit(plan.feature_runs);
  visit(plan.finite);
}

template <class Part>
std::size_t heap_bytes_of(const Part& part) noexcept {
  if constexpr (requires { part.heap_bytes(); }) {
    return part.heap_bytes();
  } else {
    return part.memory_bytes();
  }
}

}  // namespace

Plan::Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

std::uint32_t Plan::features() const noexcept { return compiled_ ? static_cast<std::uint32_t>(compiled_->features.size()) : 0; }

const std::vector<std::string>& Plan::feature_names() const noexcept {
  static const std::vector<std::string> kNone;
  return compiled_ ? compiled_->feature_names : kNone;
}

FloatType Plan::feature_type() const noexcept { return compiled_ ? compiled_->feature_type : FloatType::kFloat32; }

std::size_t Plan::memory_bytes() const noexcept {
  if (!compiled_) return 0;
  std::size_t bytes = sizeof(Compiled);
  const auto add = [&](const auto& part) { bytes += heap_bytes_of(part); };
  for_each_list(*compiled_, add);
  for (const CompiledStep& any : compiled_->steps) {
    std::visit([&](const auto& step) { for_each_part(step, add); }, any);
  }
  for (const PlanLookup& lookup : compiled_->lookups) add(lookup.texts);
  for (const NumberRun& run : compiled_->numbers) add(run.offsets);
  for (const std::string& name : compiled_->feature_names) bytes += sizeof name + name.capacity();
  return bytes;
}

void Plan::settle(Region& region) {
  if (!compiled_) return;
  const auto put = [&](auto& part) { part.settle(region); };
  for (CompiledStep& any : compiled_->steps.built()) {
    std::visit([&](auto& step) { for_each_part(step, put); }, any);
  }
  for (PlanLookup& lookup : compiled_->lookups.built()) put(lookup.texts);
  for (NumberRun& run : compiled_->numbers.built()) put(run.offsets);
  for_each_list(*compiled_, put);
}

std::unique_ptr<PlanScratch> Plan::make_scratch() const {
  return compiled_ ? std::make_unique<PlanScratch>(compiled_->columns, compiled_->lookups.size() + 1, compiled_->steps.size())
                   : std::make_unique<PlanScratch>(0, 0, 0);
}

template <class Feature>
void Plan::run_as(Tile& tile, PlanScratch& scratch, Feature* features, std::size_t stride) const noexcept {
  const Compiled& plan = *compiled_;
  const PlanColumns columns(scratch.columns(), tile);
  const bool broadcast = tile.broadcast_rows() != 0;
  if (!broadcast) scratch.broadcast().reading = 0;  // its columns are about to be written over
  if (broadcast) {
    BroadcastRun(plan, scratch, tile, columns).run();
  } else if (columns.one_row()) {
    OneRow(plan, scratch, tile, columns, features).run();
  } else {
    for (std::size_t i = 0; i < plan.lookups.size(); ++i) look_up(plan.lookups[i], tile, scratch.places(i));
    const StepRunner runner{plan.lookups.size(), scratch, tile, columns};
    for (const CompiledStep& step : plan.steps) std::visit(runner, step);
  }
  const RowMask before = tile.invalid();
  for (const FiniteColumn& column : plan.finite) refuse_infinite(columns.at(column.in), column.field, ~before, tile);
  write_features(plan, columns, tile, features, stride);
  tile.sort_errors();
}

void Plan::run(Tile& tile, PlanScratch& scratch, void* features, std::size_t stride) const noexcept {
  if (!compiled_) return;
  if (compiled_->feature_type == FloatType::kFloat64) {
    run_as(tile, scratch, static_cast<double*>(features), stride);
  } else {
    run_as(tile, scratch, static_cast<float*>(features), stride);
  }
}

}  // namespace ringside::engine
