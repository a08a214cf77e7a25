// The encrypted part of a record: what fields of `sensitive: encrypt` held, and features that derive from fields that are not plain. Collected
// in the worker's own memory, and written to the ring as ciphertext alone (AES-256-GCM under the key of the day, the record's body bound to it).
//
//   cipher.begin_row();
//   cipher.add_number(value); cipher.add_text(text); cipher.add_features(…);
//   body.sealed_bytes = cipher.bytes();  cipher.encrypt(place, body)
//
// schemas/journal/README.md has the exact bytes.
//
// Thread safety: its worker's. noexcept, no allocation after the constructor. Cost: see README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/journal/day_keys.h"
#include "schemas/journal/encrypted.h"
#include "schemas/journal/prediction.h"

struct evp_cipher_ctx_st;

namespace ringside::engine {

class RowCipher {
 public:
  RowCipher(const DayKeys& keys, std::uint16_t writer);

  // The key of the day is looked at here.
  void begin_row() noexcept;
  // REQUIRES of all: what is added so far comes to at most kRecordBytesMax.
  void add_number(double value) noexcept;
  void add_text(std::string_view text) noexcept;
  void add_features(const void* from, std::uint16_t count, std::size_t width) noexcept;

  [[nodiscard]] std::uint32_t key_id() const noexcept { return key_->id; }
  // Of the part as it is now; 0: nothing was added.
  [[nodiscard]] std::uint32_t bytes() const noexcept;
  // REQUIRES: `to` has room for bytes(); `body` is as it will be read.
  void encrypt(std::byte* to, const journal::PredictionBody& body) noexcept;

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
  };
  void add(journal::CellTag tag, std::uint64_t cell) noexcept;

  const DayKeys& keys_;
  const DayKey* key_ = nullptr;
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  journal::Nonce nonce_{};
  journal::EncryptedHead head_{};
  std::size_t feature_bytes_ = 0;
  std::vector<std::uint64_t> cells_;
  std::vector<std::byte> tags_, features_, text_, plain_;
};

}  // namespace ringside::engine
