// Plan::compile: checks a PlanSpec against the schema, every problem at once, and translates names into numbers.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/plan.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {
namespace {

std::string quoted(const std::string& text) { return '"' + text + '"'; }

// "features" and 3 → "features[3]"
std::string indexed(std::string key, std::size_t index) {
  key += '[';
  key += std::to_string(index);
  key += ']';
  return key;
}

std::string hex(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

// A column of the spec.
struct Column {
  PlanOperand operand;      // where its numbers are once compiled
  std::uint32_t field = 0;  // where they came from
};

// The categories of one field over all steps, in the order in which they were first named.
struct FieldTexts {
  std::vector<std::string> texts;
  std::unordered_map<std::string, std::int32_t> places;

  void add(const std::vector<std::string>& more) {
    for (const std::string& text : more) {
      if (places.emplace(text, static_cast<std::int32_t>(texts.size())).second) texts.push_back(text);
    }
  }
};

}  // namespace

// Walks the spec once for each question; a step that is wrong is reported and compiled into nothing.
class PlanCompiler {
 public:
  PlanCompiler(const PlanSpec& spec, const InputSchema& schema) : spec_(spec), schema_(schema) {}

  Result<std::unique_ptr<Plan::Compiled>, std::vector<PlanProblem>> run() {
    collect_texts();
    count_readers();
    for (std::size_t i = 0; i < spec_.steps.size(); ++i) {
      key_ = indexed("steps", i);
      std::visit([this](const auto& step) { compile(step); }, spec_.steps[i]);
    }
    compile_features();
    if (!problems_.empty()) return fail(std::move(problems_));
    make_lookups();
    return std::move(compiled_);
  }

 private:
  void problem(const std::string& member, std::string expected, std::string found) {
    problems_.push_back({key_ + member, std::move(expected), std::move(found)});
  }

  template <class Step>
  static constexpr bool kEncodes = std::is_same_v<Step, LabelStep> || std::is_same_v<Step, OnehotStep>;
  static const std::vector<std::string>& categories(const LabelStep& step) { return step.classes; }
  static const std::vector<std::string>& categories(const OnehotStep& step) { return step.categories; }

  void collect_texts() {
    for (const PlanStep& any : spec_.steps) {
      std::visit(
          [this](const auto& step) {
            if constexpr (kEncodes<std::decay_t<decltype(step)>>) texts_[step.field].add(categories(step));
          },
          any);
    }
  }

  void count_readers() {
    for (const PlanStep& any : spec_.steps) {
      if (const auto* step = std::get_if<ArithmeticStep>(&any)) ++readers_[step->in];
      if (const auto* step = std::get_if<ClipStep>(&any)) ++readers_[step->in];
    }
    for (const std::string& feature : spec_.features) ++readers_[feature];
  }

  // The field that a step reads, or nullptr with the problem said.
  const Field* field_of(const std::string& name, bool text) {
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
    if (text && field.on_missing == OnMissing::kPass && !field.required) {
      problem(".field", "a field that is filled or rejected when missing: an encoder has no missing value",
              quoted(name) + ", which has on_missing: pass");
      return nullptr;
    }
    return &field;
  }

  void write(const std::string& member, const std::string& name, Column column) {
    if (name.empty()) return problem(member, "a name for the column", "\"\"");
    if (!columns_.emplace(name, column).second) problem(member, "a new name: a column is written once", quoted(name));
  }

  // The column that a step reads, or nullptr with the problem said.
  Column* read(const std::string& name) {
    const auto found = columns_.find(name);
    if (found != columns_.end()) return &found->second;
    problem(".in", "a column that an earlier step wrote", quoted(name));
    return nullptr;
  }

  bool unique(const std::string& member, const std::vector<std::string>& names) {
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (seen.insert(names[i]).second) continue;
      problem(indexed(member, i), "names that differ", quoted(names[i]) + " again");
      return false;
    }
    return true;
  }

  void compile(const NumberStep& step) {
    if (field_of(step.field, false) == nullptr) return write_nothing(step.out);
    const auto field = static_cast<std::uint32_t>(schema_.find(step.field));
    write(".out", step.out, {.operand = {.is_field = true, .index = field}, .field = field});
  }

