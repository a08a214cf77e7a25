#include "engine/bundle/version_txt.h"

#include <unordered_set>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kMetadataMax = 1'000;

// Repeated keys say two things at any depth.
void flatten(const DocumentNode& node, const std::string& key, ProblemList& problems,
             std::vector<std::pair<std::string, std::string>>& out) {
  if (out.size() >= kMetadataMax) return;
  if (node.is(DocumentNode::Kind::kMap)) {
    std::unordered_set<std::string_view> seen;
    for (const auto& [name, child] : node.members) {
      const std::string path = key.empty() ? name : key + "." + name;
      if (!seen.insert(name).second) problems.add(path, "each key once", "it again");
      flatten(child, path, problems, out);
    }
  } else if (node.is(DocumentNode::Kind::kList)) {
    for (std::size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], indexed(key, i), problems, out);
  } else {
    out.emplace_back(key, node.text);
  }
}

}  // namespace

VersionText read_version_text(std::string_view text, const Manifest& manifest, BundleProblems& all_problems) {
  ProblemList problems(kVersionFile, all_problems);
  VersionText result;
  const auto document = parse_yaml(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return result;
  }
  MapReader root(*document, "", problems);
  const std::string version = root.text("version");
  const auto task = root.optional_text("task_name");
  const auto label = root.optional_text("label");
  if (task && *task != manifest.task) problems.add("task_name", in_quotes(manifest.task) + " (manifest.json)", in_quotes(*task));
  if (label && label->empty()) problems.add("label", "a name, or no label", in_quotes(*label));
  result.label = label ? *label : version != manifest.version ? version : "";
  if (result.label.size() > 128) problems.add(label ? "label" : "version", "at most 128 bytes", in_quotes(result.label));
  flatten(*document, "", problems, result.metadata);  // also says which keys stand twice; any key is allowed
  return result;
}

}  // namespace ringside::engine
