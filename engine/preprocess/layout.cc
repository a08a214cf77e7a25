#include "engine/preprocess/layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ringside::engine {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

// The kernel that does what `first` does and then `second`, or nullptr.
const NumberKernel* joined_kernel(const NumberKernel& first, const NumberKernel& second) {
  const auto is = [](const NumberKernel& kernel, NumberOp op) { return &kernel == &number_kernel(op, Width::kFloat64); };
  if (is(first, NumberOp::kSubtract) && is(second, NumberOp::kDivide))
    return &number_kernel(NumberOp::kSubtractDivide, Width::kFloat64);
  if (is(first, NumberOp::kMultiply) && is(second, NumberOp::kAdd))
    return &number_kernel(NumberOp::kMultiplyAdd, Width::kFloat64);
  return nullptr;
}

class Layout {
 public:
  Layout(Draft draft, const std::vector<std::uint32_t>& tile_columns, CompiledPlan& compiled)
      : draft_(std::move(draft)),
        tile_columns_(tile_columns),
        compiled_(compiled),
        readers_(draft_.columns.size()),
        homes_(draft_.columns.size()),
        places_(draft_.columns.size(), kNone),
        feature_of_(draft_.columns.size(), kNone) {
    for (std::uint32_t j = 0; j < draft_.features.size(); ++j) feature_of_[draft_.features[j]] = j;
  }

  void run() {
    count_readers();
    join_steps();
    share_columns();
    place_columns();
    order_steps();
    for (std::uint32_t column = 0; column < draft_.columns.size(); ++column) {
      if (draft_.columns[column].is_number && readers_[column] != 0) add_number(column);
    }
    for (const std::uint32_t feature : draft_.features) add_feature(feature);
    for (const std::uint32_t column : draft_.finite)
      compiled_.finite.push_back({.field = draft_.columns[column].field, .in = operand(column)});
  }

 private:
  void count_readers() {
    for (const DraftStep& step : draft_.steps) {
      if (step.in != DraftStep::kNothing) ++readers_[step.in];
    }
    for (const std::uint32_t feature : draft_.features) ++readers_[feature];
    for (const std::uint32_t column : draft_.finite) ++readers_[column];
  }

  // What only the next step reads is computed in one go with it: of scalers, what they do first and then.
  void join_steps() {
    std::vector<std::uint32_t> writer(draft_.columns.size(), kNone);
    for (std::uint32_t i = 0; i < draft_.steps.size(); ++i) {
      DraftStep& step = draft_.steps[i];
      for (const std::uint32_t out : step.outs) writer[out] = i;
      if (number_of(i) == nullptr || writer[step.in] == kNone || readers_[step.in] != 1) continue;
      DraftStep& before = draft_.steps[writer[step.in]];
      const auto* first = std::get_if<DraftNumber>(&before.step);
      const NumberKernel* joined = first == nullptr ? nullptr : joined_kernel(*first->kernel, *number_of(i)->kernel);
      if (joined == nullptr) continue;
      places_[step.in] = 0;  // nobody's column
      step = {.step = DraftNumber{.kernel = joined, .a = first->a, .b = number_of(i)->a}, .in = before.in, .outs = step.outs};
      before = {};
    }
    std::erase_if(draft_.steps, [](const DraftStep& step) {
      const auto* number = std::get_if<DraftNumber>(&step.step);
      return number != nullptr && number->kernel == nullptr;
    });
  }

  // A step with one input and one output writes over its input if nobody else reads it. Draft columns that share one have the first
  // of them as their home.
  void share_columns() {
    for (std::uint32_t column = 0; column < homes_.size(); ++column) homes_[column] = column;
    for (const DraftStep& step : draft_.steps) {
      if (step.in != DraftStep::kNothing && step.outs.size() == 1 && readers_[step.in] == 1 && !indicates(step))
        homes_[step.outs[0]] = homes_[step.in];
    }
  }

  // Features come first, in their order, so that columns which are scaled alike are neighbours wherever the model has them so. The
  // columns of one indicators step always are.
  void place_columns() {
    std::vector<const DraftStep*> indicator(draft_.columns.size(), nullptr);
    for (const DraftStep& step : draft_.steps) {
      if (!indicates(step)) continue;
      for (const std::uint32_t out : step.outs) indicator[out] = &step;
    }
    const auto place = [&](std::uint32_t column) {
      const std::uint32_t home = homes_[column];
      if (places_[home] != kNone) return;
      if (indicator[home] == nullptr) {
        places_[home] = compiled_.columns++;
      } else {
        for (const std::uint32_t out : indicator[home]->outs) places_[out] = compiled_.columns++;
      }
    };
    for (const std::uint32_t feature : draft_.features) place(feature);
    for (std::uint32_t column = 0; column < draft_.columns.size(); ++column) place(column);
  }

