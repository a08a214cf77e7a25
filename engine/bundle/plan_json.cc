#include "engine/bundle/plan_json.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

Unseen read_unseen(MapReader& step, bool onehot) {
  const char* expected = onehot ? "null, \"zeros\" or {\"as\": a category}" : "null or one of classes";
  const DocumentNode* node = step.need("unseen");
  if (node == nullptr || node->is(DocumentNode::Kind::kNull)) return {};
  if (!onehot && node->is(DocumentNode::Kind::kText)) return {Unseen::Kind::kCategory, node->text};
  if (onehot && node->is(DocumentNode::Kind::kText) && node->text == "zeros") return {Unseen::Kind::kZeros, {}};
  if (onehot && node->is(DocumentNode::Kind::kMap)) {
    MapReader as(*node, step.path("unseen"), step.problems());
    Unseen unseen{Unseen::Kind::kCategory, as.text("as")};
    as.finish();
    return unseen;
  }
  step.problems().add(step.path("unseen"), expected, node->described());
  return {};
}

std::optional<ArithmeticStep::Op> arithmetic(std::string_view op) noexcept {
  if (op == "add") return ArithmeticStep::Op::kAdd;
  if (op == "subtract") return ArithmeticStep::Op::kSubtract;
  if (op == "multiply") return ArithmeticStep::Op::kMultiply;
  if (op == "divide") return ArithmeticStep::Op::kDivide;
  return std::nullopt;
}

// None for an op that this version does not know: said.
std::optional<PlanStep> read_step(const DocumentNode& node, const std::string& key, ProblemList& problems) {
  MapReader step(node, key, problems);
  const std::string op = step.text("op");
  std::optional<PlanStep> read;
  // Braced initialisation runs in order, so problems come in the order of the members.
  if (op == "number") {
    read = NumberStep{step.text("field"), step.text("out")};
  } else if (op == "label") {
    read = LabelStep{step.text("field"), step.text("out"), step.texts("classes"), read_unseen(step, false)};
  } else if (op == "onehot") {
    read = OnehotStep{step.text("field"), step.texts("categories"), step.optional_texts("drop"), step.texts("outs"),
                      read_unseen(step, true)};
  } else if (const auto kind = arithmetic(op)) {
    read = ArithmeticStep{*kind, step.text("in"), step.text("out"), step.hex_number("value")};
  } else if (op == "clip") {
    read = ClipStep{step.text("in"), step.text("out"), step.hex_number("low"), step.hex_number("high")};
  } else {
    if (!op.empty()) {
      problems.add(key + ".op",
                   "a step of format version 1" +
                       near_miss(op, {"number", "label", "onehot", "add", "subtract", "multiply", "divide", "clip"}),
                   in_quotes(op));
    }
    return std::nullopt;  // its other keys mean nothing yet
  }
  step.finish();
  return read;
}

std::vector<ClassLabel> read_classes(MapReader& root, ProblemList& problems) {
  std::vector<ClassLabel> classes;
  const DocumentNode* list = root.need("classes");
  if (list == nullptr) return classes;
  if (!list->is(DocumentNode::Kind::kList)) {
    problems.add("classes", "a list of integers or text", list->described());
    return classes;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const DocumentNode& item = list->items[i];
    ClassLabel label = item.text;
    if (!item.is(DocumentNode::Kind::kText)) {
      std::int64_t number = 0;
      const char* end = item.text.data() + item.text.size();
      const auto [stop, error] = std::from_chars(item.text.data(), end, number);
      if (!item.is(DocumentNode::Kind::kNumber) || error != std::errc{} || stop != end) {
        problems.add(indexed("classes", i), "an integer or text", item.described());
      }
      label = number;
    }
    if (std::find(classes.begin(), classes.end(), label) != classes.end())
      problems.add(indexed("classes", i), "labels that differ", item.described() + " again");
    classes.push_back(std::move(label));
  }
  return classes;
}

}  // namespace

PlanDocument read_plan(std::string_view text, BundleProblems& all_problems) {
  ProblemList problems(kPlanFile, all_problems);
  PlanDocument result;
  const auto document = parse_json(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return result;
  }
  MapReader root(*document, "", problems);
  if (const auto format = root.count("format_version"); problems.empty() && format != 1) {
    problems.add("format_version", "1", std::to_string(format));
    return result;
  }
  if (const DocumentNode* steps = root.need("steps")) {
    if (!steps->is(DocumentNode::Kind::kList)) problems.add("steps", "a list", steps->described());
    for (std::size_t i = 0; i < steps->items.size(); ++i) {
      if (auto step = read_step(steps->items[i], indexed("steps", i), problems)) result.spec.steps.push_back(std::move(*step));
    }
  }
  result.spec.features = root.texts("features");
  const bool float64 = root.choice("feature_dtype", {"float32", "float64"}) == 1;
  result.spec.feature_type = float64 ? FloatType::kFloat64 : FloatType::kFloat32;
  result.classes = read_classes(root, problems);
  if (root.find("missing") != nullptr) {
    const double value = root.hex_number("missing");
    const auto rounded = static_cast<float>(value);
    if (static_cast<double>(rounded) != value) problems.add("missing", "a float32", "more digits");
    result.spec.missing = rounded;
  }
  root.finish();
  return result;
}

}  // namespace ringside::engine
