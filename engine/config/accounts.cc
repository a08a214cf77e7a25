#include "engine/config/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <charconv>
#include <optional>

namespace ringside::engine {
namespace {

std::optional<unsigned> as_number(const std::string& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<unsigned> user_id(const std::string& name) {
  const passwd* entry = getpwnam(name.c_str());
  return entry == nullptr ? std::nullopt : std::optional<unsigned>(entry->pw_uid);
}

std::optional<unsigned> group_id(const std::string& name) {
  const group* entry = getgrnam(name.c_str());
  return entry == nullptr ? std::nullopt : std::optional<unsigned>(entry->gr_gid);
}

// Appends what it finds to `ids`, what it does not to `problems`.
void resolve(const char* key, const std::vector<std::string>& names, std::optional<unsigned> (*look_up)(const std::string&),
             std::vector<unsigned>& ids, std::string& problems) {
  for (const std::string& name : names) {
    std::optional<unsigned> id = as_number(name);
    if (!id) id = look_up(name);
    if (id) {
      ids.push_back(*id);
    } else {
      problems += (problems.empty() ? "" : "\n") + std::string(key) + ": this host knows no '" + name + "'";
    }
  }
}

}  // namespace

Result<AccessIds, std::string> resolve_access(const EngineConfig::Access& access) {
  AccessIds ids;
  std::string problems;
  resolve("access.data.users", access.data_users, user_id, ids.data_users, problems);
  resolve("access.data.groups", access.data_groups, group_id, ids.data_groups, problems);
  resolve("access.admin.users", access.admin_users, user_id, ids.admin_users, problems);
  if (!problems.empty()) return fail(std::move(problems));
  return ids;
}

}  // namespace ringside::engine
