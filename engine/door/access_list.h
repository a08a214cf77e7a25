// Who may connect: users and groups by the kernel's word (SO_PEERCRED), never by the peer's own.
//
// Empty lists: root and the engine's own user. Ids that the kernel could not map into our namespace (overflow ids) are refused.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace ringside::engine {

struct AccessList {
  std::vector<uid_t> users;
  std::vector<gid_t> groups;

  [[nodiscard]] bool allows(uid_t uid, gid_t gid) const noexcept {
    if (uid == kOverflowId || gid == kOverflowId) return false;
    if (uid == 0 || uid == geteuid()) return true;
    return std::ranges::find(users, uid) != users.end() || std::ranges::find(groups, gid) != groups.end();
  }

 private:
  static constexpr unsigned kOverflowId = 65'534;  // what an unmapped id of another user namespace looks like
};

}  // namespace ringside::engine