  // Keeps a wrong step from making every later one wrong: its column exists, and nothing will run.
  void write_nothing(const std::string& name) { write(".out", name, {}); }

  // What label and onehot share. False: said.
  bool encoder(const std::string& member, const std::string& field_name, const std::vector<std::string>& categories,
               const Unseen& unseen) {
    bool good = unique(member, categories);
    if (categories.empty()) {
      problem(member, "at least one", "[]");
      good = false;
    }
    const auto known = [&categories](const std::string& text) {
      return std::find(categories.begin(), categories.end(), text) != categories.end();
    };
    if (unseen.kind == Unseen::Kind::kCategory && !known(unseen.category)) {
      problem(".unseen", "one of " + member.substr(1), quoted(unseen.category));
      good = false;
    }
    const Field* field = field_of(field_name, true);
    if (field == nullptr) return false;
    if (good && field->on_missing == OnMissing::kFill && !field->required && unseen.kind == Unseen::Kind::kReject &&
        !known(field->fill_text)) {
      problem(member, "the fill of " + field_name + " among them, since unseen texts are refused",
              "no " + quoted(field->fill_text));
      return false;
    }
    return good;
  }

  // The step's codes over all texts of its field: place + 1 → code.
  CompiledStep encode(PlanOp op, const std::string& field_name, const Unseen& unseen,
                      const std::vector<std::pair<std::string, std::int32_t>>& codes) {
    const FieldTexts& texts = texts_.at(field_name);
    CompiledStep step;
    step.op = op;
    step.lookup = lookup_of(field_name);
    step.codes.assign(texts.texts.size() + 1, CompiledStep::kUnseen);
    step.reject_unseen = unseen.kind == Unseen::Kind::kReject;
    for (const auto& [text, code] : codes) {
      step.codes[static_cast<std::size_t>(texts.places.at(text)) + 1] = code;
      if (unseen.kind == Unseen::Kind::kCategory && text == unseen.category) step.unseen_code = code;
    }
    return step;
  }

  std::uint32_t lookup_of(const std::string& field_name) {
    const auto found = std::find(lookup_fields_.begin(), lookup_fields_.end(), field_name);
    if (found != lookup_fields_.end()) return static_cast<std::uint32_t>(found - lookup_fields_.begin());
    lookup_fields_.push_back(field_name);
    return static_cast<std::uint32_t>(lookup_fields_.size() - 1);
  }

  void compile(const LabelStep& step) {
    if (step.unseen.kind == Unseen::Kind::kZeros) problem(".unseen", "null or one of classes", "\"zeros\", which is for onehot");
    if (!encoder(".classes", step.field, step.classes, step.unseen)) return write_nothing(step.out);
    std::vector<std::pair<std::string, std::int32_t>> codes;
    for (const std::string& text : step.classes) codes.emplace_back(text, static_cast<std::int32_t>(codes.size()));
    CompiledStep made = encode(PlanOp::kLabel, step.field, step.unseen, codes);
    made.out = new_columns(1);
    write(".out", step.out, {.operand = {.index = made.out}, .field = static_cast<std::uint32_t>(schema_.find(step.field))});
    compiled_->steps.push_back(std::move(made));
  }

  void compile(const OnehotStep& step) {
    bool good = encoder(".categories", step.field, step.categories, step.unseen);
    good &= unique(".drop", step.drop);
    for (const std::string& name : step.drop) {
      if (std::find(step.categories.begin(), step.categories.end(), name) != step.categories.end()) continue;
      problem(".drop", "some of categories", quoted(name));
      good = false;
    }
    if (step.outs.size() + step.drop.size() != step.categories.size()) {
      problem(".outs",
              "a column for each category that is not dropped: " +
                  std::to_string(step.categories.size() - std::min(step.drop.size(), step.categories.size())),
              std::to_string(step.outs.size()));
      good = false;
    }
    if (!good) {
      for (std::size_t i = 0; i < step.outs.size(); ++i) write(indexed(".outs", i), step.outs[i], {});
      return;
    }
    std::vector<std::pair<std::string, std::int32_t>> codes;
    std::int32_t next = 0;
    for (const std::string& text : step.categories) {
      const bool dropped = std::find(step.drop.begin(), step.drop.end(), text) != step.drop.end();
      codes.emplace_back(text, dropped ? CompiledStep::kNoColumn : next++);
    }
    CompiledStep made = encode(PlanOp::kOnehot, step.field, step.unseen, codes);
    made.outs = static_cast<std::uint32_t>(step.outs.size());
    made.out = new_columns(made.outs);
    for (std::uint32_t i = 0; i < made.outs; ++i) {
      write(indexed(".outs", i), step.outs[i],
            {.operand = {.index = made.out + i}, .field = static_cast<std::uint32_t>(schema_.find(step.field))});
    }
    compiled_->steps.push_back(std::move(made));
  }

