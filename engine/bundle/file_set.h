// The verified bytes of a bundle: exactly the files that the manifest lists, each read once, its size and SHA-256 right.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {

// One listed file. Size or SHA-256 other than the manifest's, or more than bytes_max bytes: a problem, and nullopt.
[[nodiscard]] std::optional<ScratchText> read_listed_file(const BundleDirectory& directory, const ManifestFile& file,
                                                          std::uint64_t bytes_max, BundleProblems& problems);

class FileSet {
 public:
  // Names every file that is missing, extra, altered, truncated, a link or a directory, and every one that the engine needs and
  // the manifest does not list.
  [[nodiscard]] static FileSet read(const BundleDirectory& directory, const Manifest& manifest, std::uint64_t bytes_max,
                                    BundleProblems& problems);

  // REQUIRES: read() added no problem and the file is listed.
  [[nodiscard]] std::string_view bytes(const std::string& path) const { return files_.at(path); }
  [[nodiscard]] bool has(const std::string& path) const { return files_.contains(path); }

 private:
  std::map<std::string, ScratchText> files_;
};

}  // namespace ringside::engine
