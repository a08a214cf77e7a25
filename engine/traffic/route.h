// Which bundle answers a call, and by which role. A pure function of the table and of what the call says:
//
//   version or label ▶ pin of the route key ▶ pin of the first routing tag that has one ▶ canary ▶ current
//
//   canary answers where   bucket = XXH3_64(salt ‖ 0x00 ‖ route key) mod 10⁶   is below its share (percent · 10⁴)
//
// The salt stays while the share changes, so growth is monotone, and nothing but salt and key decides: a key has the same arm after a restart
// and in every engine. A call without a route key is never the canary's. A pin or canary whose version is not resident decides nothing.
//
// Thread safety: no state; on the worker's path. Cost: with neither canary nor pins one compare more than reading `current`.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/traffic/table.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

// What a call says about who should answer. At most one of version and label.
struct RouteTerms {
  std::string_view version, label, key;    // empty: none
  std::span<const std::string_view> tags;  // "key=value", in the caller's order
};

struct Routed {
  TrafficTable::Index index = TrafficTable::kNone;  // kNone: nobody answers by that arm
  wire::Arm arm = wire::Arm::kNone;
};

// REQUIRES: salt of at most kSaltBytesMax, key of at most wire::kRouteKeyBytesMax bytes.
[[nodiscard]] std::uint32_t bucket_of(std::string_view salt, std::string_view key) noexcept;

[[nodiscard]] Routed route_by_key(const TrafficTable& table, std::string_view key,
                                  std::span<const std::string_view> tags) noexcept;

// Apart and not as one value: what an ordinary call does not need is then never loaded.
[[nodiscard]] inline Routed route(const TrafficTable& table, std::string_view version, std::string_view label,
                                  std::string_view key, std::span<const std::string_view> tags) noexcept {
  if (!version.empty()) return {table.find_version(version), wire::Arm::kVersion};
  if (!label.empty()) return {table.find_label(label), wire::Arm::kLabel};
  if (table.routes_by_key()) return route_by_key(table, key, tags);
  return {table.current(), wire::Arm::kCurrent};
}

[[nodiscard]] inline Routed route(const TrafficTable& table, const RouteTerms& terms) noexcept {
  return route(table, terms.version, terms.label, terms.key, terms.tags);
}

}  // namespace ringside::engine
