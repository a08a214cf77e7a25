#include "engine/bundle/file_set.h"

#include <algorithm>

namespace ringside::engine {
namespace {

constexpr const char* kNeeded[] = {"feature_schema.yaml", "golden.jsonl", "preprocess.json", "version.txt"};

std::string bytes_text(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

void check_listing(const BundleDirectory& directory, const Manifest& manifest, BundleProblems& problems) {
  const auto names = directory.list();
  if (!names) return problems.push_back(names.error());
  for (const std::string& name : *names) {
    if (name == kManifestFile || manifest.lists(name)) continue;
    // Also opens it, so that a link or folder is called by its name.
    const auto bytes = directory.size(name);
    if (name == kSignatureFile && bytes) continue;
    problems.push_back(bytes
                           ? BundleProblem{name, "", 0, "only files that manifest.json lists", "a file of " + bytes_text(*bytes)}
                           : bytes.error());
  }
}

}  // namespace

std::optional<ScratchText> read_listed_file(const BundleDirectory& directory, const ManifestFile& file, std::uint64_t bytes_max,
                                            BundleProblems& problems) {
  const auto refuse = [&](BundleProblem problem) {
    problems.push_back(std::move(problem));
    return std::nullopt;
  };
  const auto size = directory.size(file.path);
  if (!size) return refuse(size.error());
  if (*size != file.bytes) return refuse({file.path, "", 0, bytes_text(file.bytes) + " (manifest.json)", bytes_text(*size)});
  auto bytes = directory.read(file.path, bytes_max);
  if (!bytes) return refuse(bytes.error());
  if (const std::string found = sha256_hex(*bytes); found != file.sha256) {
    return refuse({file.path, "", 0, "sha256 " + file.sha256 + " (manifest.json)", "sha256 " + found});
  }
  return *std::move(bytes);
}

FileSet FileSet::read(const BundleDirectory& directory, const Manifest& manifest, std::uint64_t bytes_max,
                      BundleProblems& problems) {
  FileSet set;
  check_listing(directory, manifest, problems);
  for (const ManifestFile& file : manifest.files) {
    if (auto bytes = read_listed_file(directory, file, bytes_max, problems)) set.files_.emplace(file.path, *std::move(bytes));
  }
  const auto need = [&](const std::string& path) {
    if (!manifest.lists(path)) problems.push_back({kManifestFile, "files", 0, "an entry for " + path, "none"});
  };
  for (const char* path : kNeeded) need(path);
  if (!manifest.model_file.empty()) need(manifest.model_file);
  return set;
}

}  // namespace ringside::engine