  void add_number(std::uint32_t column) {
    SettledList<NumberRun>& runs = compiled_.numbers;
    if (runs.empty() || runs.back().column + runs.back().offsets.size() != place(column))
      runs.push_back({.column = place(column), .offsets = {}});
    runs.back().offsets.push_back(tile_columns_[draft_.columns[column].field] * kTileRows);
  }

  void add_feature(std::uint32_t column) {
    const auto number = static_cast<std::uint32_t>(compiled_.features.size());
    SettledList<FeatureRun>& runs = compiled_.feature_runs;
    if (feature_of_[column] == kNone) {
      // Its step writes it.
    } else if (!runs.empty() && runs.back().column + runs.back().count == place(column) &&
               runs.back().feature + runs.back().count == number) {
      ++runs.back().count;
    } else {
      runs.push_back({.feature = number, .column = place(column), .count = 1});
    }
    compiled_.features.push_back(operand(column));
    compiled_.feature_fields.push_back(static_cast<std::uint16_t>(draft_.columns[column].field));
  }

  // How many steps come after this one on the longest way to an end. Groups are formed from the far end, so that a column that takes
  // more steps than its neighbours catches up with them.
  [[nodiscard]] std::vector<std::uint32_t> heights() const {
    std::vector<std::uint32_t> of_step(draft_.steps.size()), of_column(draft_.columns.size());
    for (std::size_t i = draft_.steps.size(); i-- > 0;) {
      const DraftStep& step = draft_.steps[i];
      for (const std::uint32_t out : step.outs) of_step[i] = std::max(of_step[i], of_column[out]);
      ++of_step[i];
      if (step.in != DraftStep::kNothing) of_column[step.in] = std::max(of_column[step.in], of_step[i]);
    }
    return of_step;
  }

  // Whether the free steps read numbers and one another alone. They then come first, so that a single row looks its texts up while the
  // processor divides; else last, so that what is scaled alike is one group wherever it came from.
  [[nodiscard]] bool free_alone(const std::vector<std::uint32_t>& free) const {
    std::vector<bool> made(draft_.columns.size());
    for (std::uint32_t column = 0; column < made.size(); ++column) made[column] = draft_.columns[column].is_number;
    return std::ranges::all_of(free, [&](std::uint32_t i) {
      made[draft_.steps[i].outs[0]] = made[draft_.steps[i].in];
      return made[draft_.steps[i].in];
    });
  }

  void order_steps() {
    std::vector<std::uint32_t> ordered, free;  // steps that keep their order, and the rest
    for (std::uint32_t i = 0; i < draft_.steps.size(); ++i) (number_of(i) == nullptr ? ordered : free).push_back(i);
    written_.assign(draft_.columns.size(), false);
    for (std::uint32_t column = 0; column < draft_.columns.size(); ++column) written_[column] = draft_.columns[column].is_number;
    const std::vector<std::uint32_t> height = heights();
    const bool numbers_first = free_alone(free);
    std::size_t next = 0;
    while (next < ordered.size() || !free.empty()) {
      if (next < ordered.size() && ready(ordered[next]) && (free.empty() || !numbers_first)) {
        emit(draft_.steps[ordered[next++]]);
        continue;
      }
      std::uint32_t first = kNone;
      for (const std::uint32_t i : free) {
        if (ready(i) && (first == kNone || height[i] > height[first])) first = i;
      }
      const NumberKernel* kernel = number_of(first)->kernel;  // a draft has no circles: something is ready
      std::vector<std::uint32_t> group;
      std::erase_if(free, [&](std::uint32_t i) {
        if (number_of(i)->kernel != kernel || !ready(i)) return false;
        group.push_back(i);
        return true;
      });
      emit_group(group);
    }
  }

