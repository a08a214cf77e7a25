#include "engine/ledger/retention/holds.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>

#include "client_lib/base/durable_file.h"

namespace ringside::engine {
namespace {

using Json = nlohmann::ordered_json;

Json document(const Hold& hold) {
  return {{"id", hold.id}, {"from_ns", hold.from_ns},   {"to_ns", hold.to_ns},           {"reason", hold.reason},
          {"by", hold.by}, {"added_ns", hold.added_ns}, {"removed_ns", hold.removed_ns}, {"removed_by", hold.removed_by}};
}

Result<Done, std::string> write(const std::string& path, const std::vector<Hold>& holds) {
  Json list = Json::array();
  for (const Hold& hold : holds) list.push_back(document(hold));
  return base::replace_file(path, Json{{"holds", std::move(list)}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

Result<base::UniqueFd, std::string> Holds::lock() const {
  base::UniqueFd lock(open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  int done = -1;
  while (lock && (done = flock(lock.get(), LOCK_EX)) != 0 && errno == EINTR) {
  }
  if (!lock || done != 0) return fail(base::because(lock_path_, "cannot be locked"));
  return lock;
}

Result<std::vector<Hold>, std::string> Holds::read() const {
  std::vector<Hold> holds;
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return holds;
    return fail(base::because(path_, "cannot be read"));
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  try {
    const Json document = Json::parse(text);
    for (const Json& one : document.at("holds")) {
      holds.push_back({.id = one.at("id"),
                       .from_ns = one.at("from_ns"),
                       .to_ns = one.at("to_ns"),
                       .reason = one.at("reason"),
                       .by = one.at("by"),
                       .added_ns = one.at("added_ns"),
                       .removed_ns = one.at("removed_ns"),
                       .removed_by = one.at("removed_by")});
    }
  } catch (const Json::exception& error) {
    return fail(path_ + ": " + error.what() + "; next: mend it, nothing is deleted until then");
  }
  return holds;
}

Result<std::string, std::string> Holds::add(Hold hold) const {
  const auto locked = lock();
  if (!locked) return fail(locked.error());
  auto holds = read();
  if (!holds) return fail(holds.error());
  hold.id = "h" + std::to_string(holds->size() + 1);
  holds->push_back(hold);
  if (const auto written = write(path_, *holds); !written) return fail(written.error());
  return hold.id;
}

Result<bool, std::string> Holds::remove(const std::string& id, const std::string& by, std::uint64_t now_ns) const {
  const auto locked = lock();
  if (!locked) return fail(locked.error());
  auto holds = read();
  if (!holds) return fail(holds.error());
  for (Hold& hold : *holds) {
    if (hold.id != id || hold.removed_ns != 0) continue;
    hold.removed_ns = now_ns;
    hold.removed_by = by;
    if (const auto written = write(path_, *holds); !written) return fail(written.error());
    return true;
  }
  return false;
}

}  // namespace ringside::engine
