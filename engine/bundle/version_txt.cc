#include "engine/bundle/version_txt.h"

#include "engine/bundle/document_reader.h"
#include "engine/bundle/flat_document.h"

namespace ringside::engine {
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
  result.metadata = flat(*document, problems);  // also says which keys stand twice; any key is allowed
  return result;
}

}  // namespace ringside::engine
