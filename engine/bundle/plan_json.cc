#include "engine/bundle/plan_json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/bundle/document_reader.h"
#include "engine/bundle/plan_steps_json.h"

namespace ringside::engine {
namespace {

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
    ClassLabel label = std::string(item.text);
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
      if (auto step = read_plan_step(steps->items[i], indexed("steps", i), problems))
        result.spec.steps.push_back(std::move(*step));
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
  if (const DocumentNode* zero = root.find("zero_is_missing")) {
    if (!zero->is(DocumentNode::Kind::kBool) || !zero->flag)
      problems.add("zero_is_missing", "true, or no such key", zero->described());
    result.spec.zero_is_missing = true;
  }
  root.finish();
  return result;
}

}  // namespace ringside::engine
