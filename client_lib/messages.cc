#include "client_lib/messages.h"

#include <cmath>
#include <string_view>

#include "client_lib/base/plain_number.h"
#include "schemas/wire/limits.h"

namespace ringside {
namespace {

// What a dtype is called in the schema; an engine that sends none is of another release.
std::string_view word(Dtype dtype) { return dtype == Dtype::kAny ? "another type" : name(dtype); }

// What a value is, whatever field it was meant for.
std::string_view word(wire::Tag tag) {
  switch (tag) {
    case wire::Tag::kNull:
      return "null";
    case wire::Tag::kBool:
      return "bool";
    case wire::Tag::kInt:
      return "int";
    case wire::Tag::kReal:
      return "float";
    case wire::Tag::kText:
      return "string";
    case wire::Tag::kAbsent:
      return "nothing";
    case wire::Tag::kRefused:
      break;
  }
  return "a nested value";
}

std::string range_message(double low, double high) {
  const bool has_low = std::isfinite(low), has_high = std::isfinite(high);
  if (has_low && has_high) return "must be between " + base::plain_number(low) + " and " + base::plain_number(high);
  if (has_low) return "must be at least " + base::plain_number(low);
  if (has_high) return "must be at most " + base::plain_number(high);
  return "not one of the allowed values";
}

// Of a field's text; or of metadata, of which an engine tells the limits (schemas/wire/result.h).
std::string too_long_message(double items_max, double bytes_max) {
  const double bytes = std::isfinite(bytes_max) ? bytes_max : static_cast<double>(wire::kTextBytesMax);
  const std::string longer = "longer than " + base::plain_number(bytes) + " bytes";
  return std::isfinite(items_max) ? "more than " + base::plain_number(items_max) + " of them, or one " + longer : longer;
}

}  // namespace

std::string error_message(const ErrorFacts& facts) {
  switch (facts.code) {
    case FieldCode::kNone:
      break;
    case FieldCode::kMissingRequired:
      return "required, but missing";
    case FieldCode::kNullNotAllowed:
      return "missing, and the schema rejects missing values here";
    case FieldCode::kTypeMismatch:
      return "expected " + std::string(word(facts.expected)) + ", got " + std::string(word(facts.got));
    case FieldCode::kIntFraction:
      return "expected a whole number, got a fraction";
    case FieldCode::kIntRange:
      return "beyond 2^53, where whole numbers stop being exact";
    case FieldCode::kNotFinite:
      return "infinity cannot be scored";
    case FieldCode::kOutOfRange:
      return range_message(facts.low, facts.high);
    case FieldCode::kUnknownCategory:
      return "not a category that the model was trained with";
    case FieldCode::kBadUtf8:
      return "not valid UTF-8";
    case FieldCode::kTooLong:
      return too_long_message(facts.low, facts.high);
    case FieldCode::kDuplicateField:
      return "given more than once";
    case FieldCode::kExtraField:
      return facts.nameless ? "a value without a field's name: was its handle asked for by a name that was not resolved?"
                            : "not a field of this version";
    case FieldCode::kSchemaMismatch:
      return "the row was built for another list of fields than the answering version's";
    case FieldCode::kBatchSize:
      return facts.rows_max == 0
                 ? "too few or too many rows for one call"
                 : "a call takes 1 to " + std::to_string(facts.rows_max) + " rows, as many bytes as the channel's memory holds";
    case FieldCode::kMalformed:
      return "not a row or call that can be read";
  }
  return "not valid";
}

std::string status_message(Status status, Reason reason, bool said_by_engine) {
  switch (status) {
    case Status::kOk:
      return "";
    case Status::kInvalid:
      return "the row or call is not valid: see its errors";
    case Status::kTimeout:
      return said_by_engine ? "the deadline passed before scoring began: not scored"
                            : "the deadline passed while waiting: it may have been scored and recorded";
    case Status::kRejected:
      if (reason == Reason::kRateLimit) return "more rows or calls a second than the engine's limits allow: retry later";
      if (reason == Reason::kConcurrencyLimit) return "more calls under way than the engine's limits allow: retry when one is answered";
      if (reason == Reason::kOverload) return "the engine is overloaded, the answer would come too late: not scored";
      return said_by_engine ? "beyond a rate or capacity limit of the engine: retry later"
                            : "every slot or all memory of this channel is in use: wait for calls under way, then retry";
    case Status::kUnknownVersion:
      return "no such version or label is loaded: ask for the versions that are";
    case Status::kUnavailable:
      break;
    case Status::kLost:
      return "the engine ended during the call: it may have been scored; the next call reconnects";
    case Status::kFail:
      return "a fault in Ringside; please report it";
  }
  if (status != Status::kUnavailable) return "an outcome that this library does not know: upgrade it";
  switch (reason) {
    case Reason::kNoVersion:
      return "the engine has no current version: switch to one";
    case Reason::kJournalDown:
      return "the engine cannot record, and its policy is not to answer then";
    case Reason::kStopping:
      return "the engine is stopping: retry later";
    case Reason::kResultSpace:
      return "the answer does not fit the channel's memory: smaller batches or a larger arena_bytes";
    case Reason::kUnreachable:
      return "no engine answers at the socket: is ringsided running?";
    case Reason::kForked:
      return "the connection belongs to the parent process: connect again after fork()";
    case Reason::kBreakerOpen:
      return "calls to the engine failed, so this one was not sent: the circuit breaker tries again soon";
    case Reason::kRateLimit:
    case Reason::kConcurrencyLimit:
    case Reason::kOverload:
    case Reason::kNone:
      break;
  }
  return "the engine cannot answer now: retry later";
}

}  // namespace ringside
