#include "engine/bundle/serving_yaml.h"

#include <charconv>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

Iterations parse_iterations(std::string_view text, ProblemList& problems) {
  if (text == "all") return {};
  std::size_t rounds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rounds);
  if (error != std::errc() || end != text.data() + text.size() || rounds == 0) {
    problems.add("iterations", "a number of boosting rounds from 1, or all", in_quotes(std::string(text)));
  }
  return {.rounds = rounds};
}

}  // namespace

ServingChoices read_serving(std::string_view text, BundleProblems& all_problems) {
  ProblemList problems(kServingFile, all_problems);
  const auto document = parse_yaml(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return {};
  }
  MapReader root(*document, "", problems);
  ServingChoices choices;
  const auto value = root.optional_text("threshold");
  const bool compare_float64 = root.choice("threshold_compare", {"float32", "float64"}) == 1;
  choices.compare_is_said = root.find("threshold_compare") != nullptr;
  if (value) {
    const auto number = parse_decimal(*value);
    if (!number || *number < 0 || *number > 1) problems.add("threshold", "a number from 0 to 1", in_quotes(*value));
    choices.threshold = DecisionThreshold{.value = number.value_or(0.5), .compare_float64 = compare_float64};
  } else if (choices.compare_is_said) {
    problems.add("threshold_compare", "a threshold beside it", "none");
  }
  if (const auto iterations = root.optional_text("iterations")) choices.iterations = parse_iterations(*iterations, problems);
  root.finish();
  return choices;
}

}  // namespace ringside::engine
