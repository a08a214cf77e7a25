// A PlanSpec run in the plainest way: one row, one step after the other in the spec's order, one number at a time. What the plan's
// groups and kernels are held to. It knows the exact numeric steps and no others, and judges no row.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <variant>

#include "engine/preprocess/plan_spec.h"

namespace ringside::engine::test {

class PlainPlan {
 public:
  explicit PlainPlan(const std::map<std::string, double>& fields) : fields_(fields) {}

  [[nodiscard]] double column(const std::string& name) const { return columns_.at(name); }

  void run(const PlanSpec& spec) {
    for (const PlanStep& any : spec.steps) std::visit([this](const auto& step) { run(step); }, any);
  }

 private:
  // Through memory, so that nothing is fused or kept wider.
  static double rounded(double value, Width width) {
    volatile double wide = value;
    volatile auto narrow = static_cast<float>(wide);
    return width == Width::kFloat32 ? static_cast<double>(narrow) : static_cast<double>(wide);
  }
  static bool equals(double x, double what) { return std::isnan(what) ? std::isnan(x) : x == what; }

  void run(const NumberStep& step) { columns_[step.out] = fields_.at(step.field); }
  void run(const ArithmeticStep& step) {
    volatile double x = columns_.at(step.in);
    volatile double value = step.value;
    double result = 0;
    if (step.op == ArithmeticStep::Op::kAdd) result = x + value;
    if (step.op == ArithmeticStep::Op::kSubtract) result = x - value;
    if (step.op == ArithmeticStep::Op::kMultiply) result = x * value;
    if (step.op == ArithmeticStep::Op::kDivide) result = x / value;
    columns_[step.out] = rounded(result, step.width);
  }
  void run(const ClipStep& step) {
    double x = columns_.at(step.in);
    if (!std::isnan(x) && !(x > step.low)) x = step.low;
    if (!std::isnan(x) && !(x < step.high)) x = step.high;
    columns_[step.out] = rounded(x, step.width);
  }
  void run(const FunctionStep& step) {
    volatile double x = columns_.at(step.in);
    double result = rounded(x, Width::kFloat32);
    if (step.op == FunctionStep::Op::kAbs) result = std::fabs(x);
    if (step.op == FunctionStep::Op::kSqrt) result = x < 0 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(x);
    if (step.op == FunctionStep::Op::kSquare) result = x * x;
    columns_[step.out] = rounded(result, step.width);
  }
  void run(const ImputeStep& step) {
    const double x = columns_.at(step.in);
    columns_[step.out] = equals(x, step.equals) ? step.value : x;
  }
  void run(const IsMissingStep& step) { columns_[step.out] = equals(columns_.at(step.in.name), step.equals) ? 1 : 0; }
  void run(const BinarizeStep& step) { columns_[step.out] = columns_.at(step.in) > step.threshold ? 1 : 0; }
  void run(const BinsStep& step) {
    double count = 0;
    for (const double edge : step.edges) count += edge <= columns_.at(step.in) ? 1 : 0;
    columns_[step.out] = count;
  }
  void run(const EncodeStep& step) {
    const double x = columns_.at(step.in.name);
    double value = std::isnan(x) ? *step.missing : *step.unseen;
    for (std::size_t i = 0; i < step.values.size(); ++i) {
      if (step.categories.numbers[i] == x) value = step.values[i];
    }
    columns_[step.out] = value;
  }
  void run(const IndicatorsStep& step) {
    const double x = columns_.at(step.in.name);
    std::int64_t slot = std::isnan(x) ? *step.missing : *step.unseen;
    for (std::size_t i = 0; i < step.slots.size(); ++i) {
      if (step.categories.numbers[i] == x) slot = step.slots[i];
    }
    for (std::size_t i = 0; i < step.outs.size(); ++i) columns_[step.outs[i]] = slot == static_cast<std::int64_t>(i) ? 1 : 0;
  }
  template <class Step>
  void run(const Step&) {}  // of texts, or writing nothing, or inexact

  const std::map<std::string, double>& fields_;
  std::map<std::string, double> columns_;
};

}  // namespace ringside::engine::test
