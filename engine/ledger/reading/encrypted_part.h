// Reading the encrypted part of records (schemas/journal/encrypted.h): for who may read the keys of its days.
//
//   DayKeyRing ring(folder);
//   const Decryption part = decrypt(row, ring);
//   if (part.state == Decryption::State::kDecrypted) use(part.number(0));
//
// Thread safety: one owner. Cost: the keys' folder is read once, and again where a key is asked for that was not in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal/day_keys.h"
#include "schemas/journal/encrypted.h"
#include "schemas/journal/record_view.h"

namespace ringside::engine {

class DayKeyRing {
 public:
  explicit DayKeyRing(std::string folder) : folder_(std::move(folder)) {}
  // Null: there is none of that id, or it was destroyed.
  const DayKey* find(std::uint32_t id);

 private:
  std::string folder_;
  std::map<std::uint32_t, DayKey> keys_;
  std::uint32_t missing_ = 0;  // the last that was not there
};

struct Decryption {
  enum class State : std::uint8_t { kNone, kNotAsked, kNoKey, kAltered, kDecrypted };
  State state = State::kNone;
  journal::EncryptedHead head{};
  std::size_t feature_bytes = 0;  // of one
  std::vector<std::byte> plain = {};

  // REQUIRES of all: kDecrypted; index below head.cells, head.features.
  [[nodiscard]] journal::CellTag tag(std::uint32_t index) const noexcept {
    return static_cast<journal::CellTag>(plain[tags() + index]);
  }
  [[nodiscard]] double number(std::uint32_t index) const noexcept { return load<double>(sizeof head + index * 8u); }
  [[nodiscard]] std::string_view text(std::uint32_t index) const noexcept;
  [[nodiscard]] double feature(std::uint32_t index) const noexcept {
    const std::size_t at = sizeof head + head.cells * 8u + index * feature_bytes;
    return feature_bytes == 8 ? load<double>(at) : load<float>(at);
  }
  [[nodiscard]] std::size_t tags() const noexcept {
    return sizeof head + head.cells * 8u + journal::padded(head.features * feature_bytes);
  }

 private:
  template <class T>
  [[nodiscard]] T load(std::size_t at) const noexcept {
    T value;
    std::memcpy(&value, plain.data() + at, sizeof value);
    return value;
  }
};

// `ring` null: not asked.
[[nodiscard]] Decryption decrypt(const journal::PredictionView& row, DayKeyRing* ring);
// "decrypted", "not_asked", "no_key", "altered"; empty: the record has no such part.
[[nodiscard]] std::string_view name(Decryption::State state) noexcept;

}  // namespace ringside::engine
