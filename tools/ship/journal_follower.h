// The records of a journal folder in their order, from a position on, while the recorder goes on appending.
//
//   JournalFollower follower(folder, cursor.position);
//   while (const auto item = follower.next()) {     // none: nothing more for now
//     if (*item) use((*item)->record, (*item)->header, follower.versions());
//   }
//   follower.position()     behind the last record that next() gave
//
// Reads files and takes no lock, so an engine never notices. A file is finished once a newer one exists and nothing more came after that
// was seen. What a failed append of the recorder left and took back (it cuts the file, and writes again) is noticed as a position that is no
// record's begin any more: the file is then read again from its start, for a store takes a record twice but not never.
//
// Thread safety: one thread. Memory: one piece of a file, 1 MiB or the largest record (16 MiB at most), and one file's version names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "schemas/journal/file.h"
#include "schemas/journal/file_bytes.h"
#include "schemas/journal/record_view.h"
#include "tools/ship/version_names.h"

namespace ringside::ship {

struct Position {
  std::uint64_t file = 0;    // its number; 0: before the oldest file there is
  std::uint64_t offset = 0;  // in that file; below the header's end: at its start
  bool operator==(const Position&) const = default;
};

// What the journal did not have, although it should have.
struct Losses {
  std::uint64_t files = 0;         // removed before they were read
  std::uint64_t broken_bytes = 0;  // behind the last whole record of finished files: what a power cut left
  std::uint64_t rereads = 0;       // files read again from their start
};

struct JournalItem {
  journal::Record record;  // prediction, gap or of a type that this reader does not know; valid until the next call
  const journal::FileHeader& header;
};

// Every number of a journal file in the folder, plain or sealed, ascending. Error: it cannot be read.
[[nodiscard]] Result<std::vector<std::uint64_t>, std::string> journal_files(const std::string& folder);
[[nodiscard]] std::string journal_file_path(const std::string& folder, std::uint64_t number);

class JournalFollower {
 public:
  JournalFollower(std::string folder, Position start) : folder_(std::move(folder)), position_(start) {}

  // None within: nothing more for now. Error: the folder or a file cannot be read; may be tried again.
  Result<std::optional<JournalItem>, std::string> next();

  [[nodiscard]] const VersionTable& versions() const noexcept { return versions_; }
  [[nodiscard]] Position position() const noexcept { return position_; }
  [[nodiscard]] const Losses& losses() const noexcept { return losses_; }

 private:
  Result<bool, std::string> open_file();
  Result<bool, std::string> read_more();
  Result<bool, std::string> is_finished();
  Result<bool, std::string> resume(std::uint64_t offset);
  std::optional<journal::Record> record();
  void from_start(std::uint64_t file);

  std::string folder_;
  Position position_;
  std::optional<journal::FileBytes> file_;
  journal::FileHeader header_{};
  VersionTable versions_;
  Losses losses_;
  std::vector<std::byte> window_;  // bytes of the file from position_.offset − begin_ on
  std::size_t begin_ = 0;          // of what is not given out yet
  bool newer_seen_ = false;        // before the last read
  std::uint64_t reread_file_ = 0;  // once a file is enough
};

}  // namespace ringside::ship
