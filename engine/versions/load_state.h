// Where a bundle stands between its directory and the traffic table, and the one table that says what may follow what:
//
//   found ──▶ loading ──▶ verifying ──▶ resident ──▶ retiring ──▶ gone
//     ▲          │            │                                     │
//     └──────────┴── failed ◀─┘  (tried again)        found ◀───────┘ (its directory is there, still or again)
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace ringside::engine {

enum class LoadState : std::uint8_t { kFound, kLoading, kVerifying, kResident, kRetiring, kGone, kFailed };

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

constexpr std::string_view name(LoadState state) noexcept {
  constexpr std::string_view kNames[] = {"found", "loading", "verifying", "resident", "retiring", "gone", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace ringside::engine
