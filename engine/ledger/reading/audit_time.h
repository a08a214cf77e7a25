// Times of the audit: RFC 3339 or a span back from now, "2026-11-25T10:00:00Z", "2026-11-25", "-1h".
//
// Thread safety: pure. Times are CLOCK_REALTIME in nanoseconds; before 1970 and after 2262 there is nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::engine {

[[nodiscard]] std::string rfc3339_ms(std::uint64_t wall_ns);

// Units of a span: s, m, h, d. A date alone is its first moment, UTC. None: it is neither.
[[nodiscard]] std::optional<std::uint64_t> parse_audit_time(std::string_view text, std::uint64_t now_ns);

}  // namespace ringside::engine
