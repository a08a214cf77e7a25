// The bytes of a journal file, as they were written, whether it is still plain (.rsj) or sealed (.rsj.zst).
//
//   auto file = FileBytes::open(path);
//   const ssize_t got = file->read_at(to, bytes, offset);
//
// Thread safety: one owner. Cost: plain: a pread; sealed: a frame of 256 KiB is unpacked, some 0.2 ms, unless the last one is asked again.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"
#include "schemas/journal/sealed.h"

namespace ringside::journal {

struct FileName {
  std::uint64_t number;
  bool sealed;
};
// None: not the name of a journal file.
[[nodiscard]] std::optional<FileName> file_name(std::string_view name);
[[nodiscard]] std::string file_name_text(std::uint64_t number, bool sealed = false);

class FileBytes {
 public:
  // A plain `path` that has been sealed meanwhile is opened as that. Error: it cannot be read, or is no sealed file.
  static Result<FileBytes, std::string> open(const std::string& path);

  // As many as there are, at most `bytes`: less at the end, or before a part that cannot be read. −1: that part is here, error() says why.
  ssize_t read_at(std::byte* to, std::size_t bytes, std::uint64_t offset);
  // Now; of a plain file that is being written, more later.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  [[nodiscard]] bool is_sealed() const noexcept { return sealed_; }
  // Of a sealed file whose frames can be read although what leads to them cannot: what is wrong. Empty: nothing is.
  [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

 private:
  struct Frame {
    std::uint64_t begin, packed_begin;
    std::uint32_t bytes, packed;
  };
  bool read_table();
  void find_frames();
  bool load(const Frame& frame);

  base::UniqueFd file_;
  std::string path_, error_, damage_;
  bool sealed_ = false;
  std::uint64_t bytes_ = 0;  // of a sealed one
  std::vector<Frame> frames_;
  std::vector<std::byte> packed_, frame_bytes_;
  std::uint64_t loaded_ = ~std::uint64_t{0};  // where the frame in frame_bytes_ begins
};

// Of a file in a folder, by its size on disk and without opening a plain one. None: it is gone, or is no sealed file.
[[nodiscard]] std::optional<std::uint64_t> size_when_plain(const std::string& path, bool sealed);

}  // namespace ringside::journal
