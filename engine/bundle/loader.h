// A bundle directory → a verified Bundle, or everything that is wrong with it.
//
//   open by descriptor → manifest (and its signature) → listing → each file once (size, sha256) → schema, plan, forest → golden replay → reference
//
// Nothing outside the directory is read but trusted keys, no link is followed, nothing is executed. Any problem leaves no trace but the list of
// problems.
// Thread safety: functions are free and re-entrant. Cost: milliseconds to seconds; runs on the loader thread or in `ringside
// check`.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string>

#include <ringside/result.h>

#include "engine/bundle/bundle.h"
#include "engine/bundle/problem.h"
#include "engine/bundle/signature.h"

namespace ringside::engine {

struct LoadOptions {
  std::string expected_task;  // empty: any. Another task's bundle is a problem with key "task_name" (state failed(foreign))
  bool use_reference = true;  // let the XGBoost library check golden rows where its version is trusted
  std::uint64_t bytes_max = std::uint64_t{4} << 30;  // of one file; a larger one is refused before it is read
  bool lock_memory = false;                          // keep the region from being swapped out; where that fails, a warning
  SignatureMode signature = SignatureMode::kOff;
  std::string trusted_keys = {};  // read_public_keys(); needed unless kOff
  // Where files, documents and unpacked trees lie until the load has ended (region/scratch.h); null: on the heap. Nothing in it is needed after.
  std::pmr::memory_resource* scratch = nullptr;
};

[[nodiscard]] Result<std::unique_ptr<Bundle>, BundleProblems> load_bundle(const std::string& directory,
                                                                          const LoadOptions& options);

// Only what `models/` scanning needs: version and task from manifest.json, without loading. Fails like load_bundle.
struct BundleIdentity {
  std::string version, task, manifest_sha256;
};
[[nodiscard]] Result<BundleIdentity, BundleProblems> identify_bundle(const std::string& directory);

// That and the schema, its size and hash checked: what callers may send, before the bundle is loaded. Cost: two small files are read.
struct BundleOutline {
  BundleIdentity identity;
  InputSchema schema;
};
[[nodiscard]] Result<BundleOutline, BundleProblems> outline_bundle(const std::string& directory);

}  // namespace ringside::engine
