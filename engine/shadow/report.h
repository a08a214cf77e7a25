// A comparison's totals → what operators are told of it.
//
// Thread safety: pure. Cost: a logarithm a bin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/shadow/comparison.h"

namespace ringside::engine {

struct ShadowReport {
  struct Flip {
    std::string from, to;  // labels: current's, the shadow's
    std::uint64_t rows = 0;
  };
  struct ScorePsi {
    double psi = 0, noise = 0;  // of the shadow's scores against current's over the same rows: drift/psi.h
  };

  std::string current, shadow;
  ShadowInput input = ShadowInput::kFields;
  std::chrono::system_clock::time_point begun;
  DifferenceTotals totals;
  double mean_difference = 0;
  std::vector<Flip> flips;    // that happened, most rows first; empty of models with many classes
  std::vector<ScorePsi> psi;  // a value each; none where it is not known how to divide the scores
};

[[nodiscard]] ShadowReport shadow_report(const ShadowComparison& comparison);

}  // namespace ringside::engine
