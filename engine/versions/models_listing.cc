#include "engine/versions/models_listing.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/bundle/bundle_directory.h"
#include "engine/versions/models_directory.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;

// FNV-1a over 64-bit words: nobody aims at collisions here, and one would only delay what the next change brings.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
  for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (word >> (8 * byte) & 0xFF)) * 0x100000001B3;
  return hash;
}

std::uint64_t nanoseconds(const timespec& time) noexcept {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t stamp_of(const struct stat& status) noexcept {
  std::uint64_t hash = mixed(0xCBF29CE484222325, status.st_ino);
  hash = mixed(hash, static_cast<std::uint64_t>(status.st_size));
  hash = mixed(hash, nanoseconds(status.st_mtim));
  return mixed(hash, nanoseconds(status.st_ctim));
}

}  // namespace

std::uint64_t directory_stamp(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return 0;
  std::uint64_t sum = mixed(0xCBF29CE484222325, status.st_ino);
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string& name = entry->path().native();
    if (::lstat(name.c_str(), &status) != 0) continue;
    std::uint64_t hash = stamp_of(status);
    for (const char c : name) hash = mixed(hash, static_cast<unsigned char>(c));
    sum += hash;  // a sum, for entries come in no order
  }
  return sum | 1;
}

ModelsListing look_at_models(const std::string& models_directory) {
  ModelsListing listing;
  auto names = list_versions(models_directory);
  if (!names) {
    listing.problem = names.error();
    return listing;
  }
  for (std::string& name : *names) {
    const std::uint64_t stamp = directory_stamp(models_directory + "/" + name);
    listing.directories.push_back({std::move(name), stamp});
  }
  const std::string link = models_directory + "/current";
  std::error_code error;
  if (fs::symlink_status(link, error).type() == fs::file_type::not_found) return listing;
  if (const auto opened = BundleDirectory::open(link); !opened) {
    listing.current_problem = opened.error().text();
  } else if (const fs::path real = fs::canonical(link, error); !error) {
    listing.current = real.string();
  }
  return listing;
}

}  // namespace ringside::engine
