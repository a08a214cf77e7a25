// Numbers as unsigned keys whose order is theirs, so that a split of a LightGBM tree is one comparison of integers and a missing value
// is only another key.
//
//   x <= threshold   is   key_of(x) < first_key_above(threshold)         for every x but NaN, and float or double x alike
//
// LightGBM compares a feature as a double. Of a float32 feature the same question has an answer in float32: no float lies between a
// threshold and the largest float that is not above it.
//
// Thread safety, cost: pure functions of a few instructions, without floating-point arithmetic: no rounding or flushing mode bears on them.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace ringside::engine {

template <class Feature>
requires std::same_as<Feature, float> || std::same_as<Feature, double>
using FeatureKey = std::conditional_t<std::same_as<Feature, float>, std::uint32_t, std::uint64_t>;

// Left of every threshold, right of every threshold: what a missing value turns into.
template <class Key>
inline constexpr Key kLeftOfAll = 0;
template <class Key>
inline constexpr Key kRightOfAll = static_cast<Key>(~Key{0});

// -0 and 0 have one key. Not for NaN.
template <class Feature>
[[nodiscard]] constexpr FeatureKey<Feature> key_of(Feature value) noexcept {
  using Key = FeatureKey<Feature>;
  constexpr Key kSign = Key{1} << (sizeof(Key) * 8 - 1);
  const auto bits = std::bit_cast<Key>(value);
  if (bits == kSign) return kSign;
  return bits ^ ((Key{0} - (bits >> (sizeof(Key) * 8 - 1))) | kSign);
}

// The largest float that is not above a double. Not for NaN.
[[nodiscard]] constexpr float float_up_to(double value) noexcept {
  const auto rounded = static_cast<float>(value);  // To nearest; of what no float reaches: infinite.
  if (static_cast<double>(rounded) <= value) return rounded;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(rounded);
  if ((bits & 0x7FFF'FFFFU) == 0) return std::bit_cast<float>(std::uint32_t{0x8000'0001U});  // Below zero.
  return std::bit_cast<float>((bits >> 31) != 0 ? bits + 1 : bits - 1);
}

// Greater than the keys of all x <= threshold, and no greater than any other's. Not for NaN.
template <class Feature>
[[nodiscard]] constexpr FeatureKey<Feature> first_key_above(double threshold) noexcept {
  if constexpr (std::same_as<Feature, float>) {
    return key_of(float_up_to(threshold)) + 1;
  } else {
    return key_of(threshold) + 1;
  }
}

}  // namespace ringside::engine
