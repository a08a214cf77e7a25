#include "engine/journal/version_book.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "schemas/journal/record.h"

namespace ringside::engine {
namespace {

std::string file_in(const std::string& folder) { return folder + "/versions"; }

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

Result<Done, std::string> VersionBook::add(const VersionFacts& facts) {
  const std::lock_guard lock(mutex_);
  records_.push_back(version_record(facts, epoch_, now_ns()));
  if (epoch_ == 0) return Done{};
  return keep(records_.back());
}

Result<Done, std::string> VersionBook::keep(const std::vector<std::byte>& record) {
  if (write(file_.get(), record.data(), record.size()) == static_cast<ssize_t>(record.size())) return Done{};
  return fail("cannot write " + path_ + ": " + std::generic_category().message(errno));
}

Result<Done, std::string> VersionBook::open(const std::string& folder, std::uint32_t epoch, const std::vector<std::byte>& before) {
  const std::lock_guard lock(mutex_);
  path_ = file_in(folder);
  const std::string fresh = path_ + ".new";
  file_ = base::UniqueFd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file_) return fail("cannot make " + fresh + ": " + std::generic_category().message(errno));
  epoch_ = epoch;
  if (const auto kept = keep(before); !kept) return kept;
  for (std::vector<std::byte>& record : records_) {
    close_record(record, static_cast<std::uint16_t>(journal::RecordType::kVersion), epoch, now_ns());
    if (const auto kept = keep(record); !kept) return kept;
  }
  if (rename(fresh.c_str(), path_.c_str()) != 0)
    return fail("cannot name " + path_ + ": " + std::generic_category().message(errno));
  return Done{};
}

std::size_t VersionBook::copy(std::size_t known, std::vector<std::byte>& to) const {
  const std::lock_guard lock(mutex_);
  for (; known < records_.size(); ++known) to.insert(to.end(), records_[known].begin(), records_[known].end());
  return records_.size();
}

void VersionBook::forget(const std::string& folder) noexcept { unlink(file_in(folder).c_str()); }

std::vector<std::byte> VersionBook::left_behind(const std::string& folder) {
  const base::UniqueFd file(::open(file_in(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  const ssize_t size = read(file.get(), bytes.data(), bytes.size());
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return bytes;
}

}  // namespace ringside::engine
