// The body of a prediction: one row of a call. Fixed fields first, then parts whose sizes follow from them (parts_of), in this order:
//
//   bitmaps   3 × words × 8   filled, unknown, clamped; words = (fields + 63) / 64, bit f is field f of the version
//   cells     8 × fields      what each tag says
//   errors    ErrorEntry × errors
//   values    numbers × values, then margins: float32, or float64 with kOutputFloat64; padded to 8 together
//   features  numbers × features: float32, or float64 with kFeaturesFloat64; padded to 8
//   tags      1 × fields      CellTag
//   ids       request_id, user, trace_id, caller name, origin, asked: bytes, one after the other
//   text      text_bytes      what cells and errors point at
//
// Nothing about a call needs another record to be understood but its version (version.h), which stands before it in the same file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/journal/record.h"

namespace ringside::journal {

inline constexpr std::uint16_t kWholeCall =
    0xFFFF;  // `row`: about all `rows` rows at once; they have no request ids and were not read
inline constexpr std::uint32_t kNoOrdinal = 0xFFFF'FFFF;

enum PredictionFlag : std::uint16_t {
  kRequestIdMade = 1u << 0,  // 16 raw bytes, a UUIDv7; else as given
  kUserHashed = 1u << 1,     // user is a pseudonym of 16 bytes under `key`; else as given
  kOutputFloat64 = 1u << 2,
  kFeaturesFloat64 = 1u << 3,
  kFeaturesWithheld = 1u << 4,  // there were features, and some derive from a field that is not plain, or they found no room
  kInputsCut = 1u << 5,         // some text is CellTag::kCut
  kOutputsWithheld = 1u << 6,   // more values and margins than find room
};

enum class CellTag : std::uint8_t {
  kMissing = 0,    // no value, and the model got a missing one
  kNumber = 1,     // float64 bits, as decode left them: coerced, filled, clamped
  kText = 2,       // offset in text | bytes << 32
  kMasked = 3,     // the same: what is left of it, its last characters
  kPseudonym = 4,  // the same: 16 bytes, SipHash-2-4-128 under `key` of what the field's declared type says (README.md)
  kDropped = 5,    // 0: there was a value and it must not be kept
  kCut = 6,        // how many bytes it had: it found no room
  kNotRead = 7,    // 0: the row was refused and this field has no value that can be trusted
  kSealed = 8,     // reserved: in the encrypted part
};

struct PredictionBody {
  std::uint64_t ticket;            // 32   of the request in its channel
  std::uint64_t client;            // 40   the connection, of this epoch
  std::uint32_t uid;               // 48   of the caller, by the kernel's word
  std::uint32_t pid;               // 52
  std::uint32_t version;           // 56   ordinal of this epoch, see VersionBody; kNoOrdinal: none answered
  std::uint16_t row;               // 60   in the call's batch, or kWholeCall
  std::uint16_t rows;              // 62   of the call
  std::uint8_t status;             // 64   wire::Status
  std::uint8_t code;               // 65   of the whole call: wire::FieldCode where invalid, wire::Reason where unavailable or rejected
  std::uint8_t arm;                // 66   wire::Arm
  std::uint8_t target;             // 67   of a comparison: which of its versions, in the order asked; else 0
  std::uint16_t flags;             // 68   PredictionFlag
  std::uint16_t fields;            // 70   of the version, with a cell each; 0: the row was not read
  std::uint16_t values;            // 72
  std::uint16_t margins;           // 74
  std::uint16_t features;          // 76
  std::uint8_t errors;             // 78
  std::uint8_t request_id_bytes;   // 79
  std::int32_t label_index;        // 80   in the version's classes; -1: none
  std::uint32_t queue_ns;          // 84   stages of the call, up to this row's tile; total to the moment of this record
  std::uint32_t decode_ns;         // 88
  std::uint32_t preprocess_ns;     // 92
  std::uint32_t forest_ns;         // 96
  std::uint32_t total_ns;          // 100
  std::uint32_t key;               // 104  id of the key behind every pseudonym of this record
  std::uint32_t text_bytes;        // 108
  std::uint32_t sealed_bytes;      // 112  reserved: 0
  std::uint8_t user_bytes;         // 116
  std::uint8_t trace_id_bytes;     // 117
  std::uint8_t caller_name_bytes;  // 118  what the client calls itself
  std::uint8_t origin_bytes;       // 119  address, from peers that may say one; 0 over shared memory
  std::uint8_t asked_bytes;        // 120  the version or label that the call named
  std::uint8_t reserved[7];        // 121
};
static_assert(std::is_standard_layout_v<PredictionBody> && sizeof(PredictionBody) == 96);
static_assert(offsetof(PredictionBody, client) == 8 && offsetof(PredictionBody, uid) == 16 &&
              offsetof(PredictionBody, pid) == 20);
static_assert(offsetof(PredictionBody, version) == 24 && offsetof(PredictionBody, row) == 28 &&
              offsetof(PredictionBody, rows) == 30);
static_assert(offsetof(PredictionBody, status) == 32 && offsetof(PredictionBody, code) == 33 &&
              offsetof(PredictionBody, arm) == 34);
static_assert(offsetof(PredictionBody, target) == 35 && offsetof(PredictionBody, flags) == 36 &&
              offsetof(PredictionBody, fields) == 38);
static_assert(offsetof(PredictionBody, values) == 40 && offsetof(PredictionBody, margins) == 42);
static_assert(offsetof(PredictionBody, features) == 44 && offsetof(PredictionBody, errors) == 46);
static_assert(offsetof(PredictionBody, request_id_bytes) == 47 && offsetof(PredictionBody, label_index) == 48);
static_assert(offsetof(PredictionBody, queue_ns) == 52 && offsetof(PredictionBody, decode_ns) == 56);
static_assert(offsetof(PredictionBody, preprocess_ns) == 60 && offsetof(PredictionBody, forest_ns) == 64);
static_assert(offsetof(PredictionBody, total_ns) == 68 && offsetof(PredictionBody, key) == 72);
static_assert(offsetof(PredictionBody, text_bytes) == 76 && offsetof(PredictionBody, sealed_bytes) == 80);
static_assert(offsetof(PredictionBody, user_bytes) == 84 && offsetof(PredictionBody, trace_id_bytes) == 85);
static_assert(offsetof(PredictionBody, caller_name_bytes) == 86 && offsetof(PredictionBody, origin_bytes) == 87);
static_assert(offsetof(PredictionBody, asked_bytes) == 88 && offsetof(PredictionBody, reserved) == 89);

struct ErrorEntry {
  std::uint8_t code;          // 0  wire::FieldCode
  std::uint8_t expected;      // 1  wire::Dtype
  std::uint8_t got;           // 2  wire::Tag
  std::uint8_t name_bytes;    // 3  of a name that is no field's, as the caller wrote it: at most 64 in text
  std::uint16_t field;        // 4  wire::kNoField: see the name
  std::uint16_t reserved;     // 6
  std::uint32_t name_offset;  // 8  in text
  std::uint32_t reserved2;    // 12
  double low, high;           // 16, 24  declared bounds, as wire::FieldError has them. Never the value
};
static_assert(sizeof(ErrorEntry) == 32 && offsetof(ErrorEntry, field) == 4 && offsetof(ErrorEntry, name_offset) == 8 &&
              offsetof(ErrorEntry, low) == 16);

// Offsets from the record's begin. The widths of the counts keep every sum far below 2^64; a reader compares total with `bytes`.
struct PredictionParts {
  std::uint64_t bitmaps, cells, errors, values, margins, features, tags, ids, text, sealed, total;
  std::uint32_t words;
};

constexpr PredictionParts parts_of(const PredictionBody& body) noexcept {
  PredictionParts parts{};
  const std::uint64_t output = (body.flags & kOutputFloat64) != 0 ? 8 : 4, feature = (body.flags & kFeaturesFloat64) != 0 ? 8 : 4;
  parts.words = (std::uint32_t{body.fields} + 63) / 64;
  parts.bitmaps = sizeof(RecordHead) + sizeof(PredictionBody);
  parts.cells = parts.bitmaps + std::uint64_t{parts.words} * 3 * 8;
  parts.errors = parts.cells + std::uint64_t{body.fields} * 8;
  parts.values = parts.errors + std::uint64_t{body.errors} * sizeof(ErrorEntry);
  parts.margins = parts.values + body.values * output;
  parts.features = padded(parts.margins + body.margins * output);
  parts.tags = padded(parts.features + body.features * feature);
  parts.ids = parts.tags + body.fields;
  parts.text = parts.ids + body.request_id_bytes + body.user_bytes + body.trace_id_bytes + body.caller_name_bytes +
               body.origin_bytes + body.asked_bytes;
  parts.sealed = parts.text + body.text_bytes;
  parts.total = padded(parts.sealed + body.sealed_bytes);
  return parts;
}

}  // namespace ringside::journal
