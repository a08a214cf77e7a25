// version.txt (YAML): what people say of a version. Only task_name and the label mean something to the engine; all of it is
// shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/bundle/manifest.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {

inline constexpr const char* kVersionFile = "version.txt";

struct VersionText {
  std::string label;  // `label`, or `version` where it is not the bundle's name; empty: none
  std::vector<std::pair<std::string, std::string>> metadata;  // flattened, in the file's order: ("metrics.auc", "0.91")
};

[[nodiscard]] VersionText read_version_text(std::string_view text, const Manifest& manifest, BundleProblems& problems);

}  // namespace ringside::engine
