// The run as one page: latency over time with the operator's windows marked, and the numbers beside it.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "bench/switch/phase.h"

namespace ringside::bench {

[[nodiscard]] std::string page_of(const std::vector<Phase>& phases, const Tally& tally);

}  // namespace ringside::bench
