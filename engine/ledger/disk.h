// The calls of a journal file that a disk can refuse. One object for the process; a test puts a disk that refuses in its place.
//
// Thread safety: as the system's calls. Errors: as theirs, in errno.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace ringside::engine {

class Disk {
 public:
  virtual ~Disk() = default;
  // A new file of mode 0640, to be written.
  virtual int make(const char* path) noexcept;
  virtual ssize_t write(int file, const void* bytes, std::size_t count, off_t at) noexcept;
  virtual int sync(int file) noexcept;
  virtual int sync_folder(const char* path) noexcept;  // so that a new file keeps its name

  static Disk& real() noexcept;
};

}  // namespace ringside::engine
