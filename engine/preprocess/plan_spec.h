// preprocess.json as a value: what engine/bundle parsed and Plan::compile checks. No JSON type passes this line.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/schema/float_type.h"

namespace ringside::engine {

// What becomes of a text that is no category.
struct Unseen {
  enum class Kind { kReject, kZeros, kCategory } kind = Kind::kReject;
  std::string category;  // kCategory
};

struct NumberStep {  // a number field as float64
  std::string field, out;
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
struct ArithmeticStep {  // one float64 rounding
  enum class Op { kAdd, kSubtract, kMultiply, kDivide } op = Op::kAdd;
  std::string in, out;
  double value = 0;
};
struct ClipStep {  // NaN stays NaN
  std::string in, out;
  double low = 0, high = 0;
};

using PlanStep = std::variant<NumberStep, LabelStep, OnehotStep, ArithmeticStep, ClipStep>;

struct PlanSpec {
  std::vector<PlanStep> steps;
  std::vector<std::string> features;  // column names, in the model's order
  std::optional<float> missing{};     // a feature equal to it is missing, beside NaN: what XGBClassifier(missing=-999) was told
  FloatType feature_type = FloatType::kFloat32;
};

// One thing that is wrong: `key` is its path in preprocess.json, such as "steps[3].in".
struct PlanProblem {
  std::string key, expected, found;
};

}  // namespace ringside::engine
