#include "engine/ledger/index/audit_question.h"

#include <algorithm>
#include <charconv>

#include "engine/ledger/reading/audit_time.h"
#include "engine/ledger/reading/record_json.h"
#include "schemas/wire/status.h"

namespace ringside::engine {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

std::string time_error(const std::string& key, const std::string& value) {
  return key + " '" + value + "' is no time such as 2026-11-25T10:00:00Z, 2026-11-25 or -1h";
}

// Error: the key is not one of these two, or it has no time.
std::optional<std::string> read_time(const std::string& key, const std::string& value, std::uint64_t now_ns, std::uint64_t& from,
                                     std::uint64_t& to) {
  const auto time = parse_audit_time(value, now_ns);
  if (!time) return time_error(key, value);
  (key == "from" ? from : to) = *time;
  return std::nullopt;
}

std::optional<std::string> read_status(const std::string& value, std::optional<std::uint8_t>& status) {
  std::string known;
  for (std::uint8_t i = 0; i < wire::kStatusCount; ++i) {
    if (value == audit_status(i) || value == wire::name(static_cast<wire::Status>(i))) status = i;
    known += (i == 0 ? "" : ", ") + std::string(audit_status(i));
  }
  if (status) return std::nullopt;
  return "status '" + value + "' is none of " + known;
}

std::optional<std::string> read_parameter(AuditQuestion& question, const std::string& key, const std::string& value,
                                          std::uint64_t now_ns) {
  if (key == "user" || key == "user_id")
    question.user = value;
  else if (key == "version")
    question.version = value;
  else if (key == "request_id")
    question.request_id = value;
  else if (key == "status")
    return read_status(value, question.status);
  else if (key == "from" || key == "to")
    return read_time(key, value, now_ns, question.from_ns, question.to_ns);
  else if (key == "limit") {
    if (!read_number(value, question.limit) || question.limit == 0 || question.limit > kAuditLimitMax)
      return "limit '" + value + "' is no number from 1 to " + std::to_string(kAuditLimitMax);
  } else if (key == "cursor") {
    if (!read_number(value, question.cursor) ||
        question.cursor > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return "cursor '" + value + "' is none that an answer gave";
  } else if (key == "overruled") {
    if (value != "true" && value != "false") return "overruled '" + value + "' is neither true nor false";
    question.overruled = value == "true";
  } else {
    return key + ": unknown parameter; known are user_id, version, from, to, request_id, status, limit, cursor, overruled";
  }
  return std::nullopt;
}

}  // namespace

Result<AuditQuestion, std::string> audit_question(AuditParameters parameters, std::uint64_t now_ns) {
  AuditQuestion question;
  for (const auto& [key, value] : parameters) {
    if (value.empty()) return fail(key + ": is empty");
    if (auto problem = read_parameter(question, key, value, now_ns)) return fail(std::move(*problem));
  }
  if (question.from_ns > question.to_ns) return fail(std::string("from is later than to"));
  return question;
}

Result<AuditStatsQuestion, std::string> audit_stats_question(AuditParameters parameters, std::uint64_t now_ns) {
  constexpr std::string_view kKnown[] = {"version", "hour", "status"};
  AuditStatsQuestion question;
  for (const auto& [key, value] : parameters) {
    if (key == "from" || key == "to") {
      if (auto problem = read_time(key, value, now_ns, question.from_ns, question.to_ns)) return fail(std::move(*problem));
    } else if (key == "by") {
      for (std::size_t at = 0; at <= value.size();) {
        const std::size_t end = std::min(value.find(',', at), value.size());
        const std::string word = value.substr(at, end - at);
        if (std::ranges::find(kKnown, word) == std::end(kKnown))
          return fail("by '" + word + "' is none of version, hour, status");
        if (std::ranges::find(question.by, word) == question.by.end()) question.by.push_back(word);
        at = end + 1;
      }
    } else {
      return fail(key + ": unknown parameter; known are by, from, to");
    }
  }
  if (question.by.empty()) question.by = {"version", "hour", "status"};
  if (question.from_ns > question.to_ns) return fail(std::string("from is later than to"));
  return question;
}

}  // namespace ringside::engine
