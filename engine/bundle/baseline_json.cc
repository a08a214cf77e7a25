#include "engine/bundle/baseline_json.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

// The members of a list under `name`, or null where it is none, which is said.
const ScratchVector<DocumentNode>* list_of(MapReader& reader, const char* name) {
  const DocumentNode* node = reader.need(name);
  if (node == nullptr) return nullptr;
  if (!node->is(DocumentNode::Kind::kList)) {
    reader.problems().add(reader.path(name), "a list", node->described());
    return nullptr;
  }
  return &node->items;
}

std::optional<std::uint64_t> count_of(const DocumentNode& node) {
  std::uint64_t count = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, count);
  if (!node.is(DocumentNode::Kind::kNumber) || error != std::errc{} || stop != end) return std::nullopt;
  return count;
}

std::vector<double> read_edges(MapReader& reader, bool are_float32) {
  std::vector<double> edges;
  const auto* list = list_of(reader, "edges");
  if (list == nullptr) return edges;
  if (list->size() > kEdgesMax)
    reader.problems().add(reader.path("edges"), "at most " + std::to_string(kEdgesMax) + " edges", std::to_string(list->size()));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const DocumentNode& node = (*list)[i];
    const auto edge = parse_hex_float(node.is(DocumentNode::Kind::kText) ? std::string_view(node.text) : std::string_view());
    const std::string key = indexed(reader.path("edges"), i);
    if (!edge) {
      reader.problems().add(key, "a hex float in text", node.described());
    } else if (are_float32 && static_cast<double>(static_cast<float>(*edge)) != *edge) {
      reader.problems().add(key, "a float32", "more digits");
    } else if (!edges.empty() && edges.back() >= *edge) {
      reader.problems().add(key, "edges that rise", node.described() + " after " + in_quotes((*list)[i - 1].text));
    } else {
      edges.push_back(*edge);
    }
  }
  return edges;
}

Histogram read_histogram(const DocumentNode& node, const std::string& key, const std::string* name, bool are_float32,
                         std::uint64_t scored, ProblemList& problems) {
  MapReader reader(node, key, problems);
  Histogram histogram;
  if (name != nullptr) {
    histogram.name = reader.text("name");
    if (histogram.name != *name) problems.add(reader.path("name"), in_quotes(*name), in_quotes(histogram.name));
  }
  histogram.edges = read_edges(reader, are_float32);
  std::uint64_t all = histogram.missing = reader.count("missing");
  if (const auto* counts = list_of(reader, "counts")) {
    for (std::size_t i = 0; i < counts->size(); ++i) {
      const auto count = count_of((*counts)[i]);
      if (!count) problems.add(indexed(reader.path("counts"), i), "an integer from 0", (*counts)[i].described());
      histogram.counts.push_back(count.value_or(0));
      all = count.value_or(0) > scored - std::min(all, scored) ? scored + 1
                                                               : all + *count;  // without overflow: too many stay too many
    }
    if (problems.empty() && histogram.counts.size() != histogram.edges.size() + 1) {
      problems.add(reader.path("counts"), std::to_string(histogram.edges.size() + 1) + " counts, one more than edges",
                   std::to_string(histogram.counts.size()));
    } else if (problems.empty() && all != scored) {
      problems.add(key, "counts and missing of " + std::to_string(scored) + " rows (scored)",
                   all > scored ? "more" : std::to_string(all));
    }
  }
  reader.finish();
  return histogram;
}

FieldCounts read_field(const DocumentNode& node, const std::string& key, const std::string& name, std::uint64_t rows,
                       ProblemList& problems) {
  MapReader reader(node, key, problems);
  if (const std::string found = reader.text("name"); found != name)
    problems.add(reader.path("name"), in_quotes(name), in_quotes(found));
  FieldCounts counts{};
  constexpr const char* kKeys[] = {"missing", "filled", "unknown", "out_of_range", "refused"};  // as FieldCount
  for (std::size_t i = 0; i < kFieldCounts; ++i) {
    counts[i] = reader.count(kKeys[i]);
    if (counts[i] > rows)
      problems.add(reader.path(kKeys[i]), "at most " + std::to_string(rows) + " (rows)", std::to_string(counts[i]));
  }
  reader.finish();
  return counts;
}

// The list under `name`, of so many; null where it is not that, which is said.
const ScratchVector<DocumentNode>* list_of(MapReader& reader, const char* name, std::size_t size, const char* what) {
  const auto* list = list_of(reader, name);
  if (list == nullptr || list->size() == size) return list;
  reader.problems().add(reader.path(name), std::to_string(size) + " (" + what + ")", std::to_string(list->size()));
  return nullptr;
}

}  // namespace

Baseline read_baseline(std::string_view text, const BaselineSubject& subject, BundleProblems& all_problems) {
  ProblemList problems(kBaselineFile, all_problems);
  Baseline baseline;
  const auto document = parse_json(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return baseline;
  }
  MapReader root(*document, "", problems);
  if (const auto format = root.count("format_version"); problems.empty() && format != 1) {
    problems.add("format_version", "1", std::to_string(format));
    return baseline;
  }
  baseline.rows = root.count("rows");
  baseline.scored = root.count("scored");
  if (problems.empty() && (baseline.scored == 0 || baseline.scored > baseline.rows))
    problems.add("scored", "1 to " + std::to_string(baseline.rows) + " (rows)", std::to_string(baseline.scored));
  if (const auto* features = list_of(root, "features", subject.features.size(), "features of preprocess.json")) {
    for (std::size_t i = 0; i < features->size(); ++i)
      baseline.features.push_back(read_histogram((*features)[i], indexed("features", i), &subject.features[i],
                                                 subject.features_are_float32, baseline.scored, problems));
  }
  if (const auto* scores = list_of(root, "scores", subject.scores, "values of the model")) {
    for (std::size_t i = 0; i < scores->size(); ++i) {
      baseline.scores.push_back(
          read_histogram((*scores)[i], indexed("scores", i), nullptr, subject.scores_are_float32, baseline.scored, problems));
      baseline.scores.back().name = subject.scores == 1 ? "score" : indexed("score", i);
    }
  }
  if (const auto* fields = list_of(root, "fields", subject.fields.size(), "fields of feature_schema.yaml")) {
    for (std::size_t i = 0; i < fields->size(); ++i)
      baseline.fields.push_back(read_field((*fields)[i], indexed("fields", i), subject.fields[i], baseline.rows, problems));
  }
  root.finish();
  return baseline;
}

}  // namespace ringside::engine
