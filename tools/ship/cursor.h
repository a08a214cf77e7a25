// How far one sink is: written whole and synced after every batch, read at a start. And the lock that makes it one process's.
//
// Between a batch's arrival in the store and the cursor's on disk lies the moment in which a crash makes the batch come again.
//
// Thread safety: one thread; another process may read the file at any time. Cost: two fsync a save.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"
#include "tools/ship/journal_follower.h"

namespace ringside::ship {

struct Cursor {
  std::string journal, sink;  // whose it is: another configuration's is refused
  Position position;
  std::string sink_state;
  // Since the cursor was made:
  std::uint64_t rows = 0, batches = 0, dead_letters = 0;
  std::uint64_t missing_records = 0;  // sequence numbers that no record had
  Losses losses;
  std::uint64_t last_wall_ns = 0;                  // of the last record that arrived
  std::map<std::uint16_t, std::uint64_t> writers;  // the last sequence of each, up to the position
};

[[nodiscard]] std::string cursor_path(const std::string& state_dir);
// A new one where there is no file. Error: it cannot be read, or is not whole.
[[nodiscard]] Result<Cursor, std::string> load_cursor(const std::string& state_dir);
[[nodiscard]] Result<Done, std::string> save_cursor(const std::string& state_dir, const Cursor& cursor);

// Held until it closes. Error: another process has it, or the folder cannot be made.
[[nodiscard]] Result<base::UniqueFd, std::string> lock_state_dir(const std::string& state_dir);
[[nodiscard]] bool is_locked(const std::string& state_dir);

}  // namespace ringside::ship
