#include "engine/traffic/route.h"

#define XXH_INLINE_ALL  // a call into the library costs as much as the hash of a short text
#include <xxhash.h>

#include <array>
#include <cstring>

namespace ringside::engine {

std::uint32_t bucket_of(std::string_view salt, std::string_view key) noexcept {
  std::array<char, kSaltBytesMax + 1 + wire::kRouteKeyBytesMax> text;
  std::memcpy(text.data(), salt.data(), salt.size());
  text[salt.size()] = '\0';
  std::memcpy(text.data() + salt.size() + 1, key.data(), key.size());
  return static_cast<std::uint32_t>(XXH3_64bits(text.data(), salt.size() + 1 + key.size()) % kBuckets);
}

Routed route_by_key(const TrafficTable& table, std::string_view key, std::span<const std::string_view> tags) noexcept {
  if (!key.empty()) {
    if (const auto index = table.pinned_to(PinKind::kKey, key); index != TrafficTable::kNone) return {index, wire::Arm::kPin};
  }
  for (const std::string_view tag : tags) {
    if (const auto index = table.pinned_to(PinKind::kTag, tag); index != TrafficTable::kNone) return {index, wire::Arm::kPin};
  }
  if (!key.empty() && table.canary() != TrafficTable::kNone) {
    const Canary& canary = *table.draft().roles.canary;
    if (bucket_of(canary.salt, key) < canary.buckets) return {table.canary(), wire::Arm::kCanary};
  }
  return {table.current(), wire::Arm::kCurrent};
}

}  // namespace ringside::engine
