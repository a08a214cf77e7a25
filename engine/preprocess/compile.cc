#include <cmath>
#include <cstdio>
#include <unordered_set>
#include <utility>

#include "engine/preprocess/plan.h"
#include "engine/preprocess/plan_compiler.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {

std::string PlanCompiler::quoted(const std::string& text) { return '"' + text + '"'; }

std::string PlanCompiler::indexed(std::string key, std::size_t index) {
  key += '[';
  key += std::to_string(index);
  key += ']';
  return key;
}

std::string PlanCompiler::hex(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

void PlanCompiler::FieldTexts::add(const std::vector<std::string>& more) {
  for (const std::string& text : more) {
    if (places.emplace(text, static_cast<std::int32_t>(texts.size())).second) texts.push_back(text);
  }
}

Result<std::unique_ptr<Plan::Compiled>, std::vector<PlanProblem>> PlanCompiler::run() {
  collect_texts();
  for (std::size_t i = 0; i < spec_.steps.size(); ++i) {
    key_ = indexed("steps", i);
    std::visit([this](const auto& step) { compile(step); }, spec_.steps[i]);
  }
  compile_features();
  if (!problems_.empty()) return fail(std::move(problems_));
  make_lookups();
  lay_out(std::move(draft_), Tile::columns_of(schema_), *compiled_);
  return std::move(compiled_);
}

void PlanCompiler::check_finite(const std::string& member, double value) {
  if (!std::isfinite(value)) problem(member, "a finite number", hex(value));
}

void PlanCompiler::check_not_infinite(const std::string& member, double value) {
  if (std::isinf(value)) problem(member, "a finite number or nan", hex(value));
}

// One problem a list is enough.
void PlanCompiler::check_rising(const std::string& member, const std::vector<double>& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!std::isfinite(numbers[i])) return check_finite(indexed(member, i), numbers[i]);
    if (i != 0 && numbers[i] < numbers[i - 1])
      return problem(indexed(member, i), "at least the one before, " + hex(numbers[i - 1]), hex(numbers[i]));
  }
}

bool PlanCompiler::check_unique(const std::string& member, const std::vector<std::string>& names) {
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (seen.insert(names[i]).second) continue;
    problem(indexed(member, i), "names that differ", quoted(names[i]) + " again");
    return false;
  }
  return true;
}

// Before anything is compiled, so that steps on one text field share a lookup.
void PlanCompiler::collect_texts() {
  for (const PlanStep& any : spec_.steps) {
    if (const auto* label = std::get_if<LabelStep>(&any)) texts_[label->field].add(label->classes);
    if (const auto* onehot = std::get_if<OnehotStep>(&any)) texts_[onehot->field].add(onehot->categories);
    if (const auto* encode = std::get_if<EncodeStep>(&any); encode != nullptr && encode->in.is_field)
      texts_[encode->in.name].add(encode->categories.texts);
    if (const auto* indicators = std::get_if<IndicatorsStep>(&any); indicators != nullptr && indicators->in.is_field)
      texts_[indicators->in.name].add(indicators->categories.texts);
  }
}

const Field* PlanCompiler::field_of(const std::string& name, bool text) {
  const std::int32_t index = schema_.find(name);
  if (index < 0) {
    problem(".field", "a field of feature_schema.yaml", quoted(name));
    return nullptr;
  }
  const Field& field = schema_.fields()[static_cast<std::size_t>(index)];
  if (field.meta) {
    problem(".field", "a field that is modelled", quoted(name) + ", which has role: meta");
    return nullptr;
  }
  if (field.is_text() != text) {
    problem(".field", text ? "a field of dtype str" : "a field of dtype int, float or bool",
            quoted(name) + (text ? ", a number" : ", a str"));
    return nullptr;
  }
  return &field;
}

std::uint32_t PlanCompiler::write(const std::string& member, const std::string& name, DraftColumn column) {
  const auto number = static_cast<std::uint32_t>(draft_.columns.size());
  if (name.empty()) {
    problem(member, "a name for the column", "\"\"");
  } else if (!columns_.emplace(name, number).second) {
    problem(member, "a new name: a column is written once", quoted(name));
  } else {
    draft_.columns.push_back(column);
    return number;
  }
  return kNothing;
}

void PlanCompiler::write_nothing(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) write(indexed(".outs", i), names[i], {});
}

std::uint32_t PlanCompiler::read(const std::string& name) {
  const auto found = columns_.find(name);
  if (found != columns_.end()) return found->second;
  problem(".in", "a column that an earlier step wrote", quoted(name));
  return kNothing;
}

void PlanCompiler::compile(const NumberStep& step) {
  if (field_of(step.field, false) == nullptr) return write_nothing(step.out);
  write(".out", step.out, {.is_number = true, .field = number_of(step.field)});
}

void PlanCompiler::compile(const RequireStep& step) {
  const std::uint32_t in = read(step.in);
  if (in == kNothing) return;
  if (step.what == RequireStep::What::kFinite) {
    draft_.finite.push_back(in);
  } else {
    draft_.steps.push_back(
        {.step = CompiledStep(RequireNumber{.field = draft_.columns[in].field, .in = {}}), .in = in, .outs = {}});
  }
}

void PlanCompiler::compile_features() {
  key_ = "features";
  if (spec_.features.empty()) problem("", "at least one column", "[]");
  check_unique("", spec_.features);
  for (std::size_t i = 0; i < spec_.features.size(); ++i) {
    const auto found = columns_.find(spec_.features[i]);
    if (found == columns_.end()) {
      problem(indexed("", i), "a column that a step writes", quoted(spec_.features[i]));
      continue;
    }
    draft_.features.push_back(found->second);
  }
  compiled_->feature_names = spec_.features;
  compiled_->missing = spec_.missing;
  compiled_->feature_type = spec_.feature_type;
  compiled_->zero_is_missing = spec_.zero_is_missing;
  if (spec_.missing && !std::isfinite(*spec_.missing)) {
    key_ = "missing";
    problem("", "a finite number", std::to_string(*spec_.missing));
  }
}

void PlanCompiler::make_lookups() {
  for (const std::string& name : lookup_fields_) {
    compiled_->lookups.push_back({.field = number_of(name), .texts = TextIndex(texts_.at(name).texts)});
  }
}

Result<Plan, std::vector<PlanProblem>> Plan::compile(const PlanSpec& spec, const InputSchema& schema) {
  auto compiled = PlanCompiler(spec, schema).run();
  if (!compiled) return fail(std::move(compiled.error()));
  Plan plan;
  plan.compiled_ = std::move(*compiled);
  return plan;
}

}  // namespace ringside::engine
