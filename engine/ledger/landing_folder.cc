#include "engine/ledger/landing_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "engine/journal/landing.h"

namespace ringside::engine {
namespace {

// /dev/shm is everybody's: a folder that somebody else made, or may write to, is not ours to put records in.
Result<Done, std::string> make_private(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    std::filesystem::create_directories(folder, error);
    if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return fail("journal.landing_dir: cannot make " + folder + ": " + error.message());
  }
  struct stat status {};
  if (lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
      (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail("journal.landing_dir: " + folder + " is not a folder that the engine's user owns and nobody else may write to");
  }
  return Done{};
}

std::string below_shm(const LandingChoice& choice) {
  std::error_code error;
  std::string state = std::filesystem::weakly_canonical(choice.state_directory, error).string();
  if (error) state = choice.state_directory;
  std::array<char, 17> hash{};
  std::snprintf(hash.data(), hash.size(), "%016llx", static_cast<unsigned long long>(XXH3_64bits(state.data(), state.size())));
  return "/dev/shm/ringside-" + std::to_string(geteuid()) + "/" + choice.task + "-" + hash.data();
}

}  // namespace

Result<std::string, std::string> landing_folder(const LandingChoice& choice) {
  std::string folder = choice.configured;
  if (folder.empty()) {
    const auto in_memory = is_tmpfs(choice.run_directory);
    folder = in_memory && *in_memory ? choice.run_directory + "/landing" : below_shm(choice);
    if (!in_memory || !*in_memory) {
      if (const auto made = make_private(std::filesystem::path(folder).parent_path()); !made) return fail(made.error());
    }
  }
  if (const auto made = make_private(folder); !made) return fail(made.error());
  const auto in_memory = is_tmpfs(folder);
  if (!in_memory) return fail("journal.landing_dir: " + in_memory.error());
  if (!*in_memory && !choice.on_disk_allowed) {
    return fail("journal.landing_dir: " + folder +
                " is not tmpfs: a slow disk would stall workers and an I/O error would kill the engine; choose a folder on "
                "tmpfs, or accept "
                "that with journal.landing_on_disk: true");
  }
  return folder;
}

Result<base::UniqueFd, std::string> lock_folder(const std::string& folder) {
  base::UniqueFd lock(open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (lock && errno == EWOULDBLOCK) return fail("another engine already writes to " + folder);
  return fail("cannot lock " + folder + ": " + std::generic_category().message(errno));
}

}  // namespace ringside::engine
