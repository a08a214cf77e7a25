// Legal holds: spans of time whose records retention must not delete, however old or large the journal is.
//
//   <state-dir>/<task>/holds.json   what is held, why, by whom; also what is not any more. Written whole, by `ringside audit hold`.
//
// Whoever adds a hold waits while a file is being deleted, so that once add() has returned, nothing of its span goes.
//
// Thread safety: between processes, by a lock of the file. A broken file is an error, and an error deletes nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {

struct Hold {
  std::string id;                                                               // h1, h2, …
  std::uint64_t from_ns = 0, to_ns = std::numeric_limits<std::int64_t>::max();  // [from, to) of CLOCK_REALTIME
  std::string reason, by;
  std::uint64_t added_ns = 0, removed_ns = 0;  // removed 0: it holds
  std::string removed_by = {};

  [[nodiscard]] bool holds(std::uint64_t oldest_ns, std::uint64_t newest_ns) const noexcept {
    return removed_ns == 0 && oldest_ns < to_ns && newest_ns >= from_ns;
  }
};

class Holds {
 public:
  explicit Holds(const std::string& state_folder)
      : path_(state_folder + "/holds.json"), lock_path_(state_folder + "/holds.lock") {}

  // Until it is closed nobody adds or removes one. Error: the system refused.
  [[nodiscard]] Result<base::UniqueFd, std::string> lock() const;
  // All, in the order of adding. No file: none. Error: it cannot be read, or is not what this writes.
  [[nodiscard]] Result<std::vector<Hold>, std::string> read() const;
  // Takes the lock. add() gives its id; remove(): false: none of that id holds.
  Result<std::string, std::string> add(Hold hold) const;
  Result<bool, std::string> remove(const std::string& id, const std::string& by, std::uint64_t now_ns) const;

 private:
  std::string path_, lock_path_;
};

}  // namespace ringside::engine
