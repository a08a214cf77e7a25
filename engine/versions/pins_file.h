// Pins on disk, <state-dir>/<task>/pins.tsv: changes are appended, a batch at a time, so that one pin among a million costs one line.
//
//   ringside pins 1                              the first line: the format
//   key<TAB>u37201<TAB>loan_default_v1.1.0       pinned
//   tag<TAB>segment=vip<TAB>loan_default_v1.1.0
//   key<TAB>u37201                               no longer
//   commit 3                                     ends a batch, with its number of lines; a batch without it never happened
//
// In texts \t, \n, \r and \\ stand for themselves escaped. Once most lines are out of date, the file is written anew, beside and renamed.
//
// Thread safety: one thread at a time. Cost: keep() waits for the disk; memory for the texts of a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/traffic/pins.h"

namespace ringside::engine {

class PinsFile {
 public:
  explicit PinsFile(std::string task_state_dir);

  // What was pinned last. No file: nothing. A batch that a crash cut off is dropped. Error: the file cannot be read or is not what this wrote:
  // path, line, what to do.
  Result<std::shared_ptr<const Pins>, std::string> read();

  // Synced when it returns. `now`: the pins after `changes`; what an error leaves undone is made good by the next keep().
  Result<Done, std::string> keep(const Pins& now, const std::vector<PinChange>& changes);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  Result<Done, std::string> write_anew(const Pins& now);
  Result<Done, std::string> append(const std::vector<PinChange>& changes);

  std::string path_;
  std::uint64_t good_bytes_ = 0;  // up to the last commit
  std::uint64_t lines_ = 0;       // of pins, in force or not
  bool whole_ = false;            // what is on disk is known and current: may be appended to
};

}  // namespace ringside::engine
