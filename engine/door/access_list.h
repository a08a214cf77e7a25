// Who may connect: users and groups by the kernel's word (SO_PEERCRED), never by the peer's own.
//
// Empty lists: root and the engine's own user. Ids that the kernel could not map into our namespace (overflow ids) are refused.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

namespace ringside::engine {

struct AccessList {
  std::vector<uid_t> users;
  std::vector<gid_t> groups;

  // `supplementary`: the peer's further groups (SO_PEERGROUPS): a service is usually let in through one of those.
  [[nodiscard]] bool allows(uid_t uid, gid_t gid, std::span<const gid_t> supplementary = {}) const noexcept {
    if (uid == kOverflowId || gid == kOverflowId) return false;
    if (uid == 0 || uid == geteuid()) return true;
    if (std::ranges::find(users, uid) != users.end()) return true;
    const auto listed = [this](gid_t group) { return group != kOverflowId && std::ranges::find(groups, group) != groups.end(); };
    return listed(gid) || std::ranges::any_of(supplementary, listed);
  }

  // Whether anybody is let in beside root and the engine's own user.
  [[nodiscard]] bool names_others() const noexcept { return !users.empty() || !groups.empty(); }

 private:
  static constexpr unsigned kOverflowId = 65'534;  // what an unmapped id of another user namespace looks like
};

}  // namespace ringside::engine
