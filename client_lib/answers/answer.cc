#include "client_lib/answers/answer.h"

#include "schemas/wire/limits.h"
#include "schemas/wire/status.h"

namespace ringside::detail {

void Answer::say(Status own_status, Reason own_reason, FieldCode own_code, std::uint32_t sent_rows) noexcept {
  status = own_status;
  reason = own_reason;
  code = own_code;
  said_by_engine = false;
  rows = sent_rows;
  geometry = {};
  geometry.version_ordinal = wire::kNoVersion;
  layout = {};
  version.reset();
}

void Answer::make_missing_ids() {
  if (status == Status::kOk || rows > wire::kCallRowsMax) return;  // the engine named them; too large a batch has one answer
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (!ids.get(row).empty()) continue;
    std::byte uuid[16];
    make_uuid7(uuid);
    ids.set_uuid(row, uuid);
  }
}

std::byte* Answer::room(std::size_t size) {
  const std::size_t words = size / 8 + 1;  // at least one: there is an address to copy nothing to
  if (bytes.size() < words) bytes.resize(words);
  return reinterpret_cast<std::byte*>(bytes.data());
}

void Answer::believe(const wire::ResponseGeometry& copied, std::uint32_t sent_rows,
                     const std::shared_ptr<const VersionInfo>& named) {
  const wire::ResultLayout computed = wire::result_layout(copied);
  const bool rows_agree =
      copied.rows == sent_rows || (copied.rows == 0 && copied.call_status != static_cast<std::uint8_t>(Status::kOk));
  // A version may be named by an answer without rows: it was chosen, and the call did not suit it.
  const std::size_t fields = named == nullptr || copied.rows == 0 ? 0 : named->fields.size();
  const bool version_agrees = (copied.version_ordinal == wire::kNoVersion) == (named == nullptr) && copied.fields == fields;
  const bool known_words = copied.call_status < wire::kStatusCount && copied.arm < wire::kArmCount;
  if (!rows_agree || !version_agrees || !known_words || computed.total_bytes > copied.result_bytes) {
    return say(Status::kFail, Reason::kNone, FieldCode::kNone, sent_rows);
  }
  geometry = copied;
  layout = computed;
  if (version != named) version = named;  // sharing costs two atomic operations: not when nothing has changed
  said_by_engine = true;
  rows = sent_rows;
  status = static_cast<Status>(copied.call_status);
  reason = status == Status::kUnavailable || status == Status::kRejected ? static_cast<Reason>(copied.call_code) : Reason::kNone;
  code = status == Status::kInvalid ? static_cast<FieldCode>(copied.call_code) : FieldCode::kNone;
  if ((copied.flags & wire::kIdsMade) == 0) return;
  for (std::uint32_t row = 0; row < copied.rows; ++row) ids.set_uuid(row, at(layout.ids_offset + std::uint64_t{row} * 16));
}

const wire::RowResult* Answer::row_result(std::uint32_t row) const noexcept {
  if (status != Status::kOk || row >= geometry.rows) return nullptr;
  return reinterpret_cast<const wire::RowResult*>(at(layout.rows_offset)) + row;
}

}  // namespace ringside::detail
