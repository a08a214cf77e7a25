// Every bundle known, by the name of its directory: where it is, in which state, and why. A plain value under the lock of Versions.
//
// Transitions (kAllowed below is the only place that says so):
//
//   found ──▶ loading ──▶ verifying ──▶ resident ──▶ retiring ──▶ gone
//     ▲          │            │                                     │
//     └──────────┴── failed ◀─┘  (tried again)        found ◀───────┘ (its directory is there again)
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client_lib/base/check.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/loader.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

inline constexpr std::array kAllowed{
    std::pair{LoadState::kFound, LoadState::kLoading},     std::pair{LoadState::kLoading, LoadState::kVerifying},
    std::pair{LoadState::kLoading, LoadState::kFailed},    std::pair{LoadState::kVerifying, LoadState::kResident},
    std::pair{LoadState::kVerifying, LoadState::kFailed},  std::pair{LoadState::kFailed, LoadState::kLoading},
    std::pair{LoadState::kResident, LoadState::kRetiring}, std::pair{LoadState::kRetiring, LoadState::kGone},
    std::pair{LoadState::kGone, LoadState::kFound},        std::pair{LoadState::kFound, LoadState::kGone},
    std::pair{LoadState::kFailed, LoadState::kGone},
};

constexpr bool may_become(LoadState from, LoadState to) noexcept {
  return std::ranges::any_of(kAllowed, [&](const auto& edge) { return edge.first == from && edge.second == to; });
}

struct CatalogEntry {
  LoadState state = LoadState::kFound;
  std::string version;  // as its manifest says; empty: not known, or another directory's
  std::string directory;
  std::shared_ptr<const Bundle> bundle;
  std::vector<BundleProblem> problems;
  bool foreign = false;  // failed because it belongs to another task

  void become(LoadState next) {
    RINGSIDE_CHECK(may_become(state, next));
    state = next;
  }
};

// Why it failed; empty: it did not.
[[nodiscard]] inline std::string reason_of(const CatalogEntry& entry) {
  if (entry.problems.empty()) return {};
  return (entry.foreign ? "foreign: " : "") + entry.problems.front().text();
}

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
