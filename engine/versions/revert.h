// What a guard does to the roles: ends a canary, or goes back to the version before a switch. Published at once, on the caller's thread: it must
// not wait for a load.
//
// Thread safety: from any thread. What the loader thread publishes meanwhile is neither lost nor undone: only the version that was named goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/traffic/publisher.h"

namespace ringside::engine {

inline constexpr std::string_view kGuardActor = "guard";  // in the history

struct RevertRequest {
  enum class What : std::uint8_t { kCanary, kSwitch } what = What::kCanary;
  std::string version;  // that is to go: the canary, or the current version
  std::string reason, actor;
};

struct Reverted {
  bool done = false;  // else the roles are as they were
  std::string to;     // of kSwitch: who answers now; empty: nobody else
  std::string message;
};

[[nodiscard]] Reverted revert_roles(TrafficPublisher& traffic, const RevertRequest& request);

}  // namespace ringside::engine
