// How much memory a process keeps after many loads and retirements, by the road that an operator's switches take: load, verify, publish,
// retire, reclaim.
#pragma once

#include <cstddef>

namespace ringside::test {

struct LoadMemory {
  std::size_t first_kb = 0;  // resident, anonymous, after `first` loads
  std::size_t last_kb = 0;   // and after `last`
  std::size_t loads = 0, retirements = 0;
};

// Of the example bundle under ten names, of which half fit the limit: a switch to the next one loads it and sets one aside.
// `use_reference`: the XGBoost library checks golden rows, too.
[[nodiscard]] LoadMemory memory_after_loads(std::size_t first, std::size_t last, bool use_reference = false);

}  // namespace ringside::test
