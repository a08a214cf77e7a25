// One client's whole life, in stages: connect and resolve; submit; wait; submit a batch and cancel it; submit and poll; close.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ringside/schema.h>

namespace ringside::testing {

// Runs in a forked child, and marks its stages (traced_life.h). 0: every answer was Python's.
[[nodiscard]] int live_as_client(const std::string& run_dir, const std::vector<FieldDecl>& fields);

inline constexpr std::uint32_t kClientStages = 7;  // marks in it
inline constexpr std::uint32_t kSubmitStage = 3, kWaitStage = 4;

}  // namespace ringside::testing
