#include "engine/ledger/disk.h"

#include <fcntl.h>
#include <unistd.h>

namespace ringside::engine {

int Disk::make(const char* path) noexcept { return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640); }

ssize_t Disk::write(int file, const void* bytes, std::size_t count, off_t at) noexcept { return pwrite(file, bytes, count, at); }

int Disk::sync(int file) noexcept { return fdatasync(file); }

int Disk::sync_folder(const char* path) noexcept {
  const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  const int done = fsync(folder);
  close(folder);
  return done;
}

Disk& Disk::real() noexcept {
  static Disk disk;
  return disk;
}

}  // namespace ringside::engine