  void compile(const ArithmeticStep& step) {
    static constexpr PlanOp kOps[] = {PlanOp::kAdd, PlanOp::kSubtract, PlanOp::kMultiply, PlanOp::kDivide};
    if (!std::isfinite(step.value)) problem(".value", "a finite number", hex(step.value));
    if (step.op == ArithmeticStep::Op::kDivide && step.value == 0)
      problem(".value", "a divisor that is not zero", hex(step.value));
    compute(kOps[static_cast<std::size_t>(step.op)], step.in, step.out, step.value, 0);
  }

  void compile(const ClipStep& step) {
    if (!std::isfinite(step.low)) problem(".low", "a finite number", hex(step.low));
    if (!std::isfinite(step.high)) problem(".high", "a finite number", hex(step.high));
    if (step.low > step.high) problem(".low", "at most high, " + hex(step.high), hex(step.low));
    compute(PlanOp::kClip, step.in, step.out, step.low, step.high);
  }

  void compute(PlanOp op, const std::string& in, const std::string& out, double a, double b) {
    const Column* column = read(in);
    if (column == nullptr) return write_nothing(out);
    const PlanOperand from = column->operand;
    const std::uint32_t field = column->field;
    CompiledStep made;
    made.op = op;
    made.in = from;
    made.a = a;
    made.b = b;
    made.out = !from.is_field && readers_[in] == 1 ? from.index : new_columns(1);
    write(".out", out, {.operand = {.index = made.out}, .field = field});
    compiled_->steps.push_back(std::move(made));
  }

  std::uint32_t new_columns(std::uint32_t count) { return std::exchange(compiled_->columns, compiled_->columns + count); }

  void compile_features() {
    key_ = "features";
    if (spec_.features.empty()) problem("", "at least one column", "[]");
    unique("", spec_.features);
    for (std::size_t i = 0; i < spec_.features.size(); ++i) {
      const auto found = columns_.find(spec_.features[i]);
      if (found == columns_.end()) {
        problem(indexed("", i), "a column that a step writes", quoted(spec_.features[i]));
        continue;
      }
      compiled_->features.push_back(found->second.operand);
      compiled_->feature_fields.push_back(static_cast<std::uint16_t>(found->second.field));
    }
    compiled_->feature_names = spec_.features;
    compiled_->missing = spec_.missing;
    compiled_->feature_type = spec_.feature_type;
    if (spec_.missing && !std::isfinite(*spec_.missing)) {
      key_ = "missing";
      problem("", "a finite number", std::to_string(*spec_.missing));
    }
  }

  void make_lookups() {
    for (const std::string& name : lookup_fields_) {
      const FieldTexts& texts = texts_.at(name);
      compiled_->lookups.push_back({.field = static_cast<std::uint32_t>(schema_.find(name)), .texts = TextIndex(texts.texts)});
    }
  }

  const PlanSpec& spec_;
  const InputSchema& schema_;
  std::string key_;
  std::vector<PlanProblem> problems_;
  std::unordered_map<std::string, FieldTexts> texts_;       // by field
  std::vector<std::string> lookup_fields_;                  // by lookup
  std::unordered_map<std::string, std::uint32_t> readers_;  // by column: steps and features that read it
  std::unordered_map<std::string, Column> columns_;
  std::unique_ptr<Plan::Compiled> compiled_ = std::make_unique<Plan::Compiled>();
};

Result<Plan, std::vector<PlanProblem>> Plan::compile(const PlanSpec& spec, const InputSchema& schema) {
  auto compiled = PlanCompiler(spec, schema).run();
  if (!compiled) return fail(std::move(compiled.error()));
  Plan plan;
  plan.compiled_ = std::move(*compiled);
  return plan;
}

}  // namespace ringside::engine