  // Neighbouring columns become one NumberGroup.
  void emit_group(std::vector<std::uint32_t>& steps) {
    std::stable_sort(steps.begin(), steps.end(), [this](std::uint32_t one, std::uint32_t other) {
      return place(draft_.steps[one].in) < place(draft_.steps[other].in);
    });
    NumberGroup* group = nullptr;
    for (const std::uint32_t i : steps) {
      const DraftStep& step = draft_.steps[i];
      const DraftNumber& number = *number_of(i);
      const std::uint32_t in = place(step.in), out = place(step.outs[0]);
      if (group == nullptr || in != group->in + group->a.size() || out != group->out + group->a.size()) {
        compiled_.steps.emplace_back(NumberGroup{.kernel = *number.kernel, .in = in, .out = out, .fields = {}, .a = {}, .b = {}});
        group = &std::get<NumberGroup>(compiled_.steps.back());
      }
      const DraftColumn& source = draft_.columns[step.in];
      group->fields.push_back(source.is_number ? source.field : NumberGroup::kColumn);
      group->a.push_back(number.a);
      group->b.push_back(number.b);
      written_[step.outs[0]] = true;
    }
  }

  void emit(DraftStep& draft) {
    auto& step = std::get<CompiledStep>(draft.step);
    std::visit(
        [&](auto& any) {
          if constexpr (requires { any.in.is_field; }) {
            if (draft.in != DraftStep::kNothing) any.in = operand(draft.in);
          }
          if constexpr (requires { any.out; }) {
            if (!draft.outs.empty()) any.out = place(draft.outs[0]);
          }
          if constexpr (requires { any.feature; }) any.feature = take_features(any, draft.outs);
        },
        step);
    for (const std::uint32_t out : draft.outs) written_[out] = true;
    compiled_.steps.push_back(std::move(step));
  }

  // The first of the features that a step can write itself, all of `outs`; they are then no longer anybody else's to write.
  template <class Step>
  [[nodiscard]] std::uint32_t take_features(const Step& step, const std::vector<std::uint32_t>& outs) {
    if (outs.empty() || compiled_.zero_is_missing || writes_infinity(step))
      return kNoFeature;  // both ask columns, or all features
    const std::uint32_t first = feature_of_[outs[0]];
    for (std::uint32_t i = 0; i < outs.size(); ++i) {
      if (readers_[outs[i]] != 1 || first == kNone || feature_of_[outs[i]] != first + i) return kNoFeature;
    }
    for (const std::uint32_t out : outs) feature_of_[out] = kNone;
    return first;
  }
  [[nodiscard]] bool writes_infinity(const EncodePlaces& step) const {
    return std::ranges::any_of(step.values, [&](double value) {
      return std::isinf(compiled_.feature_type == FloatType::kFloat32 ? static_cast<double>(static_cast<float>(value)) : value);
    });
  }
  [[nodiscard]] static bool writes_infinity(const IndicatePlaces&) { return false; }

  [[nodiscard]] bool ready(std::uint32_t step) const {
    const std::uint32_t in = draft_.steps[step].in;
    return in == DraftStep::kNothing || written_[in];
  }
  [[nodiscard]] const DraftNumber* number_of(std::uint32_t step) const {
    return std::get_if<DraftNumber>(&draft_.steps[step].step);
  }
  [[nodiscard]] static bool indicates(const DraftStep& step) {
    const auto* compiled = std::get_if<CompiledStep>(&step.step);
    return compiled != nullptr && std::holds_alternative<IndicatePlaces>(*compiled);
  }
  [[nodiscard]] std::uint32_t place(std::uint32_t column) const { return places_[homes_[column]]; }
  [[nodiscard]] PlanOperand operand(std::uint32_t column) const {
    return {.is_field = draft_.columns[column].is_number, .column = place(column), .field = draft_.columns[column].field};
  }

  Draft draft_;
  const std::vector<std::uint32_t>& tile_columns_;
  CompiledPlan& compiled_;
  std::vector<std::uint32_t> readers_;     // by draft column: steps and features that read it
  std::vector<std::uint32_t> homes_;       // by draft column: the draft column whose memory it shares
  std::vector<std::uint32_t> places_;      // by home: its column
  std::vector<std::uint32_t> feature_of_;  // by draft column: the feature that it is, unless its step writes that itself
  std::vector<bool> written_;              // by draft column
};

}  // namespace

void lay_out(Draft draft, const std::vector<std::uint32_t>& tile_columns, CompiledPlan& compiled) {
  Layout(std::move(draft), tile_columns, compiled).run();
}

}  // namespace ringside::engine
