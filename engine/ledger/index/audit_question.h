// What somebody wants to know of the record, from the parameters of GET /audit and the options of `ringside audit`: one reading for both.
//
// Thread safety: values. An error names the parameter and what it takes.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ringside/result.h>

namespace ringside::engine {

inline constexpr std::uint32_t kAuditLimitDefault = 100, kAuditLimitMax = 1'000;

struct AuditQuestion {
  std::string request_id = {}, user = {}, version = {};                         // empty: any
  std::optional<std::uint8_t> status = {};                                      // wire::Status
  std::uint64_t from_ns = 0, to_ns = std::numeric_limits<std::int64_t>::max();  // [from, to)
  std::uint32_t limit = kAuditLimitDefault;
  std::uint64_t cursor = std::numeric_limits<std::int64_t>::max();  // records before this one
  bool overruled = false;                                           // those too that a later record of their call overrules
};

struct AuditStatsQuestion {
  std::vector<std::string> by = {};  // of version, hour, status
  std::uint64_t from_ns = 0, to_ns = std::numeric_limits<std::int64_t>::max();
};

using AuditParameters = std::span<const std::pair<std::string, std::string>>;

// user version from to request_id status limit cursor overruled
[[nodiscard]] Result<AuditQuestion, std::string> audit_question(AuditParameters parameters, std::uint64_t now_ns);
// by from to
[[nodiscard]] Result<AuditStatsQuestion, std::string> audit_stats_question(AuditParameters parameters, std::uint64_t now_ns);

}  // namespace ringside::engine
