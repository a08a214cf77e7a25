// A worker's landing ring (schemas/journal/landing.h): the file on tmpfs, and the worker's hand on it.
//
//   auto ring = LandingRing::make(folder, {.writer = 0, .capacity = 64u << 20, .epoch = 7});
//   LandingWriter writer(*ring);
//   if (std::byte* place = writer.reserve()) {           at least kRecordBytesMax bytes in one piece
//     writer.append(place, type, body_bytes, wall_ns);   head and sequence
//     writer.commit();                                   [COMMIT] all that was appended since the last one
//   }
//   …the answer is released…
//   writer.seal();                                         [SEAL] checksums; from here on the recorder may take
//
// The file is allocated and touched when it is made, so that no store of a worker can meet a full file system or a page fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <ringside/result.h>

#include "client_lib/base/mapping.h"
#include "schemas/journal/landing.h"
#include "schemas/journal/record.h"

namespace ringside::engine {

struct LandingTerms {
  std::uint16_t writer = 0;
  std::uint64_t capacity = 64u << 20;  // bytes; rounded up to a power of two
  std::uint32_t epoch = 1;
  std::uint64_t engine_epoch = 0;
  std::uint64_t last_sequence = 0;  // of this writer, before this ring
  std::uint64_t unrecorded = 0;     // what the ring before this one left to tell
};

class LandingRing {
 public:
  static std::string path(const std::string& folder, std::uint16_t writer);

  // Replaces the ring of that name in one step. Error: what the system refused; a ring that is there stays.
  static Result<LandingRing, std::string> make(const std::string& folder, const LandingTerms& terms);
  // What an engine before this one left. None: there is no file. Error: it is no ring, or its header contradicts itself.
  static Result<std::optional<LandingRing>, std::string> find(const std::string& folder, std::uint16_t writer);

  [[nodiscard]] journal::LandingHeader& header() const noexcept;
  [[nodiscard]] std::byte* records() const noexcept { return mapping_.data() + journal::kLandingHeaderBytes; }
  // The one that counts. REQUIRES: its worker is not running.
  [[nodiscard]] const journal::LandingMark& mark() const noexcept;
  // What its worker was killed before it sealed. REQUIRES: likewise.
  void seal_the_rest() const noexcept;

 private:
  explicit LandingRing(base::Mapping mapping) : mapping_(std::move(mapping)) {}
  base::Mapping mapping_;
};

// Whether memory of a folder is memory alone: tmpfs. Error: the folder cannot be looked at.
[[nodiscard]] Result<bool, std::string> is_tmpfs(const std::string& folder);

// Thread safety: one thread; the recorder reads what was committed. noexcept, no allocation, no system call.
class LandingWriter {
 public:
  explicit LandingWriter(const LandingRing& ring) noexcept;
  LandingWriter(const LandingWriter&) = delete;
  LandingWriter& operator=(const LandingWriter&) = delete;
  ~LandingWriter() { seal(); }

  // Room for one record of any kind, or null: the recorder must take first (all that is committed is then sealed). Nothing is used until append().
  [[nodiscard]] std::byte* reserve() noexcept;
  // Closes the record at `place`: its body stands at place + sizeof(RecordHead), `bytes` (head included) are padded with zeros here.
  // REQUIRES: place came from the last reserve(); bytes <= kRecordBytesMax.
  void append(std::byte* place, journal::RecordType type, std::uint32_t bytes, std::uint64_t wall_ns) noexcept;
  void commit() noexcept;
  // Of all that is committed. Cost: some 40 ns a record of 500 bytes.
  void seal() noexcept;
  // Forgets what was appended since the last commit().
  void roll_back() noexcept;

  // Rows that wait for a gap record; kept in the ring, so that they outlive us. forget_unrecorded() takes effect with the next commit():
  // the one that holds the gap record.
  [[nodiscard]] std::uint64_t unrecorded() const noexcept { return unrecorded_; }
  void add_unrecorded(std::uint64_t rows) noexcept;
  void forget_unrecorded() noexcept { unrecorded_ = 0; }

 private:
  journal::LandingHeader* header_;
  std::byte* records_;
  std::uint64_t mask_, capacity_;
  std::uint64_t head_, committed_, sealed_, taken_;  // positions; taken_ as last seen
  std::uint64_t sequence_, committed_sequence_;
  std::uint64_t unrecorded_;
  std::uint32_t epoch_;
  std::uint32_t next_mark_;
  std::uint16_t writer_;
};

}  // namespace ringside::engine
