#include "engine/respond/input_digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <random>
#include <string_view>
#include <system_error>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "words are hashed as they stand in memory");

constexpr std::uint64_t kMissingNumber = 0x7FF8'0000'0000'0000;
constexpr std::uint64_t kMissingText = ~std::uint64_t{0};

void add_text(SipHash128& hash, const Text& text) noexcept {
  if (text.missing()) return hash.add(kMissingText);
  hash.add(text.bytes);
  std::uint32_t at = 0;
  for (; text.bytes - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data + at, sizeof word);
    hash.add(word);
  }
  if (at == text.bytes) return;
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data + at, text.bytes - at);
  hash.add(rest);
}

}  // namespace

SipHash128::SipHash128(const DigestKey& key) noexcept
    : v0_(0x736F'6D65'7073'6575 ^ key.low),
      v1_(0x646F'7261'6E64'6F6D ^ key.high ^ 0xEE),
      v2_(0x6C79'6765'6E65'7261 ^ key.low),
      v3_(0x7465'6462'7974'6573 ^ key.high) {}

inline void SipHash128::round() noexcept {
  v0_ += v1_;
  v2_ += v3_;
  v1_ = std::rotl(v1_, 13) ^ v0_;
  v3_ = std::rotl(v3_, 16) ^ v2_;
  v0_ = std::rotl(v0_, 32) + v3_;
  v2_ += v1_;
  v3_ = std::rotl(v3_, 21) ^ v0_;
  v1_ = std::rotl(v1_, 17) ^ v2_;
  v2_ = std::rotl(v2_, 32);
}

void SipHash128::add(std::uint64_t word) noexcept {
  v3_ ^= word;
  round();
  round();
  v0_ ^= word;
  ++words_;
}

InputDigest SipHash128::finish() noexcept {
  add(words_ * 8 << 56);  // the last word of any message: its length, mod 256, over what is left of it: nothing
  std::array<std::uint64_t, 2> halves{};
  v2_ ^= 0xEE;
  for (int i = 0; i < 4; ++i) round();
  halves[0] = v0_ ^ v1_ ^ v2_ ^ v3_;
  v1_ ^= 0xDD;
  for (int i = 0; i < 4; ++i) round();
  halves[1] = v0_ ^ v1_ ^ v2_ ^ v3_;
  return std::bit_cast<InputDigest>(halves);
}

InputDigest input_digest(const DigestKey& key, const InputSchema& schema, const Tile& tile, std::uint32_t row) noexcept {
  SipHash128 hash(key);
  hash.add(schema.hash());
  for (std::uint32_t field = 0; field < schema.size(); ++field) {
    if (schema.fields()[field].is_text()) {
      add_text(hash, tile.texts(field)[row]);
    } else {
      const double value = tile.numbers(field)[row];
      hash.add(std::isnan(value) ? kMissingNumber : std::bit_cast<std::uint64_t>(value));
    }
  }
  return hash.finish();
}

Result<DigestKey, std::string> read_digest_key(const std::string& path) {
  const auto wrong = [&](const std::string& what) { return fail("input_digest.key_file: " + path + ": " + what); };
  const base::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return wrong(std::generic_category().message(errno));
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return wrong("expected a regular file");
  if ((status.st_mode & S_IROTH) != 0) return wrong("every user may read it; next: chmod o-r, and make another key");
  std::array<char, 64> bytes{};
  const ssize_t size = read(file.get(), bytes.data(), bytes.size());
  std::string_view text(bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  constexpr std::size_t kDigits = 32;
  std::array<std::uint64_t, 2> halves{};
  bool good = text.size() == kDigits;
  for (std::size_t i = 0; good && i < 2; ++i) {
    const char* const begin = text.data() + i * kDigits / 2;
    const auto [stop, error] = std::from_chars(begin, begin + kDigits / 2, halves[i], 16);
    good = error == std::errc{} && stop == begin + kDigits / 2 && *begin != '-';
  }
  if (!good) return wrong("expected 32 hex digits and nothing else; next: openssl rand -hex 16");
  return DigestKey{__builtin_bswap64(halves[0]), __builtin_bswap64(halves[1])};
}

DigestKey random_digest_key() {
  std::random_device device;
  const auto word = [&] { return std::uint64_t{device()} << 32 | device(); };
  return {word(), word()};
}

}  // namespace ringside::engine
