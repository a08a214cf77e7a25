// Accessors that stand where shared memory does and answer every load anew, so that whoever loads a byte twice gets two different ones.
// Each also reads the true bytes, so that a sanitizer sees a load that leaves the body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "schemas/wire/access.h"

namespace ringside::engine::test {

// splitmix64: any seed will do, and a state is one number.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t roll() noexcept {
    std::uint64_t z = (state_ += 0x9E37'79B9'7F4A'7C15);
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) noexcept { return roll() % bound; }

 private:
  std::uint64_t state_;
};

// The true bytes, with each load's bits flipped here and there: calls stay good enough to get far.
struct FlippingAccess {
  static inline Dice dice{1};
  static inline std::uint32_t one_in = 16;  // loads that lie

  static std::uint64_t load64(const void* source) noexcept { return wire::DirectAccess::load64(source) ^ flip(64); }
  static std::uint32_t load32(const void* source) noexcept {
    return wire::DirectAccess::load32(source) ^ static_cast<std::uint32_t>(flip(32));
  }
  static std::uint8_t load8(const void* source) noexcept {
    return static_cast<std::uint8_t>(wire::DirectAccess::load8(source) ^ flip(3));
  }
  static void copy(void* target, const void* source, std::size_t bytes) noexcept {
    wire::DirectAccess::copy(target, source, bytes);
    if (bytes == 0 || dice.below(one_in) != 0) return;
    auto* out = static_cast<unsigned char*>(target);
    for (std::uint64_t flips = 1 + dice.below(4); flips != 0; --flips) {
      out[dice.below(bytes)] ^= static_cast<unsigned char>(1u << dice.below(8));
    }
  }

 private:
  static std::uint64_t flip(std::uint64_t bits) noexcept {
    return dice.below(one_in) == 0 ? std::uint64_t{1} << dice.below(bits) : 0;
  }
};

// Nothing true at all. Words are drawn from what decode treats differently: small numbers, text references near and far, doubles, noise.
struct InventingAccess {
  static inline Dice dice{1};

  static std::uint64_t load64(const void* source) noexcept {
    (void)wire::DirectAccess::load64(source);
    return word();
  }
  static std::uint32_t load32(const void* source) noexcept {
    (void)wire::DirectAccess::load32(source);
    return static_cast<std::uint32_t>(word());
  }
  static std::uint8_t load8(const void* source) noexcept {
    (void)wire::DirectAccess::load8(source);
    return tag();
  }
  static void copy(void* target, const void* source, std::size_t bytes) noexcept {
    wire::DirectAccess::copy(target, source, bytes);
    auto* out = static_cast<unsigned char*>(target);
    const bool words = bytes % 8 == 0;
    for (std::size_t at = 0; at < bytes; at += words ? 8 : 1) {
      const std::uint64_t value = words ? word() : tag();
      std::memcpy(out + at, &value, words ? 8 : 1);
    }
  }

 private:
  // Mostly what an honest client might have written, for a call that is refused at its first cell tests little.
  static std::uint8_t tag() noexcept {
    const std::uint64_t kind = dice.below(400);
    return static_cast<std::uint8_t>(kind == 0 ? dice.below(256) : kind < 20 ? 6 : kind % 6);
  }
  static std::uint64_t word() noexcept {
    switch (dice.below(64)) {
      case 0:
        return dice.roll();
      case 1:
        return dice.below(5'000) << 32 | dice.below(5'000);  // a text that may be too long or beyond the end
      case 2:
        return ~std::uint64_t{0} - dice.below(16);
      case 3:
        return 0x7FF0'0000'0000'0000 + dice.below(2);  // infinity, NaN
      case 4:
        return 0x3FF0'0000'0000'0000 + (dice.below(64) << 48);  // a double of ordinary size
      case 5:
        return dice.below(16);
      default:
        return dice.below(8) == 0 ? std::uint64_t{3} << 32 : dice.below(2);  // a short text, or 0 or 1
    }
  }
};

}  // namespace ringside::engine::test
