#include "engine/bundle/bundle_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include "client_lib/base/check.h"
#include "engine/decode/utf8.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

std::string reason(int error) { return std::strerror(error); }

std::string link_target(int directory, const char* name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t bytes = ::readlinkat(directory, name, target.data(), target.size() - 1);
  return bytes < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(bytes));
}

std::string parent_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

std::vector<std::string> entries(int directory, int& error) {
  std::vector<std::string> names;
  error = 0;
  // A fresh open file description: a duplicate would share the reading position.
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, CloseDirectory> listing(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!listing) {
    error = errno;
    if (copy >= 0) ::close(copy);
    return names;
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(listing.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  error = errno;
  std::sort(names.begin(), names.end());
  return names;
}

bool is_plain(std::string_view name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == std::string_view::npos;
}

std::string quoted_for_shell(const std::string& word) {
  if (!word.empty() && is_plain(word)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// For a link that points nowhere: the command that would mend it. Best is a directory that begins as the link's target does, then one with an
// ordinary name (a version has one), then the newest.
std::string mending_command(const std::string& path, const std::string& target) {
  const std::string parent = parent_of(path);
  const base::UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return {};
  const std::string wanted = target.substr(target.find_last_of('/') + 1);
  const auto rank = [&](const std::string& name) {
    const auto differs = std::mismatch(name.begin(), name.end(), wanted.begin(), wanted.end());
    return std::pair(is_plain(name), differs.first - name.begin());
  };
  int error = 0;
  std::string best;
  for (const std::string& name : entries(directory.get(), error)) {
    if (!is_safe_directory_name(name) || name == "current") continue;
    if (::faccessat(directory.get(), (name + "/manifest.json").c_str(), R_OK, 0) != 0) continue;
    const bool newer = ::strverscmp(name.c_str(), best.c_str()) > 0;  // v1.10.0 is newer than v1.9.0
    if (best.empty() || rank(name) > rank(best) || (rank(name) == rank(best) && newer)) best = name;
  }
  return best.empty() ? std::string() : "; next: ln -sfn " + quoted_for_shell(best) + " " + quoted_for_shell(path);
}

}  // namespace

Result<BundleDirectory, BundleProblem> BundleDirectory::open(const std::string& path) {
  BundleDirectory opened;
  opened.path_ = path;
  opened.fd_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.fd_) {
    const int error = errno;
    struct stat link {};
    std::string found = reason(error);
    if (error == ENOENT && ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
      const std::string target = link_target(AT_FDCWD, path.c_str());
      found = "a link to " + target + ", which is not there" + mending_command(path, target);
    }
    return fail(BundleProblem{path, "", 0, "a bundle directory", found});
  }
  const std::string real = link_target(AT_FDCWD, ("/proc/self/fd/" + std::to_string(opened.fd_.get())).c_str());
  const std::string& shown = real.empty() ? path : real;
  opened.name_ = shown.substr(shown.find_last_of('/') + 1);
  return opened;
}

Result<std::vector<std::string>, BundleProblem> BundleDirectory::list() const {
  int error = 0;
  std::vector<std::string> names = entries(fd_.get(), error);
  if (error != 0) return fail(BundleProblem{path_, "", 0, "a readable directory", reason(error)});
  return names;
}

Result<base::UniqueFd, BundleProblem> BundleDirectory::open_file(const std::string& name, std::uint64_t& bytes) const {
  static constexpr const char* kExpected = "a regular file";
  // O_NONBLOCK: a pipe in its place must not hold up the loader; for regular files it means nothing.
  base::UniqueFd file(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    const int error = errno;
    if (error == ELOOP) return fail(BundleProblem{name, "", 0, kExpected, "a link to " + link_target(fd_.get(), name.c_str())});
    return fail(BundleProblem{name, "", 0, kExpected, error == ENOENT ? "no such file" : reason(error)});
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail(BundleProblem{name, "", 0, kExpected, reason(errno)});
  if (!S_ISREG(status.st_mode)) {
    return fail(BundleProblem{name, "", 0, kExpected, S_ISDIR(status.st_mode) ? "a directory" : "a pipe, socket or device"});
  }
  bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Result<std::uint64_t, BundleProblem> BundleDirectory::size(const std::string& name) const {
  std::uint64_t bytes = 0;
  const auto file = open_file(name, bytes);
  if (!file) return fail(file.error());
  return bytes;
}

Result<ScratchText, BundleProblem> BundleDirectory::read(const std::string& name, std::uint64_t bytes_max) const {
  std::uint64_t bytes = 0;
  const auto file = open_file(name, bytes);
  if (!file) return fail(file.error());
  if (bytes > bytes_max) {
    return fail(BundleProblem{name, "", 0, "at most " + std::to_string(bytes_max) + " bytes", std::to_string(bytes) + " bytes"});
  }
  ScratchText text(bytes + 1, '\0');  // one more: a file that grows meanwhile shows
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(file->get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(BundleProblem{name, "", 0, "a readable file", reason(errno)});
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled != bytes)
    return fail(BundleProblem{name, "", 0, std::to_string(bytes) + " bytes", "a file that changes while it is read"});
  text.resize(bytes);
  return text;
}

bool is_safe_directory_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > wire::kVersionBytesMax || name.front() == '.' || name.front() == '-' || !is_utf8(name))
    return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte < 0x20 || byte == 0x7F || byte == '/') return false;
    if (byte == 0xC2 && static_cast<unsigned char>(name[i + 1]) < 0xA0) return false;  // U+0080 to U+009F: control characters too
  }
  return true;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int digest_bytes = 0;
  RINGSIDE_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &digest_bytes, EVP_sha256(), nullptr) == 1);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(std::size_t{digest_bytes} * 2);
  for (unsigned int i = 0; i < digest_bytes; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace ringside::engine
