// A door on a socket of its own, with a roster, a reclaimer and a book of schemas that remembers. No worker runs: nobody is
// online, so grace periods pass at once.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>

#include "client_lib/base/sealed_memfd.h"
#include "engine/door/door.h"
#include "tests/support/door_visitor.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {

class DoorRig {
 public:
  static Door::Options options(const std::string& socket_path, int directory_fd) {
    return {.socket_path = socket_path,
            .task = "made",
            .engine_epoch = 77,
            .access = {},
            .limits = {.clients_max = 4, .channels_max = 4, .arena_bytes_max = 1 << 20, .rows_max = 300, .schemas_max = 2},
            .directory_fd = directory_fd,
            .directory_bytes = 4'096,
            .hello_within = std::chrono::milliseconds(2'000)};
  }

  explicit DoorRig(std::uint32_t workers = 2) : quiescence(workers), reclaimer(quiescence), roster(workers, reclaimer) {
    open(options(path(), directory.get()));
  }

  void open(Door::Options with) {
    door.reset();
    door = std::make_unique<Door>(std::move(with), roster, reclaimer,
                                  SchemaBook{.add = [this](ClientSchema schema) -> Result<Done, std::string> {
                                               const std::lock_guard lock(mutex_);
                                               if (schema.columns.front().name == "refuse me")
                                                 return fail(std::string("the book refuses"));
                                               ++users_[schema.hash];
                                               return Done{};
                                             },
                                             .drop =
                                                 [this](std::uint64_t hash) {
                                                   const std::lock_guard lock(mutex_);
                                                   if (--users_[hash] == 0) users_.erase(hash);
                                                 }});
    const auto started = door->start();
    if (!started) throw std::runtime_error(started.error());
  }

  // Looks at a worker's seating as that worker does: online, so that it is not freed meanwhile.
  template <class Look>
  auto seating_of(std::uint32_t worker, const Look& look) {
    auto reader = quiescence.reader(worker);
    reader.online();
    auto seen = look(roster.seating(worker).channels);
    reader.offline();
    return seen;
  }
  [[nodiscard]] std::size_t channels_of(std::uint32_t worker) {
    return seating_of(worker, [](const ChannelSet& channels) { return channels.size(); });
  }

  [[nodiscard]] std::string path() const { return folder.path() + "/data.sock"; }
  [[nodiscard]] std::map<std::uint64_t, int> schema_users() {
    const std::lock_guard lock(mutex_);
    return users_;
  }
  // Everything of departed clients is gone.
  void wait_until_empty() {
    test::wait_until([&] { return door->clients().empty() && reclaimer.waiting() == 0; });
  }

  test::Watchdog watchdog;
  test::TemporaryFolder folder;
  base::UniqueFd directory{std::move(*base::make_sealed_memfd("test-directory", 4'096))};
  Quiescence quiescence;
  Reclaimer reclaimer;
  Roster roster;

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, int> users_;

 public:
  std::unique_ptr<Door> door;  // last: stops first
};

[[nodiscard]] inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

// Mappings of segments and pages in this process.
[[nodiscard]] inline int segment_mappings() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) {
    const bool ours =
        line.find("memfd:ringside-segment") != std::string::npos || line.find("memfd:ringside-page") != std::string::npos;
    count += ours ? 1 : 0;
  }
  return count;
}

}  // namespace ringside::engine
