// A single row through a plan. What differs from a tile of many rows (plan.cc) is where things stand, never what is computed:
//
//   tile ─▶ numbers, side by side ─▶ steps over neighbouring columns ─▶ cast ─┬─▶ features
//        └▶ texts, looked up one behind the other ─▶ a table's value ─────────┘  (where a step has features of its own)
//
// A processor hands a store on to a later load only if the load is no wider. So numbers are brought to their columns in pairs, which SIMD
// then reads, and what scalar stores write (a label's code, the 1 of a one-hot) goes to its feature and not through a column.
//
// Thread safety: that of the tile and scratch. Cost: linear in steps; no allocation, noexcept.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/preprocess/categories.h"
#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/number_steps.h"
#include "engine/preprocess/plan_columns.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {

// Number fields to their columns, two a store.
inline void load_numbers(const NumberRun& run, const double* numbers, double* out) noexcept {
  const std::uint32_t* const offsets = run.offsets.data();
  const std::size_t count = run.offsets.size();
  std::size_t i = 0;
  for (; i + 2 <= count; i += 2) {
    const double pair[2] = {numbers[offsets[i]], numbers[offsets[i + 1]]};
    std::copy_n(pair, 2, out + i);
  }
  if (i < count) out[i] = numbers[offsets[i]];
}

// 1 at `slot`, if that is one, 0 elsewhere. Without a branch on the slot: which category comes is what a predictor cannot know.
template <class Feature>
inline void write_indicators(Feature* features, std::size_t count, std::int32_t slot) noexcept {
  constexpr std::size_t kAtOnce = 16 / sizeof(Feature);
  constexpr Feature kZeros[kAtOnce] = {};
  std::size_t first = 0;
  for (; first + kAtOnce <= count; first += kAtOnce) std::copy_n(kZeros, kAtOnce, features + first);
  for (; first < count; ++first) features[first] = 0;
  features[std::max(slot, 0)] = static_cast<Feature>(slot >= 0);  // the first is 0 where there is none
}

// Feature: float or double, what the model reads.
template <class Feature>
class OneRow {
 public:
  OneRow(const CompiledPlan& plan, PlanScratch& scratch, Tile& tile, const PlanColumns& columns, Feature* features) noexcept
      : plan_(plan), scratch_(scratch), tile_(tile), columns_(columns), features_(features) {}

  void run() const noexcept {
    for (const NumberRun& run : plan_.numbers) load_numbers(run, tile_.all_numbers(), columns_.at(run.column));
    auto step = plan_.steps.begin();
    for (; step != plan_.steps.end() && std::holds_alternative<NumberGroup>(*step); ++step)
      engine::run(*std::get_if<NumberGroup>(&*step), tile_, columns_);
    look_up_all();  // behind the arithmetic that needs no text: divisions take their time, and these need not wait for them
    for (; step != plan_.steps.end(); ++step) std::visit(*this, *step);
  }

  template <class Step>
  void operator()(const Step& step) const noexcept {
    if constexpr (requires { step.source; }) {
      const std::int32_t* place = places(step.source, step.in);
      const std::size_t at = PlaceRules::at(*place);
      if (step.feature != kNoFeature) {
        write(step, at);
        if (step.rules.rules[at] == PlaceRules::Rule::kKnown) [[likely]]
          return;
      }
      engine::run(step, place, tile_, columns_);
    } else {
      engine::run(step, tile_, columns_);
    }
  }

 private:
  void look_up_all() const noexcept {
    std::int32_t* place = scratch_.places(0);
    for (const PlanLookup& lookup : plan_.lookups) {
      const Text text = *tile_.texts(lookup.field);
      if (tile_.invalid() != 0) [[unlikely]] {
        look_up(lookup, tile_, place);
      } else {
        *place = text.missing() ? PlaceRules::kMissing : lookup.texts.find(text.view());
      }
      place += kTileRows;
    }
  }
  [[nodiscard]] const std::int32_t* places(const PlaceSource& source, const PlanOperand& in) const noexcept {
    if (source.lookup != PlaceSource::kNumbers) return scratch_.places(source.lookup);
    std::int32_t* place = scratch_.places(plan_.lookups.size());  // behind those of the texts: one step's own
    look_up(source.numbers, columns_.at(in), 1, place);
    return place;
  }
  void write(const EncodePlaces& step, std::size_t at) const noexcept {
    features_[step.feature] = static_cast<Feature>(step.values[at]);
  }
  void write(const IndicatePlaces& step, std::size_t at) const noexcept {
    write_indicators(features_ + step.feature, step.count, step.slots[at]);
  }

  const CompiledPlan& plan_;
  PlanScratch& scratch_;
  Tile& tile_;
  const PlanColumns& columns_;
  Feature* features_;
};

}  // namespace ringside::engine
