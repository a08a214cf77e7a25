// A PlanSpec drawn from a seed: the exact numeric steps over some number fields, with constants and values from where rounding goes wrong.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/engine/preprocess/plan_case.h"

namespace ringside::engine::test {

class RandomSpec {
 public:
  explicit RandomSpec(std::uint32_t seed) : random_(seed) {
    const std::uint32_t fields = 1 + below(9);
    for (std::uint32_t i = 0; i < fields; ++i) {
      fields_.push_back(number_field("f" + std::to_string(i)));
      spec_.steps.emplace_back(NumberStep{fields_.back().name, fields_.back().name});
      columns_.push_back(fields_.back().name);
    }
    // Whole lines of scaled columns, as pipelines have them, and then anything on top of anything.
    if (below(2) == 0) {
      for (std::uint32_t i = 0; i < fields; ++i) {
        const std::string a = add("a"), b = add("b");
        spec_.steps.emplace_back(ArithmeticStep{ArithmeticStep::Op::kSubtract, fields_[i].name, a, constant()});
        spec_.steps.emplace_back(ArithmeticStep{ArithmeticStep::Op::kDivide, a, b, divisor()});
      }
    }
    for (std::uint32_t i = 0, count = below(30); i < count; ++i) add_step(columns_[below(columns_.size())]);
    for (const std::string& column : columns_) {
      if (below(3) != 0) spec_.features.push_back(column);
    }
    if (spec_.features.empty()) spec_.features = {columns_.back()};
    std::shuffle(spec_.features.begin(), spec_.features.end(), random_);
  }

  [[nodiscard]] const PlanSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  // Names of columns that hold numbers, fields' first.
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }

  double value() {
    static constexpr double kHard[] = {0.0, -0.0, 5e-324,   -5e-324, 2.3e-308, 1e-46, 1.0, -1.0, 0.1,
                                       0.3, 49.0, 16777217, 1e15,    -1e30,    1e300, 3.0, 27.0, 1e-300};
    if (below(8) == 0) return std::numeric_limits<double>::quiet_NaN();
    return below(2) == 0 ? kHard[below(std::size(kHard))] : std::normal_distribution<double>(0, 40)(random_);
  }

 private:
  std::uint32_t below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  double constant() {
    double x = value();
    while (std::isnan(x)) x = value();
    return x;
  }
  double divisor() {
    double x = constant();
    while (x == 0) x = constant();
    return x;
  }
  Width width() { return below(4) == 0 ? Width::kFloat32 : Width::kFloat64; }
  std::string add(const std::string& kind) {
    columns_.push_back(kind + std::to_string(columns_.size()));
    return columns_.back();
  }

  void add_step(const std::string in) {
    std::vector<double> numbers{0, 1, 3, 27};
    const double nan = std::numeric_limits<double>::quiet_NaN();
    switch (below(9)) {
      case 0:
      case 1:
        spec_.steps.emplace_back(ArithmeticStep{static_cast<ArithmeticStep::Op>(below(4)), in, add("r"), divisor(), width()});
        break;
      case 2: {
        const double one = constant(), other = constant();
        spec_.steps.emplace_back(ClipStep{in, add("c"), std::min(one, other), std::max(one, other), width()});
        break;
      }
      case 3:
        spec_.steps.emplace_back(FunctionStep{static_cast<FunctionStep::Op>(below(4)), in, add("u"), width()});
        break;
      case 4:
        spec_.steps.emplace_back(ImputeStep{in, add("i"), below(2) == 0 ? nan : constant(), value()});
        break;
      case 5: {
        IsMissingStep step;
        step.in.name = in;
        step.out = add("m");
        step.equals = below(2) == 0 ? nan : constant();
        spec_.steps.emplace_back(step);
        break;
      }
      case 6:
        spec_.steps.emplace_back(BinarizeStep{in, add("z"), constant()});
        break;
      case 7: {
        EncodeStep step;
        step.in.name = in;
        step.out = add("e");
        step.categories.numbers = numbers;
        for (std::size_t i = 0; i < numbers.size(); ++i) step.values.push_back(value());
        step.missing = value();
        step.unseen = value();
        spec_.steps.emplace_back(step);
        break;
      }
      default: {
        IndicatorsStep step;
        step.in.name = in;
        for (int i = 0; i < 3; ++i) step.outs.push_back(add("o"));
        step.categories.numbers = numbers;
        step.slots = {0, 2, IndicatorsStep::kZeros, 0};
        step.missing = 1;
        step.unseen = IndicatorsStep::kZeros;
        spec_.steps.emplace_back(step);
      }
    }
  }

  std::mt19937 random_;
  PlanSpec spec_;
  std::vector<Field> fields_;
  std::vector<std::string> columns_;
};

}  // namespace ringside::engine::test
