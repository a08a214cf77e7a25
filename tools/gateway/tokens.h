// Bearer tokens: who a caller is, by a file of names and hashes.
//
//   # name   SHA-256 of the token, in hexadecimal                                role
//   ads      9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08    predict
//   deploy   60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752    admin
//
// The file never holds a token. A token is random (openssl rand -hex 32), so one round of SHA-256 hides it as well as many would. A name may stand
// there more than once: while its tokens change.
//
// Thread safety: immutable once read. Cost: a SHA-256 and a look at every entry, the same whoever asks: nothing is told by how long it takes.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

namespace ringside::gateway {

struct TokenHolder {
  std::string name;
  bool is_admin = false;  // may use the admin routes, too
};

class Tokens {
 public:
  // Error: every problem, a line each: "FILE:3: the hash is no 64 hexadecimal digits".
  static Result<Tokens, std::string> read(const std::string& file);
  static Result<Tokens, std::string> parse(std::string_view text, const std::string& file);

  // Of the header Authorization ("Bearer TOKEN"). None: it names nobody.
  [[nodiscard]] std::optional<TokenHolder> holder(std::string_view authorization) const;
  [[nodiscard]] bool has_admin() const noexcept;

 private:
  using Hash = std::array<unsigned char, 32>;
  struct Entry {
    Hash hash{};
    TokenHolder holder;
  };
  std::vector<Entry> entries_;
};

}  // namespace ringside::gateway
