// What operators assigned beside current and previous, by the names of versions: a canary, pins,
// labels and a shadow. A version that is not resident
// is kept here all the same, and answers once it is (a bundle may be mended after a restart).
//
// Thread safety: a value; what it shares is immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/traffic/pins.h"

namespace ringside::engine {

inline constexpr std::uint32_t kBuckets = 1'000'000;
inline constexpr std::uint32_t kBucketsPerPercent = kBuckets / 100;
inline constexpr std::size_t kSaltBytesMax = wire::kVersionBytesMax;

struct Canary {
  std::string version;
  std::uint32_t buckets = 0;  // those below answer: percent × kBucketsPerPercent
  std::string salt;           // the version, unless asked for

  [[nodiscard]] double percent() const noexcept { return buckets / static_cast<double>(kBucketsPerPercent); }
  bool operator==(const Canary&) const = default;
};

struct Shadow {
  std::string version;
  std::uint32_t buckets = kBuckets;  // of kBuckets rows, so many are scored once more: percent × kBucketsPerPercent

  [[nodiscard]] double percent() const noexcept { return buckets / static_cast<double>(kBucketsPerPercent); }
  bool operator==(const Shadow&) const = default;
};

struct OperatorRoles {
  std::optional<Canary> canary;
  std::vector<std::pair<std::string, std::string>> labels;  // label → version, distinct; they win over a bundle's own
  std::shared_ptr<const Pins> pins = Pins::none();          // never null
  std::optional<Shadow> shadow = {};

  [[nodiscard]] const std::string* find_label(std::string_view label) const noexcept {
    for (const auto& [name, version] : labels) {
      if (name == label) return &version;
    }
    return nullptr;
  }
};

}  // namespace ringside::engine
