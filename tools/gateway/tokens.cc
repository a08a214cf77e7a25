#include "tools/gateway/tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace ringside::gateway {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kTokenBytesMax = 4'096;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <class Hash>
bool read_hash(std::string_view hex, Hash& hash) {
  if (hex.size() != hash.size() * 2) return false;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    hash[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return true;
}

// "Bearer TOKEN", the scheme in any case (RFC 9110). Empty: another scheme, or nothing.
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) return {};
  }
  const std::size_t token = authorization.find_first_not_of(' ', kScheme.size() - 1);
  return token == std::string_view::npos ? std::string_view() : authorization.substr(token);
}

}  // namespace

Result<Tokens, std::string> Tokens::read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(file + ": " + std::strerror(errno));
  return parse(std::string(std::istreambuf_iterator<char>(in), {}), file);
}

Result<Tokens, std::string> Tokens::parse(std::string_view text, const std::string& file) {
  Tokens tokens;
  std::string problems;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const auto wrong = [&](const std::string& why) {
      problems += (problems.empty() ? "" : "\n") + file + ":" + std::to_string(number) + ": " + why;
    };
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name, hash, role, more;
    if (!(words >> name)) continue;
    Entry entry;
    if (!(words >> hash >> role) || words >> more) {
      wrong("expected NAME SHA256 ROLE");
    } else if (!is_name(name)) {
      wrong("a name has 1 to 64 letters, digits, '.', '_', '-'");
    } else if (!read_hash(hash, entry.hash)) {
      wrong("the hash is no 64 hexadecimal digits; next: printf %s \"$TOKEN\" | sha256sum");
    } else if (role != "predict" && role != "admin") {
      wrong("the role is predict or admin");
    } else {
      entry.holder = {name, role == "admin"};
      tokens.entries_.push_back(std::move(entry));
    }
  }
  if (problems.empty() && tokens.entries_.empty()) problems = file + ": holds no token";
  if (!problems.empty()) return fail(std::move(problems));
  return tokens;
}

std::optional<TokenHolder> Tokens::holder(std::string_view authorization) const {
  const std::string_view token = bearer(authorization);
  if (token.empty() || token.size() > kTokenBytesMax) return std::nullopt;
  Hash hash{};
  if (EVP_Digest(token.data(), token.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) return std::nullopt;
  const Entry* found = nullptr;
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.hash.data(), hash.data(), hash.size()) == 0) found = &entry;  // no break: all take the same time
  }
  return found == nullptr ? std::nullopt : std::optional(found->holder);
}

bool Tokens::has_admin() const noexcept {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return entry.holder.is_admin; });
}

}  // namespace ringside::gateway
