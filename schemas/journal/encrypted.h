// The encrypted part of a prediction, `sealed_bytes` behind its text:
//
//   counter 8 │ ciphertext │ tag 16        AES-256-GCM; nonce: writer 2, zeros 2, counter 8; bound to it: the body, bytes [32, 128) of the record
//
// and what it holds:
//
//   EncryptedHead │ cells × 8 │ features × v · zeros to 8 │ tags × 1 │ text
//
// A cell and a tag (kNumber or kText, as in the open part) for each field whose tag is kSealed, in their order; v = 4, or 8 with kFeaturesFloat64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ringside::journal {

struct EncryptedHead {
  std::uint16_t cells;       // 0
  std::uint16_t features;    // 2
  std::uint32_t text_bytes;  // 4
};
static_assert(sizeof(EncryptedHead) == 8 && offsetof(EncryptedHead, text_bytes) == 4);

struct Nonce {
  std::uint16_t writer;
  std::uint16_t zero;
  std::uint8_t counter[8];
};
static_assert(sizeof(Nonce) == 12 && std::is_standard_layout_v<Nonce>);

inline constexpr std::uint32_t kCounterBytes = 8, kTagBytes = 16;

}  // namespace ringside::journal
