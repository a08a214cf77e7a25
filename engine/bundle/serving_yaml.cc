#include "engine/bundle/serving_yaml.h"

#include "engine/bundle/document_reader.h"

namespace ringside::engine {

std::optional<DecisionThreshold> read_serving(std::string_view text, BundleProblems& all_problems) {
  ProblemList problems(kServingFile, all_problems);
  const auto document = parse_yaml(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return std::nullopt;
  }
  MapReader root(*document, "", problems);
  std::optional<DecisionThreshold> threshold;
  const auto value = root.optional_text("threshold");
  const bool compare_float64 = root.choice("threshold_compare", {"float32", "float64"}) == 1;
  if (value) {
    const auto number = parse_decimal(*value);
    if (!number || *number < 0 || *number > 1) problems.add("threshold", "a number from 0 to 1", in_quotes(*value));
    threshold = DecisionThreshold{.value = number.value_or(0.5), .compare_float64 = compare_float64};
  } else if (root.find("threshold_compare") != nullptr) {
    problems.add("threshold_compare", "a threshold beside it", "none");
  }
  root.finish();
  return threshold;
}

}  // namespace ringside::engine
