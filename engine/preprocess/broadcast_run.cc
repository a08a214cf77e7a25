#include "engine/preprocess/broadcast_run.h"

#include <algorithm>
#include <cmath>

#include "engine/preprocess/categories.h"
#include "engine/preprocess/field_errors.h"
#include "engine/preprocess/number_steps.h"

namespace ringside::engine {

void BroadcastRun::run() noexcept {
  if (!prepared_) {
    kept_.reading = tile_.reading();
    std::fill(kept_.columns.begin(), kept_.columns.end(), std::uint8_t{0});
  }
  for (std::size_t i = 0; i < plan_.lookups.size(); ++i) {
    const PlanLookup& lookup = plan_.lookups[i];
    if (!tile_.is_broadcast(lookup.field)) {
      look_up(lookup, tile_, scratch_.places(i));
    } else if (!prepared_) {
      const Text& text = *tile_.texts(lookup.field);
      const std::int32_t place = text.missing() ? PlaceRules::kMissing : lookup.texts.find(text.view());
      std::fill_n(scratch_.places(i), tile_.broadcast_rows(), place);
    }
  }
  for (std::size_t number = 0; number < plan_.steps.size(); ++number) {
    std::visit([&](const auto& step) { run(step, number); }, plan_.steps[number]);
  }
}

void BroadcastRun::keep(std::uint32_t column, double value) noexcept {
  std::fill_n(columns_.at(column), tile_.broadcast_rows(), value);
  kept_.columns[column] = 1;
}

template <class Step>
bool BroadcastRun::is_broadcast(const Step& step) const noexcept {
  if constexpr (requires { step.source; }) {
    if (step.source.lookup != PlaceSource::kNumbers) return tile_.is_broadcast(plan_.lookups[step.source.lookup].field);
  }
  return is_broadcast(step.in);
}

void BroadcastRun::run(const NumberGroup& step, std::size_t) noexcept {
  for (std::uint32_t k = 0; k < step.a.size(); ++k) {
    const bool is_column = step.fields[k] == NumberGroup::kColumn;
    const bool broadcast = is_column ? kept_.columns[step.in + k] != 0 : tile_.is_broadcast(step.fields[k]);
    if (broadcast && prepared_) continue;
    const double* const in = is_column ? columns_.at(step.in + k) : tile_.numbers(step.fields[k]);
    double* const out = columns_.at(step.out + k);
    step.kernel.rows(in, out, broadcast ? 1 : tile_.rows(), step.a[k], step.b[k]);
    if (broadcast) keep(step.out + k, *out);
  }
}

// Of the first `rows` rows.
const std::int32_t* BroadcastRun::places(const PlaceSource& source, const PlanOperand& in, std::uint32_t rows) const noexcept {
  if (source.lookup != PlaceSource::kNumbers) return scratch_.places(source.lookup);
  std::int32_t* const places = scratch_.places(plan_.lookups.size());  // behind those of the texts: one step's own
  look_up(source.numbers, columns_.at(in), rows, places);
  return places;
}

// What is to be said of a broadcast value is said of every row.
void BroadcastRun::judge_one(const PlaceSource& source, const PlaceRules& rules, std::int32_t place) noexcept {
  if (rules.rules[PlaceRules::at(place)] == PlaceRules::Rule::kKnown) [[likely]]
    return;
  std::int32_t* const places = scratch_.places(source.lookup != PlaceSource::kNumbers ? source.lookup : plan_.lookups.size());
  std::fill_n(places, tile_.rows(), place);
  judge(rules, places, tile_);
}

void BroadcastRun::run(const EncodePlaces& step, std::size_t number) noexcept {
  if (!is_broadcast(step)) return engine::run(step, places(step.source, step.in, tile_.rows()), tile_, columns_);
  if (!prepared_) {
    kept_.places[number] = *places(step.source, step.in, 1);
    keep(step.out, step.values[PlaceRules::at(kept_.places[number])]);
  }
  judge_one(step.source, step.rules, kept_.places[number]);
}

void BroadcastRun::run(const IndicatePlaces& step, std::size_t number) noexcept {
  if (!is_broadcast(step)) return engine::run(step, places(step.source, step.in, tile_.rows()), tile_, columns_);
  if (!prepared_) {
    kept_.places[number] = *places(step.source, step.in, 1);
    const std::int32_t slot = step.slots[PlaceRules::at(kept_.places[number])];
    for (std::uint32_t i = 0; i < step.count; ++i) keep(step.out + i, static_cast<std::int32_t>(i) == slot ? 1.0 : 0.0);
  }
  judge_one(step.source, step.rules, kept_.places[number]);
}

void BroadcastRun::run(const TextMissing& step, std::size_t) noexcept {
  if (!tile_.is_broadcast(step.field)) return engine::run(step, tile_, columns_);
  if (!prepared_) keep(step.out, tile_.texts(step.field)->missing() ? 1.0 : 0.0);
}

void BroadcastRun::run(const RequireNumber& step, std::size_t) noexcept {
  if (is_broadcast(step) && !std::isnan(*columns_.at(step.in))) return;
  engine::run(step, tile_, columns_);
}

void BroadcastRun::run(const CountEdges& step, std::size_t number) noexcept {
  if (!is_broadcast(step)) return engine::run(step, tile_, columns_);
  if (!prepared_) {
    const double in = *columns_.at(step.in);  // maybe the column that is about to be written
    kept_.places[number] = std::isnan(in) ? PlaceRules::kMissing : 0;
    keep(step.out, edges_up_to(step, in));
  }
  if (kept_.places[number] != PlaceRules::kMissing) return;
  for (std::uint32_t row = 0; row < tile_.rows(); ++row)
    add_field_error(tile_, row, step.field, wire::FieldCode::kNullNotAllowed);
}

template <class Step>
void BroadcastRun::run_number(const Step& step, std::size_t) noexcept {
  if (!is_broadcast(step)) return engine::run(step, tile_, columns_);
  if (prepared_) return;
  if constexpr (requires { step.map; }) {
    keep(step.out, step.map(*columns_.at(step.in)));
  } else {
    keep(step.out, step.curve(*columns_.at(step.in)));
  }
}

void BroadcastRun::run(const MapQuantile& step, std::size_t number) noexcept { run_number(step, number); }
void BroadcastRun::run(const TransformPower& step, std::size_t number) noexcept { run_number(step, number); }

}  // namespace ringside::engine
