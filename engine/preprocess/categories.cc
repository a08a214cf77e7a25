#include "engine/preprocess/categories.h"

#include <algorithm>

#include "engine/preprocess/field_errors.h"

namespace ringside::engine {

void judge(const PlaceRules& rules, const std::int32_t* places, Tile& tile) noexcept {
  using Rule = PlaceRules::Rule;
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    const Rule rule = rules.rules[PlaceRules::at(places[row])];
    if (rule == Rule::kKnown) [[likely]]
      continue;
    if (rule == Rule::kListUnknown) {
      tile.unknown(rules.field) |= RowMask{1} << row;
    } else {
      add_field_error(tile, row, rules.field,
                      rule == Rule::kUnknownCategory ? wire::FieldCode::kUnknownCategory : wire::FieldCode::kNullNotAllowed);
    }
  }
}

void look_up(const PlanLookup& lookup, const Tile& tile, std::int32_t* places) noexcept {
  const Text* texts = tile.texts(lookup.field);
  const RowMask invalid = tile.invalid();
  if (tile.rows() == 1 && invalid == 0) [[likely]] {
    *places = texts->missing() ? PlaceRules::kMissing : lookup.texts.find(texts->view());
    return;
  }
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    // What one piece of memory is for many rows, as a fill is, is looked up once.
    if (row != 0 && texts[row].data == texts[row - 1].data && texts[row].bytes == texts[row - 1].bytes && invalid == 0) {
      places[row] = places[row - 1];
    } else if ((invalid >> row & 1) != 0 && settled(tile, row, lookup.field)) {
      places[row] = PlaceRules::kUnseen;
    } else {
      places[row] = texts[row].missing() ? PlaceRules::kMissing : lookup.texts.find(texts[row].view());
    }
  }
}

void look_up(const NumberIndex& numbers, const double* in, std::uint32_t rows, std::int32_t* places) noexcept {
  for (std::uint32_t row = 0; row < rows; ++row)
    places[row] = in[row] != in[row] ? PlaceRules::kMissing : numbers.find(in[row]);  // NaN is missing
}

void run(const EncodePlaces& step, const std::int32_t* places, Tile& tile, const PlanColumns& columns) noexcept {
  double* out = columns.at(step.out);
  bool all_known = true;
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    const std::size_t at = PlaceRules::at(places[row]);
    out[row] = step.values[at];
    all_known &= step.rules.rules[at] == PlaceRules::Rule::kKnown;
  }
  if (!all_known) [[unlikely]]
    judge(step.rules, places, tile);
}

void run(const IndicatePlaces& step, const std::int32_t* places, Tile& tile, const PlanColumns& columns) noexcept {
  double* const out = columns.at(step.out);
  if (columns.one_row()) {  // its columns are neighbours
    std::fill_n(out, step.count, 0.0);
  } else {
    for (std::uint32_t i = 0; i < step.count; ++i) std::fill_n(columns.at(step.out + i), tile.rows(), 0.0);
  }
  bool all_known = true;
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    const std::size_t at = PlaceRules::at(places[row]);
    const std::int32_t slot = step.slots[at];
    if (slot != IndicatePlaces::kNoSlot) columns.at(step.out + static_cast<std::uint32_t>(slot))[row] = 1.0;
    all_known &= step.rules.rules[at] == PlaceRules::Rule::kKnown;
  }
  if (!all_known) [[unlikely]]
    judge(step.rules, places, tile);
}

}  // namespace ringside::engine
