// Every bundle known, by the name of its directory: where it is, in which state, and why. A plain value under the lock of Versions.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client_lib/base/check.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/loader.h"
#include "engine/versions/load_state.h"

namespace ringside::engine {

struct CatalogEntry {
  LoadState state = LoadState::kFound;
  std::string version;  // as its manifest says; empty: not known, or another directory's
  std::string directory;
  std::shared_ptr<const Bundle> bundle;
  std::vector<BundleProblem> problems;
  bool foreign = false;     // failed because it belongs to another task
  std::string note;         // what an operator should know while nothing failed: what it waits for, or that its directory is gone
  std::uint64_t tried = 0;  // directory_stamp() of the last load: an unchanged directory is not tried again by itself
  bool set_aside = false;   // retired to make room: only a switch loads it again
  std::weak_ptr<const Bundle> leaving;               // retiring: until workers, admin and pins let go of it
  std::uint64_t seen = 0;                            // directory_stamp() of the last look
  std::chrono::steady_clock::time_point seen_since;  // that it looks so
  std::chrono::system_clock::time_point found_at = std::chrono::system_clock::now(), resident_at;

  void become(LoadState next) {
    RINGSIDE_CHECK(may_become(state, next));
    state = next;
  }
};

using Catalog = std::map<std::string, CatalogEntry>;  // by the directory's name

// The directory that holds `version`, or that is itself called so; end(): none.
inline Catalog::const_iterator find_version(const Catalog& catalog, const std::string& version) {
  const auto holds = [&](const auto& pair) { return pair.second.version == version && pair.second.state != LoadState::kGone; };
  const auto found = std::ranges::find_if(catalog, holds);
  if (found != catalog.end()) return found;
  const auto named = catalog.find(version);
  return named != catalog.end() && named->second.state != LoadState::kGone ? named : catalog.end();
}

}  // namespace ringside::engine
