#include "engine/bundle/flat_document.h"

#include <string_view>
#include <unordered_set>

namespace ringside::engine {
namespace {

constexpr std::size_t kLinesMax = 1'000;

std::string scalar(const DocumentNode& node) {
  if (node.is(DocumentNode::Kind::kBool)) return node.flag ? "true" : "false";
  return node.is(DocumentNode::Kind::kNull) ? "null" : std::string(node.text);
}

void flatten(const DocumentNode& node, const std::string& key, ProblemList& problems, FlatDocument& out) {
  if (out.size() >= kLinesMax) return;
  if (node.is(DocumentNode::Kind::kMap)) {
    std::unordered_set<std::string_view> seen;
    for (const auto& [name, child] : node.members) {
      const std::string path = key.empty() ? std::string(name) : key + "." + std::string(name);
      if (!seen.insert(name).second) problems.add(path, "each key once", "it again");
      flatten(child, path, problems, out);
    }
  } else if (node.is(DocumentNode::Kind::kList)) {
    for (std::size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], indexed(key, i), problems, out);
  } else {
    out.emplace_back(key, scalar(node));
  }
}

}  // namespace

FlatDocument flat(const DocumentNode& document, ProblemList& problems) {
  FlatDocument lines;
  flatten(document, "", problems, lines);
  return lines;
}

}  // namespace ringside::engine
