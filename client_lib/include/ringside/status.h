// Every outcome that a caller can see. The numbers never change; new ones are only appended.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringside {

// Of a row, or of a whole call.
enum class Status : std::uint8_t {
  kOk = 0,
  kInvalid = 1,   // the fields, or the shape of the call: fix the caller; errors() says what
  kTimeout = 2,   // the deadline passed. Said by the engine: not scored. Said by the client: it may have been scored and recorded
  kRejected = 3,  // a rate or capacity limit (Reason says which), or every slot of the channel is in use: retry later
  kUnknownVersion = 4,  // no such version or label
  kUnavailable = 5,     // see Reason
  kLost = 6,            // the engine died under the call: it may have been scored. The next call reconnects
  kFail = 7,            // a fault in Ringside
};

// Why something is unavailable or, with the three limits, rejected.
enum class Reason : std::uint8_t {
  kNone = 0,
  kNoVersion = 1,
  kJournalDown = 2,
  kStopping = 3,
  kResultSpace = 4,   // the answer does not fit the channel's result memory: smaller batches, or a larger arena
  kRateLimit = 5,         // more rows or calls a second than the engine's limits allow: retry_after() says when there is room
  kConcurrencyLimit = 6,  // more calls under way than they allow
  kOverload = 7,          // it waited too long, or would have been answered after its deadline: not scored
  kUnreachable = 64,  // said by the client: no engine answers at the socket
  kForked = 65,       // said by the client: the connection belongs to the parent process; connect again in the child
  kBreakerOpen = 66,  // said by the client: calls failed, and it waits before it tries again (ClientOptions::breaker). Not sent
};

// What is wrong with a field, or (the last three) with a call.
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
  kSchemaMismatch = 13,
  kBatchSize = 14,
  kMalformed = 15,
};

// Which role of the engine's traffic table answered.
enum class Arm : std::uint8_t { kNone = 0, kCurrent = 1, kVersion = 2, kCanary = 3, kPin = 4, kLabel = 5 };

// What a field holds. kAny: the caller makes no promise, the engine judges each value.
enum class Dtype : std::uint8_t { kAny = 0, kInt = 1, kFloat = 2, kStr = 3, kBool = 4 };

// The words that logs, JSON and the command line use: "ok", "no_version", "TYPE_MISMATCH", "current", "int". A zero follows each.
[[nodiscard]] std::string_view name(Status status) noexcept;
[[nodiscard]] std::string_view name(Reason reason) noexcept;
[[nodiscard]] std::string_view name(FieldCode code) noexcept;
[[nodiscard]] std::string_view name(Arm arm) noexcept;
[[nodiscard]] std::string_view name(Dtype dtype) noexcept;

}  // namespace ringside
