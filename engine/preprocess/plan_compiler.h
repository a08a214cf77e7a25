// Plan::compile at work: checks a PlanSpec against the schema, every problem at once, and drafts the steps that lay_out() then puts in
// order. A step that is wrong is reported and drafted as columns that nothing fills, so that one mistake is told once.
//
//   compile.cc             fields, columns, features: what every step has to do with
//   compile_categories.cc  label, onehot, encode, indicators
//   compile_numbers.cc     everything from arithmetic to power
//
// Thread safety: one thread, one spec. Control path.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <ringside/result.h>

#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/layout.h"
#include "engine/preprocess/plan_spec.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

class PlanCompiler {
 public:
  PlanCompiler(const PlanSpec& spec, const InputSchema& schema) : spec_(spec), schema_(schema) {}

  Result<std::unique_ptr<Plan::Compiled>, std::vector<PlanProblem>> run();

 private:
  static constexpr std::uint32_t kNothing = DraftStep::kNothing;

  // The categories of one text field over all steps, in the order in which they were first named.
  struct FieldTexts {
    std::vector<std::string> texts;
    std::unordered_map<std::string, std::int32_t> places;
    void add(const std::vector<std::string>& more);
  };
  // Where a step that knows categories finds the place of a value.
  struct CategoryInput {
    PlaceSource source;
    std::uint32_t field = 0;
    std::uint32_t in = kNothing;       // draft column, of numbers
    std::vector<std::int32_t> places;  // of each category of the step
    std::size_t known = 0;             // places there are: those of all steps on the field
  };

  // For messages.
  [[nodiscard]] static std::string quoted(const std::string& text);
  [[nodiscard]] static std::string indexed(std::string key, std::size_t index);  // "features" and 3 → "features[3]"
  [[nodiscard]] static std::string hex(double value);

  void problem(const std::string& member, std::string expected, std::string found) {
    problems_.push_back({key_ + member, std::move(expected), std::move(found)});
  }
  void check_finite(const std::string& member, double value);
  void check_not_infinite(const std::string& member, double value);
  void check_rising(const std::string& member, const std::vector<double>& numbers);
  bool check_unique(const std::string& member, const std::vector<std::string>& names);

  // compile.cc
  void collect_texts();
  const Field* field_of(const std::string& name, bool text);  // nullptr: said
  [[nodiscard]] std::uint32_t number_of(const std::string& field) const {
    return static_cast<std::uint32_t>(schema_.find(field));
  }
  std::uint32_t write(const std::string& member, const std::string& name, DraftColumn column);  // kNothing: said
  void write_nothing(const std::string& name) { write(".out", name, {}); }
  void write_nothing(const std::vector<std::string>& names);
  std::uint32_t read(const std::string& name);  // kNothing: said
  // One step from a column to a column. `make(field)` gives what stands in a DraftStep.
  template <class Make>
  void map(const std::string& in, const std::string& out, const Make& make);
  void compile_features();
  void make_lookups();
  void compile(const NumberStep& step);
  void compile(const RequireStep& step);

  // compile_categories.cc
  bool check_texts(const std::string& member, const std::string& field_name, const std::vector<std::string>& categories,
                   bool unseen_is_refused, bool may_miss);
  bool check_numbers(const std::vector<double>& numbers);
  std::optional<CategoryInput> input_of(const StepInput& in, const Categories& categories, bool unseen_is_refused);
  CategoryInput texts_of(const std::string& field, const std::vector<std::string>& categories);
  std::uint32_t lookup_of(const std::string& field);
  template <class T>
  static void fill_table(const CategoryInput& input, const std::vector<T>& of_category, const std::optional<T>& missing,
                         const std::optional<T>& unseen, SettledList<T>& table, PlaceRules& rules);
  void add_encode(CategoryInput input, const std::vector<double>& values, std::optional<double> missing,
                  std::optional<double> unseen, const std::string& out);
  void add_indicators(CategoryInput input, const std::vector<std::int32_t>& slots, std::optional<std::int32_t> missing,
                      std::optional<std::int32_t> unseen, const std::vector<std::string>& outs);
  void check_slot(const std::string& member, std::int64_t slot, std::size_t outs);
  void compile(const LabelStep& step);
  void compile(const OnehotStep& step);
  void compile(const EncodeStep& step);
  void compile(const IndicatorsStep& step);

  // compile_numbers.cc
  void map_number(const std::string& in, const std::string& out, NumberOp op, Width width, double a, double b);
  void compile(const ArithmeticStep& step);
  void compile(const ClipStep& step);
  void compile(const FunctionStep& step);
  void compile(const ImputeStep& step);
  void compile(const IsMissingStep& step);
  void compile(const BinarizeStep& step);
  void compile(const BinsStep& step);
  void compile(const QuantileStep& step);
  void compile(const PowerStep& step);

  const PlanSpec& spec_;
  const InputSchema& schema_;
  std::string key_;
  std::vector<PlanProblem> problems_;
  std::unordered_map<std::string, FieldTexts> texts_;       // by field
  std::vector<std::string> lookup_fields_;                  // by lookup
  std::unordered_map<std::string, std::uint32_t> columns_;  // by name: draft column
  Draft draft_;
  std::unique_ptr<Plan::Compiled> compiled_ = std::make_unique<Plan::Compiled>();
};

template <class Make>
void PlanCompiler::map(const std::string& in, const std::string& out, const Make& make) {
  const std::uint32_t from = read(in);
  if (from == kNothing) return write_nothing(out);
  const std::uint32_t field = draft_.columns[from].field;
  const std::uint32_t to = write(".out", out, {.is_number = false, .field = field});
  if (to != kNothing) draft_.steps.push_back({.step = make(field), .in = from, .outs = {to}});
}

}  // namespace ringside::engine
