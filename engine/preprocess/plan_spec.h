// preprocess.json as a value: what engine/bundle parsed and Plan::compile checks. No JSON type passes this line. What each step
// does is told in schemas/bundle.md, in the same words.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/schema/float_type.h"

namespace ringside::engine {

// float64, or rounded once more to float32, as scikit-learn does with a frame whose columns are all float32.
enum class Width : std::uint8_t { kFloat64, kFloat32 };

// What encode, indicators and is_missing read: a str field, or a column of numbers.
struct StepInput {
  bool is_field = false;
  std::string name;
};

struct NumberStep {  // a number field as float64
  std::string field, out;
};

// -- categories ----------------------------------------------------------------------------------------------------------------

// What becomes of a text that is no category.
struct Unseen {
  enum class Kind { kReject, kZeros, kCategory } kind = Kind::kReject;
  std::string category;  // kCategory
};

struct LabelStep {  // index of the text in classes
  std::string field, out;
  std::vector<std::string> classes;
  Unseen unseen;  // kReject or kCategory
};
struct OnehotStep {  // 1.0 / 0.0 a category that is not dropped, in order
  std::string field;
  std::vector<std::string> categories, drop, outs;
  Unseen unseen;
};

struct Categories {
  std::vector<std::string> texts;  // of a field
  std::vector<double> numbers;     // of a column
};
struct EncodeStep {  // the value at the category's place
  StepInput in;
  std::string out;
  Categories categories;
  std::vector<double> values;
  std::optional<double> missing, unseen;  // none: NULL_NOT_ALLOWED, UNKNOWN_CATEGORY
};
struct IndicatorsStep {                       // 1.0 at the category's slot
  static constexpr std::int64_t kZeros = -1;  // in no slot
  StepInput in;
  std::vector<std::string> outs;
  Categories categories;
  std::vector<std::int64_t> slots;
  std::optional<std::int64_t> missing, unseen;  // none: NULL_NOT_ALLOWED, UNKNOWN_CATEGORY
};

// -- numbers -------------------------------------------------------------------------------------------------------------------

struct ArithmeticStep {  // one float64 rounding
  enum class Op : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide } op = Op::kAdd;
  std::string in, out;
  double value = 0;
  Width width = Width::kFloat64;
};
struct ClipStep {  // NaN stays NaN
  std::string in, out;
  double low = 0, high = 0;
  Width width = Width::kFloat64;
};
struct FunctionStep {
  enum class Op : std::uint8_t { kFloat32, kAbs, kSqrt, kSquare, kLog1p } op = Op::kAbs;  // kLog1p is inexact
  std::string in, out;
  Width width = Width::kFloat64;
};
struct ImputeStep {  // `equals` may be NaN: where the column is NaN
  std::string in, out;
  double equals = 0, value = 0;
};
struct IsMissingStep {
  StepInput in;
  std::string out;
  double equals = std::numeric_limits<double>::quiet_NaN();  // of a field: NaN
};
struct RequireStep {                                                         // writes nothing
  enum class What : std::uint8_t { kNumber, kFinite } what = What::kNumber;  // refuses NaN, or an infinity
  std::string in;
};
struct BinarizeStep {
  std::string in, out;
  double threshold = 0;
};

// -- tables and curves of numbers ----------------------------------------------------------------------------------------------

struct BinsStep {  // how many edges are not above it
  std::string in, out;
  std::vector<double> edges;
};
struct QuantileStep {  // kNormal is inexact
  enum class Distribution : std::uint8_t { kUniform, kNormal } distribution = Distribution::kUniform;
  std::string in, out;
  std::vector<double> quantiles, references;
  Width width = Width::kFloat64;
};
struct PowerStep {  // inexact
  enum class Method : std::uint8_t { kYeoJohnson, kBoxCox } method = Method::kYeoJohnson;
  std::string in, out;
  double lambda = 1;
  Width width = Width::kFloat64;
};

using PlanStep =
    std::variant<NumberStep, LabelStep, OnehotStep, EncodeStep, IndicatorsStep, ArithmeticStep, ClipStep, FunctionStep,
                 ImputeStep, IsMissingStep, RequireStep, BinarizeStep, BinsStep, QuantileStep, PowerStep>;

// Whether no two libraries give the same bits: the manifest then has the step's bound.
[[nodiscard]] inline bool is_inexact(const PlanStep& any) noexcept {
  if (const auto* function = std::get_if<FunctionStep>(&any)) return function->op == FunctionStep::Op::kLog1p;
  if (const auto* quantile = std::get_if<QuantileStep>(&any))
    return quantile->distribution == QuantileStep::Distribution::kNormal;
  return std::holds_alternative<PowerStep>(any);
}

struct PlanSpec {
  std::vector<PlanStep> steps;
  std::vector<std::string> features;  // column names, in the model's order
  std::optional<float> missing{};     // a feature equal to it is missing, beside NaN: what XGBClassifier(missing=-999) was told
  bool zero_is_missing = false;       // training handed a sparse matrix to XGBoost
  FloatType feature_type = FloatType::kFloat32;
};

// One thing that is wrong: `key` is its path in preprocess.json, such as "steps[3].in".
struct PlanProblem {
  std::string key, expected, found;
};

}  // namespace ringside::engine
