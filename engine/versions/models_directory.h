// models/ as the engine sees it: one directory a version, and the link `current`.
//
// Thread safety: free functions over the file system. Errors are texts that say what to do.
#pragma once

#include <string>
#include <vector>

#include <ringside/result.h>

namespace ringside::engine {

// A name that a bundle's directory in models/ may have: a safe one (engine/bundle/bundle_directory.h) and not `current`. Others are not
// looked into: a name from an operator never leaves models/.
[[nodiscard]] bool is_version_name(const std::string& name);

// The names of all directories that could be bundles, sorted. `current` and other links are not among them. Error: models/ cannot be read.
[[nodiscard]] Result<std::vector<std::string>, std::string> list_versions(const std::string& models_directory);

// Is this a directory, and not a link to one? An error is a no.
[[nodiscard]] bool is_version_directory(const std::string& path);

// Points models/current at `version`, in one rename: readers see the old or the new, never neither.
[[nodiscard]] Result<Done, std::string> move_current(const std::string& models_directory, const std::string& version);

}  // namespace ringside::engine
