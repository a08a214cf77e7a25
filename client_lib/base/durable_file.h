// Files that are there after a crash: bytes written whole and synced, or the old file.
//
// Thread safety: free functions over the file system; two writers of one path need an order of their own. Cost: each waits for the disk.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"

namespace ringside::base {

[[nodiscard]] inline std::string because(const std::string& path, const char* what) {
  return path + ": " + what + ": " + std::generic_category().message(errno);
}

// False: errno says why.
[[nodiscard]] inline bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// Written beside (`path`.new), synced, renamed: a crash leaves the old file or the new one. Makes the directory if it is missing.
[[nodiscard]] inline Result<Done, std::string> replace_file(const std::string& path, std::string_view text) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(directory + ": cannot be made: " + error.message());
  const std::string fresh = path + ".new";
  {
    const UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!file) return fail(because(fresh, "cannot be made"));
    if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) return fail(because(fresh, "cannot be written"));
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(because(path, "cannot be replaced"));
  const UniqueFd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return fail(because(directory, "cannot be synced"));
  return Done{};
}

}  // namespace ringside::base
