#include "engine/journal/day_keys.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "client_lib/base/durable_file.h"

namespace ringside::engine {
namespace {

constexpr std::uint64_t kDayNs = 86'400'000'000'000;
constexpr std::string_view kKeysSuffix = ".keys";
constexpr std::size_t kIdDigits = 8, kKeyDigits = 64;

void append_hex(std::string& text, const unsigned char* bytes, std::size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < count; ++i) (text += kDigits[bytes[i] >> 4]) += kDigits[bytes[i] & 15];
}

// False: it is no line of a key (a crash cut it).
bool read_line(std::string_view line, DayKey& key) {
  if (line.size() != kIdDigits + 1 + kKeyDigits || line[kIdDigits] != ' ') return false;
  if (std::from_chars(line.data(), line.data() + kIdDigits, key.id, 16).ptr != line.data() + kIdDigits) return false;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    const char* const at = line.data() + kIdDigits + 1 + 2 * i;
    if (std::from_chars(at, at + 2, key.bytes[i], 16).ptr != at + 2) return false;
  }
  return true;
}

bool random_bytes(void* to, std::size_t bytes) { return getrandom(to, bytes, 0) == static_cast<ssize_t>(bytes); }

}  // namespace

std::uint32_t day_of(std::uint64_t wall_ns) noexcept { return static_cast<std::uint32_t>(wall_ns / kDayNs); }

std::string day_text(std::uint32_t day) {
  const auto seconds = static_cast<std::time_t>(day * (kDayNs / 1'000'000'000));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

Result<std::unique_ptr<DayKeys>, std::string> DayKeys::open(const std::string& folder, std::uint64_t wall_ns) {
  using std::filesystem::perms;
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    std::filesystem::create_directories(folder, error);
    if (!error) std::filesystem::permissions(folder, perms::owner_all, error);
    if (error) return fail("journal.day_keys_dir: cannot make " + folder + ": " + error.message());
  }
  std::unique_ptr<DayKeys> keys(new DayKeys(folder));
  if (const auto made = keys->make(day_of(wall_ns)); !made) return fail(made.error());
  return keys;
}

DayKeys::~DayKeys() {
  for (DayKey& key : made_) OPENSSL_cleanse(key.bytes.data(), key.bytes.size());
}

// Days only go on: a clock that is set back keeps the key.
Result<Done, std::string> DayKeys::look(std::uint64_t wall_ns) {
  if (day_of(wall_ns) <= made_.back().day) return Done{};
  if (auto made = make(day_of(wall_ns)); !made) return made;
  for (std::size_t i = 0; i + 2 < made_.size(); ++i) OPENSSL_cleanse(made_[i].bytes.data(), made_[i].bytes.size());
  return Done{};
}

Result<Done, std::string> DayKeys::make(std::uint32_t day) {
  const auto known = read_day_keys(folder_);
  if (!known) return fail(known.error());
  DayKey key{.day = day};
  do {
    if (!random_bytes(&key.id, sizeof key.id) || !random_bytes(key.bytes.data(), key.bytes.size()))
      return fail(folder_ + ": no random bytes to be had");
  } while (key.id == 0 || std::ranges::find(*known, key.id, &DayKey::id) != known->end());
  char id[kIdDigits + 1];
  std::snprintf(id, sizeof id, "%08x", key.id);
  std::string line = std::string("\n") + id + " ";  // what a crash cut before it must not spoil it
  append_hex(line, key.bytes.data(), key.bytes.size());
  line += '\n';
  const std::string path = folder_ + "/" + day_text(day) + std::string(kKeysSuffix);
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || !base::write_all(file.get(), line) || fsync(file.get()) != 0)
    return fail(base::because(path, "cannot be written"));
  const base::UniqueFd directory(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || fsync(directory.get()) != 0) return fail(base::because(folder_, "cannot be synced"));
  OPENSSL_cleanse(line.data(), line.size());
  made_.push_back(key);
  now_.store(&made_.back(), std::memory_order_release);
  return Done{};
}

Result<std::vector<DayKey>, std::string> read_day_keys(const std::string& folder) {
  std::vector<DayKey> keys;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::tm parts{};
    if (!name.ends_with(kKeysSuffix) || strptime(name.c_str(), "%Y-%m-%d", &parts) == nullptr) continue;
    DayKey key{.day = static_cast<std::uint32_t>(timegm(&parts) / 86'400)};
    std::ifstream file(entry->path());
    if (!file) return fail(base::because(entry->path().string(), "cannot be read"));
    for (std::string line; std::getline(file, line);) {
      if (read_line(line, key)) keys.push_back(key);
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) return fail("cannot read " + folder + ": " + error.message());
  return keys;
}

}  // namespace ringside::engine
