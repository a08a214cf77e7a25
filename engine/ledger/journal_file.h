// One journal file (schemas/journal/file.h) as the recorder writes it, and what is to be known of the newest one at a start.
//
// Thread safety: one owner; sync() may run beside append(). Errors carry the name and the system's words; nothing of a failed write counts as written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"
#include "engine/ledger/chain/chain.h"
#include "engine/ledger/disk.h"
#include "engine/ledger/retention/expired_files.h"
#include "schemas/journal/file.h"

namespace ringside::engine {

class JournalFile {
 public:
  JournalFile() = default;

  static std::string name(std::uint64_t number);
  // Makes the file, 0640, header and `first` records in it; continues the chain of `before`, or, where that is null, of the newest file in the
  // folder, which is then read. Error: there is one of that name, or the system refused.
  static Result<JournalFile, std::string> make(const std::string& folder, const journal::FileHeader& header,
                                               std::span<const std::byte> first, const JournalFile* before = nullptr, Disk& disk = Disk::real());

  // At the end; all or nothing: after an error the next append() begins at the same place. Closes the chain's block first where it is due:
  // every MiB, and where a second has passed.
  Result<Done, std::string> append(std::span<const std::byte> records);
  Result<Done, std::string> sync();

  [[nodiscard]] bool is_open() const noexcept { return file_.valid(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t created_ns() const noexcept { return created_ns_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  Result<Done, std::string> write(std::span<const std::byte> bytes);

  Disk* disk_ = &Disk::real();
  base::UniqueFd file_;
  std::string path_;
  bool is_named_ = false;  // its name is on the disk; sync() alone looks at it
  std::uint64_t bytes_ = 0, created_ns_ = 0;
  std::optional<ChainLinks> chain_;
  std::uint32_t epoch_ = 0;
  std::uint64_t block_began_ns_ = 0;  // monotonic
};

// The last file of a folder.
struct NewestFile {
  std::uint64_t number = 0;                                               // 0: there is none
  std::uint32_t epoch = 0;                                                // the largest that it names
  std::map<std::uint16_t, std::pair<std::uint32_t, std::uint64_t>> last;  // writer → epoch and sequence of its last record here
  ExpiredFiles expired = {};                                              // as the newest files say
};
// Error: the folder or the file cannot be read.
[[nodiscard]] Result<NewestFile, std::string> read_newest(const std::string& folder);

}  // namespace ringside::engine
