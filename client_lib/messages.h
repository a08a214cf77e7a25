// The wording of everything that a caller may read: one place, so that a door says the same as any other.
//
// What is built here never holds a value that was sent: only codes, declared types and declared bounds. Control path: allocates.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include <ringside/status.h>

#include "schemas/wire/cell.h"

namespace ringside {

// What is known of a field error.
struct ErrorFacts {
  FieldCode code = FieldCode::kNone;
  Dtype expected = Dtype::kAny;        // TYPE_MISMATCH
  wire::Tag got = wire::Tag::kAbsent;  // TYPE_MISMATCH
  // OUT_OF_RANGE: the bounds. TOO_LONG: the most items and the most bytes. NaN or infinite: no such bound, or the usual one.
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
  std::uint32_t rows_max = 0;  // BATCH_SIZE; 0: not known
  bool nameless = false;       // EXTRA_FIELD: a value for the empty name, which is what a handle of no field has
};

// "expected int, got string"
[[nodiscard]] std::string error_message(const ErrorFacts& facts);

// One line on a status that is not ok: what happened and what to do next.
[[nodiscard]] std::string status_message(Status status, Reason reason, bool said_by_engine);

}  // namespace ringside
