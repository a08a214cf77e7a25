#include "tools/ship/cursor.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "client_lib/base/durable_file.h"

namespace ringside::ship {
namespace {

constexpr int kVersion = 1;

Cursor from_json(const nlohmann::json& document) {
  Cursor cursor;
  document.at("journal").get_to(cursor.journal);
  document.at("sink").get_to(cursor.sink);
  document.at("file").get_to(cursor.position.file);
  document.at("offset").get_to(cursor.position.offset);
  document.at("sink_state").get_to(cursor.sink_state);
  document.at("rows").get_to(cursor.rows);
  document.at("batches").get_to(cursor.batches);
  document.at("dead_letters").get_to(cursor.dead_letters);
  document.at("missing_records").get_to(cursor.missing_records);
  document.at("lost_files").get_to(cursor.losses.files);
  document.at("broken_bytes").get_to(cursor.losses.broken_bytes);
  document.at("rereads").get_to(cursor.losses.rereads);
  document.at("last_wall_ns").get_to(cursor.last_wall_ns);
  for (const auto& writer : document.at("writers"))
    cursor.writers[writer.at(0).get<std::uint16_t>()] = writer.at(1).get<std::uint64_t>();
  return cursor;
}

std::string lock_path(const std::string& state_dir) { return state_dir + "/lock"; }

}  // namespace

std::string cursor_path(const std::string& state_dir) { return state_dir + "/cursor.json"; }

Result<Cursor, std::string> load_cursor(const std::string& state_dir) {
  const std::string path = cursor_path(state_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return Cursor{};
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return fail(path + ": cannot be read");
  try {
    const auto document = nlohmann::json::parse(text.str());
    if (document.at("version") != kVersion) return fail(path + ": of another version of this program");
    return from_json(document);
  } catch (const nlohmann::json::exception& problem) {
    return fail(path + ": is no cursor (" + problem.what() +
                "). Without it everything is shipped again, which a store survives: remove it if that is wanted");
  }
}

Result<Done, std::string> save_cursor(const std::string& state_dir, const Cursor& cursor) {
  auto writers = nlohmann::json::array();
  for (const auto& [writer, sequence] : cursor.writers) writers.push_back({writer, sequence});
  const nlohmann::ordered_json document = {{"version", kVersion},
                                           {"journal", cursor.journal},
                                           {"sink", cursor.sink},
                                           {"file", cursor.position.file},
                                           {"offset", cursor.position.offset},
                                           {"sink_state", cursor.sink_state},
                                           {"rows", cursor.rows},
                                           {"batches", cursor.batches},
                                           {"dead_letters", cursor.dead_letters},
                                           {"missing_records", cursor.missing_records},
                                           {"lost_files", cursor.losses.files},
                                           {"broken_bytes", cursor.losses.broken_bytes},
                                           {"rereads", cursor.losses.rereads},
                                           {"last_wall_ns", cursor.last_wall_ns},
                                           {"writers", writers}};
  return base::replace_file(cursor_path(state_dir), document.dump() + "\n");
}

Result<base::UniqueFd, std::string> lock_state_dir(const std::string& state_dir) {
  std::error_code error;
  std::filesystem::create_directories(state_dir, error);
  if (error) return fail(state_dir + ": cannot be made: " + error.message());
  base::UniqueFd lock(open(lock_path(state_dir).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!lock) return fail(base::because(lock_path(state_dir), "cannot be opened"));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return fail(state_dir + ": another ringside-ship is at work here");
  return lock;
}

bool is_locked(const std::string& state_dir) {
  const base::UniqueFd lock(open(lock_path(state_dir).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return lock && flock(lock.get(), LOCK_SH | LOCK_NB) != 0;
}

}  // namespace ringside::ship
