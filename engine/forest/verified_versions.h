// The XGBoost releases whose files are reproduced here bit for bit, each with the library that it was verified against.
//
// A release enters the table together with tests that hold its semantics; until then its files are refused, because the same
// numbers mean different scores in different releases (base_score, DART weights, vector leaves: README.md).
#pragma once

#include <array>
#include <optional>
#include <string>

#include "engine/forest/model.h"

namespace ringside::engine {

struct VerifiedVersions {
  int major;
  int minor;              // Every patch release; where one of them differs, release_rules.h and objective.cc know.
  const char* reference;  // Whose bits the tests compare with.
};

inline constexpr std::array kVerifiedVersions{
    VerifiedVersions{1, 2, "vectors of 1.2.1"},
    VerifiedVersions{1, 3, "vectors of 1.3.3"},
    VerifiedVersions{1, 5, "vectors of 1.5.2"},
    VerifiedVersions{1, 6, "vectors of 1.6.2"},
    VerifiedVersions{1, 7, "vectors of 1.7.6; libxgboost 1.7.4, Debian 12"},
    VerifiedVersions{2, 0, "vectors of 2.0.3"},
    VerifiedVersions{2, 1, "vectors of 2.1.4"},
    VerifiedVersions{3, 0, "vectors of 3.0.5"},
    VerifiedVersions{3, 1, "vectors of 3.1.3"},
    VerifiedVersions{3, 2, "vectors of 3.2.0"},
    VerifiedVersions{3, 3, "vectors of 3.3.0"},
    VerifiedVersions{3, 4, "vectors of 3.4.1"},
};

[[nodiscard]] constexpr bool is_verified(const BoosterVersion& version) noexcept {
  for (const VerifiedVersions& verified : kVerifiedVersions) {
    if (version.major == verified.major && version.minor == verified.minor) return true;
  }
  return false;
}

[[nodiscard]] inline std::string release_text(const BoosterVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

// nullopt for a verified release; otherwise what is wrong with it.
[[nodiscard]] inline std::optional<ModelError> refuse_unverified(const BoosterVersion& version) {
  if (is_verified(version)) return std::nullopt;
  std::string known;
  for (const VerifiedVersions& verified : kVerifiedVersions) {
    known += (known.empty() ? "" : ", ") + std::to_string(verified.major) + "." + std::to_string(verified.minor);
  }
  return ModelError{"version", "a release of XGBoost that is verified here (" + known + ")", release_text(version)};
}

}  // namespace ringside::engine
