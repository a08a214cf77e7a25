// Every outcome that a caller can see: the status of a row, the reason of an unavailable one, the code of a field error.
// The numbers are wire format: never renumber, only append. Names are those of formats.md.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringside::wire {

enum class Status : std::uint8_t {
  kOk = 0,
  kInvalid = 1,         // the row's fields, or the call's shape: fix the caller
  kTimeout = 2,         // deadline passed; said by the engine: this row was not scored
  kRejected = 3,        // rate or capacity limit, see Reason: retry later
  kUnknownVersion = 4,  // no such version or label here
  kUnavailable = 5,     // see Reason
  kLost = 6,            // made by the client: the engine died under the call
  kFail = 7,            // ours
};
inline constexpr std::uint8_t kStatusCount = 8;

// Why kUnavailable, and (from kRateLimit on) why kRejected.
enum class Reason : std::uint8_t {
  kNone = 0,
  kNoVersion = 1,
  kJournalDown = 2,
  kStopping = 3,
  kResultSpace = 4,       // the result does not fit out_bytes: ask again with more (the client library does)
  kRateLimit = 5,         // more rows or calls a second than a limit allows: response.retry_after_us says when
  kConcurrencyLimit = 6,  // more calls under way than a limit allows
  kOverload = 7,          // waited too long, or would be answered too late: not scored
};
inline constexpr std::uint8_t kReasonCount = 8;

enum class FieldCode : std::uint8_t {
  kNone = 0,
  kMissingRequired = 1,
  kNullNotAllowed = 2,
  kTypeMismatch = 3,
  kIntFraction = 4,
  kIntRange = 5,
  kNotFinite = 6,
  kOutOfRange = 7,
  kUnknownCategory = 8,
  kBadUtf8 = 9,
  kTooLong = 10,
  kDuplicateField = 11,
  kExtraField = 12,
  // What concerns a whole call:
  kSchemaMismatch = 13,
  kBatchSize = 14,
  kMalformed = 15,
};
inline constexpr std::uint8_t kFieldCodeCount = 16;

// Which role of the traffic table answered.
enum class Arm : std::uint8_t { kNone = 0, kCurrent = 1, kVersion = 2, kCanary = 3, kPin = 4, kLabel = 5 };
inline constexpr std::uint8_t kArmCount = 6;

constexpr std::string_view name(Status status) noexcept {
  constexpr std::string_view kNames[] = {"ok", "invalid", "timeout", "rejected", "unknown_version", "unavailable", "lost", "fail"};
  static_assert(std::size(kNames) == kStatusCount);
  const auto index = static_cast<std::uint8_t>(status);
  return index < kStatusCount ? kNames[index] : "fail";
}

constexpr std::string_view name(Reason reason) noexcept {
  constexpr std::string_view kNames[] = {"", "no_version", "journal_down", "stopping", "result_space", "rate_limit", "concurrency_limit", "overload"};
  static_assert(std::size(kNames) == kReasonCount);
  const auto index = static_cast<std::uint8_t>(reason);
  return index < kReasonCount ? kNames[index] : "";
}

constexpr std::string_view name(FieldCode code) noexcept {
  constexpr std::string_view kNames[] = {"",           "MISSING_REQUIRED", "NULL_NOT_ALLOWED", "TYPE_MISMATCH", "INT_FRACTION", "INT_RANGE",
                                         "NOT_FINITE", "OUT_OF_RANGE",     "UNKNOWN_CATEGORY", "BAD_UTF8",      "TOO_LONG",     "DUPLICATE_FIELD",
                                         "EXTRA_FIELD", "SCHEMA_MISMATCH", "BATCH_SIZE",       "MALFORMED"};
  static_assert(std::size(kNames) == kFieldCodeCount);
  const auto index = static_cast<std::uint8_t>(code);
  return index < kFieldCodeCount ? kNames[index] : "";
}

constexpr std::string_view name(Arm arm) noexcept {
  constexpr std::string_view kNames[] = {"", "current", "version", "canary", "pin", "label"};
  static_assert(std::size(kNames) == kArmCount);
  const auto index = static_cast<std::uint8_t>(arm);
  return index < kArmCount ? kNames[index] : "";
}

}  // namespace ringside::wire
