// What Plan::compile() leaves of a PlanSpec: names gone, categories in an index, columns numbered, equal steps in one group.
//
//   spec      number age → age:0   subtract age:0 → age:1   divide age:1 → age   …the same for income…   label city → city
//   compiled  group: columns 0–1 − {38, 2500} ÷ {12, 900}                              column 2 = value of the place
//
// Columns are written once in the spec; here a step writes over its input where nobody else reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/preprocess/number_index.h"
#include "engine/preprocess/number_kernels.h"
#include "engine/preprocess/plan.h"
#include "engine/preprocess/power_curve.h"
#include "engine/preprocess/quantile_map.h"
#include "engine/region/settled_list.h"
#include "engine/schema/text_index.h"

namespace ringside::engine {

// Where a step or feature finds its numbers: a column of the scratch, or a number field of the tile as it is. A field's numbers are
// in `column` as well when a single row runs (plan_scratch.h).
struct PlanOperand {
  bool is_field = false;
  std::uint32_t column = 0;
  std::uint32_t field = 0;  // is_field: whose numbers
};

// Every category that any step knows of one text field: a text is looked up once, and each step translates the place.
struct PlanLookup {
  std::uint32_t field = 0;
  TextIndex texts;
};

// What a step does with each place of a value among its categories.
struct PlaceRules {
  static constexpr std::int32_t kUnseen = -1;   // a place: no category of any step
  static constexpr std::int32_t kMissing = -2;  // a place: no value
  enum class Rule : std::uint8_t { kKnown, kListUnknown, kUnknownCategory, kNullNotAllowed };

  static constexpr std::size_t at(std::int32_t place) noexcept { return static_cast<std::size_t>(place + 2); }

  std::uint32_t field = 0;  // whose unknown mask and errors
  SettledList<Rule> rules;  // at(place)
};

// A value's place comes from the lookup of a text field, or from an index of numbers.
struct PlaceSource {
  static constexpr std::uint32_t kNumbers = ~std::uint32_t{0};
  std::uint32_t lookup = kNumbers;
  NumberIndex numbers;
};

// -- the steps, in the order in which they run ---------------------------------------------------------------------------------
// `in`, `out` and `feature` are set when columns are laid out. `feature`: where a single row's values go at once, past the columns, since
// nobody but the model reads them and none of them is infinite; kNoFeature: elsewhere.
inline constexpr std::uint32_t kNoFeature = ~std::uint32_t{0};

struct NumberGroup {  // out column + k = kernel(in column + k, a[k], b[k])
  static constexpr std::uint32_t kColumn = ~std::uint32_t{0};
  NumberKernel kernel;
  std::uint32_t in = 0, out = 0;
  SettledList<std::uint32_t> fields;  // the number field whose numbers are `in` + k, or kColumn
  SettledList<double> a, b;
};
struct EncodePlaces {  // values[at(place)]
  PlaceSource source;
  PlaceRules rules;
  SettledList<double> values;
  PlanOperand in;
  std::uint32_t out = 0, feature = kNoFeature;
};
struct IndicatePlaces {  // 1.0 in column out + slots[at(place)], 0.0 in the other columns up to out + count
  static constexpr std::int32_t kNoSlot = -1;
  PlaceSource source;
  PlaceRules rules;
  SettledList<std::int32_t> slots;
  PlanOperand in;
  std::uint32_t out = 0, count = 0, feature = kNoFeature;
};
struct TextMissing {
  std::uint32_t field = 0, out = 0;
};
struct RequireNumber {  // NaN: NULL_NOT_ALLOWED
  std::uint32_t field = 0;
  PlanOperand in;
};
struct CountEdges {
  std::uint32_t field = 0;
  SettledList<double> edges;
  PlanOperand in;
  std::uint32_t out = 0;
};
struct MapQuantile {
  QuantileMap map;
  PlanOperand in;
  std::uint32_t out = 0;
};

struct TransformPower {  // PowerTransformer before its scaler
  PowerCurve curve;
  PlanOperand in;
  std::uint32_t out = 0;
};

using CompiledStep =
    std::variant<NumberGroup, EncodePlaces, IndicatePlaces, TextMissing, RequireNumber, CountEdges, MapQuantile, TransformPower>;

// Number fields whose columns stand side by side when a single row runs.
struct NumberRun {
  std::uint32_t column = 0;
  SettledList<std::uint32_t> offsets;  // of each field's numbers in the tile, in doubles
};

// Features that stand side by side when a single row runs.
struct FeatureRun {
  std::uint32_t feature = 0, column = 0, count = 0;
};

// A column that may not be infinite. NOT_FINITE is judged only for a row with no other error, so these wait until all steps have run.
struct FiniteColumn {
  std::uint32_t field = 0;
  PlanOperand in;
};

struct CompiledPlan {
  SettledList<PlanLookup> lookups;
  std::vector<std::string> feature_names;
  std::optional<float> missing;
  bool zero_is_missing = false;
  FloatType feature_type = FloatType::kFloat32;
  // What lay_out() decides.
  SettledList<CompiledStep> steps;
  SettledList<NumberRun> numbers;  // number fields that anything reads: loaded into their columns for a single row
  SettledList<PlanOperand> features;
  SettledList<std::uint16_t> feature_fields;  // the field that a feature came from: errors name it
  SettledList<FeatureRun> feature_runs;       // the same for a single row, without those that steps write themselves
  SettledList<FiniteColumn> finite;           // judged when all steps have run
  std::uint32_t columns = 0;
};

struct Plan::Compiled : CompiledPlan {};

}  // namespace ringside::engine
