#include "tools/ship/ship_status.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tools/ship/cursor.h"
#include "tools/ship/journal_follower.h"
#include "tools/ship/row.h"

namespace ringside::ship {
namespace {

using Json = nlohmann::ordered_json;

std::string activity_path(const std::string& state_dir) { return state_dir + "/activity.json"; }

Json time_or_null(std::uint64_t wall_ns) { return wall_ns == 0 ? Json() : Json(timestamp_text(wall_ns)); }

// Bytes and files of the journal behind the cursor.
struct Lag {
  std::uint64_t bytes = 0, files = 0;
  std::uint64_t newest_ns = 0;  // when something was last written
};

Lag lag_of(const ShipConfig& config, const Position& position) {
  Lag lag;
  const auto numbers = journal_files(config.journal);
  if (!numbers) return lag;
  for (const std::uint64_t number : *numbers) {
    struct stat status {};
    if (number < position.file || stat(journal_file_path(config.journal, number).c_str(), &status) != 0) continue;
    const std::uint64_t done = number == position.file ? std::max<std::uint64_t>(position.offset, sizeof(journal::FileHeader))
                                                       : sizeof(journal::FileHeader);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    lag.bytes += size - std::min(size, done);
    lag.files += size > done ? 1 : 0;
    lag.newest_ns = std::max(lag.newest_ns, static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                                                static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
  }
  return lag;
}

}  // namespace

void write_activity(const std::string& state_dir, const Activity& activity) {
  const Json document = {{"state", activity.state},           {"waiting_rows", activity.waiting_rows},
                         {"retries", activity.retries},       {"tries", activity.tries},
                         {"last_error", activity.last_error}, {"last_error_at", time_or_null(activity.last_error_ns)}};
  const std::string path = activity_path(state_dir), fresh = path + ".new";
  std::ofstream(fresh) << document.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  static_cast<void>(std::rename(fresh.c_str(), path.c_str()));
}

Result<std::string, std::string> status_json(const ShipConfig& config) {
  const auto cursor = load_cursor(config.state);
  if (!cursor) return fail(cursor.error());
  const Lag lag = lag_of(config, cursor->position);
  const bool is_running = is_locked(config.state);
  std::stringstream text;
  text << std::ifstream(activity_path(config.state)).rdbuf();
  const Json activity = Json::parse(text.str(), nullptr, false);
  // 0 when nothing waits: an idle engine is no lag. Else from the last record that arrived to what the journal has now.
  const double behind = lag.bytes == 0 || cursor->last_wall_ns == 0 || lag.newest_ns <= cursor->last_wall_ns
                            ? 0.0
                            : static_cast<double>(lag.newest_ns - cursor->last_wall_ns) / 1e9;
  const Json document = {{"running", is_running},
                         {"journal", config.journal},
                         {"sink", cursor->sink},
                         {"file", cursor->position.file},
                         {"offset", cursor->position.offset},
                         {"lag_bytes", lag.bytes},
                         {"lag_files", lag.files},
                         {"lag_seconds", behind},
                         {"last_record_at", time_or_null(cursor->last_wall_ns)},
                         {"rows", cursor->rows},
                         {"batches", cursor->batches},
                         {"dead_letters", cursor->dead_letters},
                         {"missing_records", cursor->missing_records},
                         {"lost_files", cursor->losses.files},
                         {"broken_bytes", cursor->losses.broken_bytes},
                         {"rereads", cursor->losses.rereads},
                         {"activity", is_running && activity.is_object() ? activity : Json()}};
  return document.dump() + "\n";
}

}  // namespace ringside::ship
