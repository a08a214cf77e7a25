// manifest.json: what a bundle is, what it was made with, and the size and hash of every other file in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/bundle/problem.h"

namespace ringside::engine {

inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kLightgbmFile = "model.txt";      // the model of a LightGBM bundle
inline constexpr const char* kSignatureFile = "manifest.sig";  // optional; the only file that the manifest does not list
inline constexpr std::uint64_t kManifestBytesMax = 16u << 20;

struct ManifestFile {
  std::string path;  // a plain name: no folders
  std::uint64_t bytes = 0;
  std::string sha256;  // hex
};

// A step of preprocess.json that is not bit-exact.
struct InexactStep {
  std::uint64_t step = 0;  // its place among the steps
  std::string what;        // the class that was fitted
  std::uint64_t ulp = 0;   // the measured bound, in units in the last place
};

struct Manifest {
  std::string version, task, created;
  std::vector<std::pair<std::string, std::string>> packages;
  std::string libm_name, libm_version;
  bool libm_fma = false;
  std::vector<InexactStep> inexact;  // by step
  std::string model_file;            // model.json, model.ubj or kLightgbmFile
  std::vector<ManifestFile> files;   // sorted by path
  std::string sha256;                // of the manifest itself

  [[nodiscard]] bool lists(std::string_view path) const noexcept;
};

// A manifest of what could be read; use it only if no problem was added.
[[nodiscard]] Manifest read_manifest(std::string_view text, BundleProblems& problems);

// <task>_vX.Y.Z or <task>_yyyyMMdd[.N]
[[nodiscard]] bool is_usual_version(std::string_view version, std::string_view task);

// "glibc 2.36 with FMA": the library whose expf the values depend on.
[[nodiscard]] std::string libm_of(const Manifest& manifest);
[[nodiscard]] std::string libm_of_this_host();

}  // namespace ringside::engine
