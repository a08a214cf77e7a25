// The files of a journal and the records in them, read while the recorder may be writing the last one.
//
//   for (const auto& file : *list_journal(folder)) {
//     auto stream = RecordStream::open(file);
//     while (const auto record = stream->next()) use(*record);
//   }
//
// Files are read, never mapped: a file that is cut short under a mapping kills whoever looks at it. Sealed ones (sealed.h) read like others;
// every offset is one of the plain file.
//
// Thread safety: one owner. Cost: a read of 1 MiB where the last one ends; memory for that, and for the longest record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "schemas/journal/file.h"
#include "schemas/journal/file_bytes.h"
#include "schemas/journal/record_view.h"

namespace ringside::engine {

struct JournalFileFacts {
  std::uint64_t number = 0;
  std::string path;
  std::uint64_t bytes = 0;  // when it was listed; of a sealed one: of the plain file
  bool sealed = false;
};

// In the order of their numbers. No folder: no files. Error: it cannot be read.
[[nodiscard]] Result<std::vector<JournalFileFacts>, std::string> list_journal(const std::string& folder);

class RecordStream {
 public:
  using End = journal::RecordWalk::End;

  // From `offset` on, where a record begins. A file shorter than its header, or with zeros in its place, has none (a power cut left no more). Error: it is not to be
  // read, or it is no journal file of this layout.
  static Result<RecordStream, std::string> open(const JournalFileFacts& file, std::uint64_t offset = sizeof(journal::FileHeader));

  // Valid until the next call. None: see end(); what was written meanwhile is found by a stream that is opened at offset().
  std::optional<journal::Record> next();

  [[nodiscard]] const journal::FileHeader& header() const noexcept { return header_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }              // behind the last record
  [[nodiscard]] std::uint64_t record_offset() const noexcept { return last_offset_; }  // of the last record
  [[nodiscard]] End end() const noexcept { return end_; }
  [[nodiscard]] const std::string& error() const noexcept { return error_; }  // of a read that failed
  [[nodiscard]] const std::string& damage() const noexcept { return file_->damage(); }  // of a sealed file (file_bytes.h)

 private:
  RecordStream() = default;
  bool refill();

  std::optional<journal::FileBytes> file_;
  std::string error_;
  journal::FileHeader header_{};
  std::vector<std::byte> buffer_;  // of the file's bytes [begin_, begin_ + filled_)
  std::uint64_t begin_ = 0, offset_ = 0, last_offset_ = 0;
  std::size_t filled_ = 0;
  End end_ = End::kNone;
};

// Single records, by where they stand. Keeps some files open.
class RecordFetcher {
 public:
  explicit RecordFetcher(std::string folder) : folder_(std::move(folder)) {}

  // Valid until the next call. None: no whole record of a right checksum stands there.
  [[nodiscard]] std::optional<journal::Record> at(std::uint64_t number, std::uint64_t offset);

 private:
  std::string folder_;
  std::map<std::uint64_t, journal::FileBytes> open_;
  std::vector<std::byte> bytes_;
};

}  // namespace ringside::engine
