// Rows that a store will never take, each with its reason: <state>/dead_letters.jsonl.
//
//   {"at":"…Z","reason":"22P05: unsupported Unicode escape sequence","file":3,"record":{…}}
//
// Bounded: when the file is full, nothing is thrown away; shipping stands still and says so until somebody has taken the file away (mv is
// enough: it is opened anew for each letter). After a crash a letter may be there twice; its record's key tells.
//
// Thread safety: one thread. Cost: fdatasync a letter; they are rare.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ringside/result.h>

namespace ringside::ship {

class DeadLetters {
 public:
  DeadLetters(const std::string& state_dir, std::uint64_t bytes_max)
      : path_(state_dir + "/dead_letters.jsonl"), bytes_max_(bytes_max) {}

  // `record`: the row as JSON, or empty where it could not be read. `file`, `end`: the journal file, and where in it the batch or record ends.
  // Error: full, or the disk's; nothing was added.
  Result<Done, std::string> add(std::string_view reason, std::string_view record, std::uint64_t file, std::uint64_t end);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  std::uint64_t bytes_max_;
};

}  // namespace ringside::ship
