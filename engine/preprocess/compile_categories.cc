#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "engine/preprocess/plan_compiler.h"

namespace ringside::engine {
namespace {

bool among(const std::string& text, const std::vector<std::string>& texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

// `may_miss`: the step says what becomes of a text that is missing.
bool PlanCompiler::check_texts(const std::string& member, const std::string& field_name,
                               const std::vector<std::string>& categories, bool unseen_is_refused, bool may_miss) {
  const bool unique = check_unique(member, categories);
  const Field* field = field_of(field_name, true);
  if (field == nullptr) return false;
  const bool passes = field->on_missing == OnMissing::kPass && !field->required;
  if (passes && !may_miss) {
    problem(".field", "a field that is filled or rejected when missing: an encoder has no missing value",
            quoted(field_name) + ", which has on_missing: pass");
    return false;
  }
  if (unique && unseen_is_refused && field->on_missing == OnMissing::kFill && !field->required &&
      !among(field->fill_text, categories)) {
    problem(member, "the fill of " + field_name + " among them, since unseen texts are refused",
            "no " + quoted(field->fill_text));
    return false;
  }
  return unique;
}

bool PlanCompiler::check_numbers(const std::vector<double>& numbers) {
  std::unordered_set<double> seen;  // 0 and -0 are one number to it, as they are to NumberIndex
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const bool finite = std::isfinite(numbers[i]);
    if (finite && seen.insert(numbers[i]).second) continue;
    problem(indexed(".categories", i), finite ? "numbers that differ" : "a finite number: one that is missing is nan already",
            hex(numbers[i]) + (finite ? " again" : ""));
    return false;
  }
  return true;
}

std::uint32_t PlanCompiler::lookup_of(const std::string& field) {
  const auto found = std::find(lookup_fields_.begin(), lookup_fields_.end(), field);
  if (found != lookup_fields_.end()) return static_cast<std::uint32_t>(found - lookup_fields_.begin());
  lookup_fields_.push_back(field);
  return static_cast<std::uint32_t>(lookup_fields_.size() - 1);
}

PlanCompiler::CategoryInput PlanCompiler::texts_of(const std::string& field, const std::vector<std::string>& categories) {
  const FieldTexts& texts = texts_.at(field);
  CategoryInput input{.source = {.lookup = lookup_of(field), .numbers = {}},
                      .field = number_of(field),
                      .in = kNothing,
                      .places = {},
                      .known = texts.texts.size()};
  for (const std::string& text : categories) input.places.push_back(texts.places.at(text));
  return input;
}

std::optional<PlanCompiler::CategoryInput> PlanCompiler::input_of(const StepInput& in, const Categories& categories,
                                                                  bool unseen_is_refused) {
  if (in.is_field) {
    if (!check_texts(".categories", in.name, categories.texts, unseen_is_refused, true)) return std::nullopt;
    return texts_of(in.name, categories.texts);
  }
  const std::uint32_t column = read(in.name);
  if (!check_numbers(categories.numbers) || column == kNothing) return std::nullopt;
  CategoryInput input{.source = {.lookup = PlaceSource::kNumbers, .numbers = NumberIndex(categories.numbers)},
                      .field = draft_.columns[column].field,
                      .in = column,
                      .places = {},
                      .known = categories.numbers.size()};
  for (std::size_t i = 0; i < input.known; ++i) input.places.push_back(static_cast<std::int32_t>(i));
  return input;
}

// What a step does with every place that its input can have. A refused value is nobody's business: T() is as good as any.
template <class T>
void PlanCompiler::fill_table(const CategoryInput& input, const std::vector<T>& of_category, const std::optional<T>& missing,
                              const std::optional<T>& unseen, SettledList<T>& table, PlaceRules& rules) {
  using Rule = PlaceRules::Rule;
  rules.field = input.field;
  rules.rules.assign(input.known + 2, unseen ? Rule::kListUnknown : Rule::kUnknownCategory);
  table.assign(input.known + 2, unseen.value_or(T()));
  const auto set = [&](std::int32_t place, T value, Rule rule) {
    table.built()[PlaceRules::at(place)] = value;
    rules.rules.built()[PlaceRules::at(place)] = rule;
  };
  set(PlaceRules::kMissing, missing.value_or(T()), missing ? Rule::kKnown : Rule::kNullNotAllowed);
  for (std::size_t i = 0; i < of_category.size(); ++i) set(input.places[i], of_category[i], Rule::kKnown);
}

void PlanCompiler::add_encode(CategoryInput input, const std::vector<double>& values, std::optional<double> missing,
                              std::optional<double> unseen, const std::string& out) {
  EncodePlaces made;
  fill_table(input, values, missing, unseen, made.values, made.rules);
  made.source = std::move(input.source);
  const std::uint32_t to = write(".out", out, {.is_number = false, .field = input.field});
  if (to != kNothing) draft_.steps.push_back({.step = CompiledStep(std::move(made)), .in = input.in, .outs = {to}});
}

void PlanCompiler::add_indicators(CategoryInput input, const std::vector<std::int32_t>& slots,
                                  std::optional<std::int32_t> missing, std::optional<std::int32_t> unseen,
                                  const std::vector<std::string>& outs) {
  IndicatePlaces made;
  fill_table(input, slots, missing, unseen, made.slots, made.rules);
  made.source = std::move(input.source);
  made.count = static_cast<std::uint32_t>(outs.size());
  DraftStep draft{.step = CompiledStep(std::move(made)), .in = input.in, .outs = {}};
  for (std::size_t i = 0; i < outs.size(); ++i) {
    const std::uint32_t to = write(indexed(".outs", i), outs[i], {.is_number = false, .field = input.field});
    if (to != kNothing) draft.outs.push_back(to);
  }
  draft_.steps.push_back(std::move(draft));
}

void PlanCompiler::compile(const LabelStep& step) {
  const std::size_t before = problems_.size();
  if (step.unseen.kind == Unseen::Kind::kZeros) problem(".unseen", "null or one of classes", "\"zeros\", which is for onehot");
  if (step.classes.empty()) problem(".classes", "at least one", "[]");
  if (step.unseen.kind == Unseen::Kind::kCategory && !among(step.unseen.category, step.classes))
    problem(".unseen", "one of classes", quoted(step.unseen.category));
  const bool refused = step.unseen.kind == Unseen::Kind::kReject;
  const bool good = check_texts(".classes", step.field, step.classes, refused && !step.classes.empty(), false);
  if (!good || problems_.size() != before) return write_nothing(step.out);
  std::vector<double> values;
  std::optional<double> unseen;
  for (const std::string& text : step.classes) {
    if (!refused && text == step.unseen.category) unseen = static_cast<double>(values.size());
    values.push_back(static_cast<double>(values.size()));
  }
  add_encode(texts_of(step.field, step.classes), values, std::nullopt, unseen, step.out);
}

void PlanCompiler::compile(const OnehotStep& step) {
  const std::size_t before = problems_.size();
  if (step.categories.empty()) problem(".categories", "at least one", "[]");
  if (step.unseen.kind == Unseen::Kind::kCategory && !among(step.unseen.category, step.categories))
    problem(".unseen", "one of categories", quoted(step.unseen.category));
  const bool refused = step.unseen.kind == Unseen::Kind::kReject;
  check_texts(".categories", step.field, step.categories, refused && !step.categories.empty(), false);
  check_unique(".drop", step.drop);
  for (const std::string& name : step.drop) {
    if (!among(name, step.categories)) problem(".drop", "some of categories", quoted(name));
  }
  if (step.outs.size() + step.drop.size() != step.categories.size()) {
    problem(".outs",
            "a column for each category that is not dropped: " +
                std::to_string(step.categories.size() - std::min(step.drop.size(), step.categories.size())),
            std::to_string(step.outs.size()));
  }
  if (problems_.size() != before) return write_nothing(step.outs);
  std::vector<std::int32_t> slots;
  std::optional<std::int32_t> unseen;
  if (step.unseen.kind == Unseen::Kind::kZeros) unseen = IndicatePlaces::kNoSlot;
  std::int32_t next = 0;
  for (const std::string& text : step.categories) {
    slots.push_back(among(text, step.drop) ? IndicatePlaces::kNoSlot : next++);
    if (step.unseen.kind == Unseen::Kind::kCategory && text == step.unseen.category) unseen = slots.back();
  }
  add_indicators(texts_of(step.field, step.categories), slots, std::nullopt, unseen, step.outs);
}

void PlanCompiler::compile(const EncodeStep& step) {
  const std::size_t before = problems_.size();
  const std::size_t categories = step.in.is_field ? step.categories.texts.size() : step.categories.numbers.size();
  auto input = input_of(step.in, step.categories, !step.unseen);
  if (step.values.size() != categories)
    problem(".values", "one for each of categories: " + std::to_string(categories), std::to_string(step.values.size()));
  for (std::size_t i = 0; i < step.values.size(); ++i) check_not_infinite(indexed(".values", i), step.values[i]);
  if (step.missing) check_not_infinite(".missing", *step.missing);
  if (step.unseen) check_not_infinite(".unseen", *step.unseen);
  if (!input || problems_.size() != before) return write_nothing(step.out);
  add_encode(std::move(*input), step.values, step.missing, step.unseen, step.out);
}

void PlanCompiler::check_slot(const std::string& member, std::int64_t slot, std::size_t outs) {
  if (slot == IndicatorsStep::kZeros || (slot >= 0 && static_cast<std::size_t>(slot) < outs)) return;
  problem(member, "\"zeros\" or a place in outs, of which there are " + std::to_string(outs), std::to_string(slot));
}

void PlanCompiler::compile(const IndicatorsStep& step) {
  const std::size_t before = problems_.size();
  const std::size_t categories = step.in.is_field ? step.categories.texts.size() : step.categories.numbers.size();
  auto input = input_of(step.in, step.categories, !step.unseen);
  if (step.slots.size() != categories)
    problem(".slots", "one for each of categories: " + std::to_string(categories), std::to_string(step.slots.size()));
  for (std::size_t i = 0; i < step.slots.size(); ++i) check_slot(indexed(".slots", i), step.slots[i], step.outs.size());
  if (step.missing) check_slot(".missing", *step.missing, step.outs.size());
  if (step.unseen) check_slot(".unseen", *step.unseen, step.outs.size());
  if (!input || problems_.size() != before) return write_nothing(step.outs);
  const auto narrow = [](const std::optional<std::int64_t>& slot) {
    return slot ? std::optional<std::int32_t>(static_cast<std::int32_t>(*slot)) : std::nullopt;
  };
  std::vector<std::int32_t> slots(step.slots.begin(), step.slots.end());
  add_indicators(std::move(*input), slots, narrow(step.missing), narrow(step.unseen), step.outs);
}

}  // namespace ringside::engine
