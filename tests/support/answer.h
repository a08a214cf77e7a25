// An answer as a client reads it: a copy of a response slot and its result, taken apart by schemas/wire/result.h alone.
//
//   const Answer answer = read_answer(slot, region);
//   answer.status(3) == wire::Status::kOk;   answer.value(3);   answer.errors(4)[0].code;
//
// For tests: out-of-range rows and columns are not checked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schemas/wire/cell.h"
#include "schemas/wire/response.h"
#include "schemas/wire/result.h"
#include "schemas/wire/status.h"

namespace ringside::test {

struct AnsweredError {
  std::uint16_t row = 0;
  wire::FieldCode code = wire::FieldCode::kNone;
  std::uint16_t field = wire::kNoField;
  std::string name;
  wire::Dtype expected = wire::Dtype::kAny;
  wire::Tag got = wire::Tag::kAbsent;
  double low = 0, high = 0;
};

class Answer {
 public:
  enum class Bitmap : std::uint8_t { kFilled = 0, kUnknown = 1, kClamped = 2 };

  wire::ResponseGeometry geometry{};
  std::vector<std::byte> bytes;

  [[nodiscard]] wire::Status call_status() const { return static_cast<wire::Status>(geometry.call_status); }
  [[nodiscard]] wire::FieldCode call_code() const { return static_cast<wire::FieldCode>(geometry.call_code); }
  [[nodiscard]] wire::Reason reason() const { return static_cast<wire::Reason>(geometry.call_code); }
  [[nodiscard]] bool is_inline() const { return (geometry.flags & wire::kResultInline) != 0; }

  [[nodiscard]] wire::RowResult row(std::uint32_t row) const;
  [[nodiscard]] wire::Status status(std::uint32_t row) const { return static_cast<wire::Status>(this->row(row).status); }
  [[nodiscard]] float value(std::uint32_t row, std::uint32_t index = 0) const;
  [[nodiscard]] float margin(std::uint32_t row, std::uint32_t index = 0) const;
  [[nodiscard]] float feature(std::uint32_t row, std::uint32_t index) const;
  // Of float64 outputs, of float64 features.
  [[nodiscard]] double value64(std::uint32_t row, std::uint32_t index = 0) const;
  [[nodiscard]] double margin64(std::uint32_t row, std::uint32_t index = 0) const;
  [[nodiscard]] double feature64(std::uint32_t row, std::uint32_t index) const;
  [[nodiscard]] bool has(Bitmap kind, std::uint32_t row, std::uint32_t field) const;
  [[nodiscard]] std::array<std::uint8_t, 16> id(std::uint32_t row) const;
  [[nodiscard]] std::vector<AnsweredError> errors() const;
  [[nodiscard]] std::vector<AnsweredError> errors(std::uint32_t row) const;

 private:
  [[nodiscard]] wire::ResultLayout layout() const { return wire::result_layout(geometry); }
};

// Of a call to several targets (schemas/wire/targets.h): one target's answer, from its geometry in the table and its block.
[[nodiscard]] Answer target_of(const Answer& whole, std::uint32_t target);

// REQUIRES: the response is complete (its seq was seen). `region`: where the request's out_offset points.
[[nodiscard]] Answer read_answer(const wire::ResponseSlot& slot, const std::byte* region);

}  // namespace ringside::test
