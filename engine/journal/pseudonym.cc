#include "engine/journal/pseudonym.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

bool is_character_begin(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// False: there is one already. Error: what the system refused.
Result<bool, std::string> make_key_file(const std::string& path) {
  std::array<unsigned char, 16> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return fail(path + ": no random bytes to be had");
  std::string digits;
  for (const unsigned char byte : random) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", byte);
    digits += two.data();
  }
  digits += '\n';
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const base::UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file && errno == EEXIST) return false;
  if (!file || write(file.get(), digits.data(), digits.size()) != static_cast<ssize_t>(digits.size()) || fsync(file.get()) != 0) {
    return fail("journal.key_file: cannot write " + path + ": " + std::generic_category().message(errno));
  }
  return true;
}

}  // namespace

JournalKey JournalKey::of(const DigestKey& key) noexcept {
  SipHash128 hash(key);
  hash.add(0);
  const InputDigest digest = hash.finish();
  JournalKey named{key, 0};
  std::memcpy(&named.id, digest.data(), sizeof named.id);
  return named;
}

Pseudonym pseudonym(const JournalKey& key, PseudonymDomain domain, std::string_view text) noexcept {
  SipHash128 hash(key.key);
  hash.add(static_cast<std::uint64_t>(domain));
  hash.add(text.size());
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    hash.add(word);
  }
  if (!text.empty()) {
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    hash.add(word);
  }
  return hash.finish();
}

Pseudonym pseudonym(const JournalKey& key, double number) noexcept {
  SipHash128 hash(key.key);
  hash.add(static_cast<std::uint64_t>(PseudonymDomain::kNumber));
  hash.add(std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number));
  return hash.finish();
}

std::string_view masked(std::string_view text) noexcept {
  std::uint32_t characters = 0;
  std::size_t begin = text.size();
  for (std::size_t at = text.size(); at != 0; --at) {
    if (!is_character_begin(text[at - 1])) continue;
    if (++characters == kMaskKeeps) begin = at - 1;
    if (characters > 2 * kMaskKeeps) return text.substr(begin);
  }
  return {};
}

Result<JournalKey, std::string> journal_key(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) {
    if (const auto made = make_key_file(path); !made) return fail(made.error());
  }
  auto key = read_digest_key(path);
  if (!key) {
    constexpr std::string_view kOther = "input_digest.key_file";  // the words of read_digest_key
    std::string text = key.error();
    if (text.starts_with(kOther)) text.replace(0, kOther.size(), "journal.key_file");
    return fail(std::move(text));
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail("journal.key_file: " + path + ": other users may read it; next: chmod 600, and make another key");
  }
  return JournalKey::of(*key);
}

}  // namespace ringside::engine
