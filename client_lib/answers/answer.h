// What stands behind a Prediction and a BatchResult: a private copy of one result, and how it came about.
//
//   client-made verdict (timeout, lost, …)        engine's answer: copied once, then checked, then believed
//   geometry is empty, said_by_engine is false    geometry + bytes (schemas/wire/result.h says where things stand) + version's names
//
// Thread safety: one owner while it is filled; const reads from any thread. Cost: filling allocates only while memory grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ringside/prediction.h>

#include "client_lib/request_ids.h"
#include "schemas/wire/response.h"
#include "schemas/wire/result.h"

namespace ringside::detail {

struct Answer {
  Status status = Status::kFail;  // of the call; kOk: see the rows
  Reason reason = Reason::kNone;
  FieldCode code = FieldCode::kNone;
  std::optional<double> fallback{};  // of the call's caller: RowAnswer::is_fallback() says where it stands
  bool said_by_engine = false;
  std::uint32_t rows = 0;      // as many as were sent
  std::uint32_t rows_max = 0;  // of a call, as configured; for the wording of BATCH_SIZE
  wire::ResponseGeometry geometry{};
  wire::ResultLayout layout{};
  std::vector<std::uint64_t> bytes;  // 8-aligned copy of the result; may be longer than the result
  std::shared_ptr<const VersionInfo> version;
  RequestIds ids;

  // A verdict of the client's own. Keeps memory, and leaves the ids.
  void say(Status own_status, Reason own_reason, FieldCode own_code, std::uint32_t sent_rows) noexcept;

  // Names the rows of a call that was not answered row by row (unknown version, timeout, lost, …): those without an id get one.
  void make_missing_ids();

  // Where the engine's result is to be copied: at least `size` bytes.
  [[nodiscard]] std::byte* room(std::size_t size);

  // REQUIRES: ids is empty. Believes the geometry (a private copy) and the bytes in room(), if they agree with each other and
  // with the version; else says kFail. `named`: the directory's entry for geometry.version_ordinal, null if it names none.
  void believe(const wire::ResponseGeometry& copied, std::uint32_t sent_rows, const std::shared_ptr<const VersionInfo>& named);

  // Of a row that the engine answered; null otherwise.
  [[nodiscard]] const wire::RowResult* row_result(std::uint32_t row) const noexcept;
  [[nodiscard]] const std::byte* at(std::uint64_t offset) const noexcept {
    return reinterpret_cast<const std::byte*>(bytes.data()) + offset;
  }
};

struct AnswerAccess {
  // Made on first use, then reused.
  static Answer& answer(Prediction& prediction) {
    if (prediction.owned_ == nullptr) {
      prediction.owned_ = std::make_unique<Answer>();
      prediction.answer_ = prediction.owned_.get();
    }
    return *prediction.owned_;
  }
  static Answer& answer(BatchResult& result) {
    if (result.owned_ == nullptr) result.owned_ = std::make_unique<Answer>();
    return *result.owned_;
  }
  static RowAnswer row(const Answer* answer, std::uint32_t index) noexcept {
    RowAnswer row;
    row.answer_ = answer;
    row.row_ = index;
    return row;
  }
};

}  // namespace ringside::detail
