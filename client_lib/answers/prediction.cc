#include <ringside/prediction.h>

#include <cstring>
#include <limits>
#include <utility>

#include "client_lib/answers/answer.h"
#include "client_lib/base/check.h"
#include "client_lib/messages.h"
#include "client_lib/protection/verdicts.h"

namespace ringside {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Number `index` of an array of float64, or of float32.
double number_at(const detail::Answer& answer, bool is_float64, std::uint64_t offset, std::size_t index) noexcept {
  if (is_float64) {
    double value = 0;
    std::memcpy(&value, answer.at(offset + index * sizeof value), sizeof value);
    return value;
  }
  float value = 0;
  std::memcpy(&value, answer.at(offset + index * sizeof value), sizeof value);
  return static_cast<double>(value);
}

FieldNames field_set(const detail::Answer* answer, std::uint32_t row, std::uint32_t which) noexcept {
  if (answer == nullptr || answer->row_result(row) == nullptr || answer->version == nullptr) return {};
  const std::size_t first = (std::size_t{row} * 3 + which) * answer->layout.words;
  return {answer->bytes.data() + first, answer->geometry.fields, answer->version.get()};
}

ErrorFacts facts_of(const wire::FieldError& error) {
  return {.code = static_cast<FieldCode>(error.code),
          .expected = static_cast<Dtype>(error.expected),
          .got = static_cast<wire::Tag>(error.got),
          .low = error.low,
          .high = error.high};
}

// The errors of one row, in the order in which the engine found them. Units are walked with every length checked.
std::vector<FieldError> row_errors(const detail::Answer& answer, std::uint32_t row) {
  std::vector<FieldError> list;
  const std::uint32_t units = answer.geometry.errors;
  for (std::uint32_t unit = 0; unit < units;) {
    wire::FieldError error{};
    const std::uint64_t offset = answer.layout.errors_offset + std::uint64_t{unit} * sizeof error;
    std::memcpy(&error, answer.at(offset), sizeof error);
    const std::uint32_t taken = wire::error_units(error.name_bytes);
    if (taken > units - unit) break;
    unit += taken;
    if (error.row != row) continue;
    FieldError& shown = list.emplace_back();
    shown.code = static_cast<FieldCode>(error.code);
    if (error.field != wire::kNoField && answer.version != nullptr && error.field < answer.version->fields.size()) {
      shown.field = answer.version->fields[error.field].name;
    } else {
      shown.field.assign(reinterpret_cast<const char*>(answer.at(offset + sizeof error)), error.name_bytes);
    }
    ErrorFacts facts = facts_of(error);
    facts.nameless = shown.field.empty();
    shown.message = error_message(facts);
  }
  return list;
}

}  // namespace

Status RowAnswer::status() const noexcept {
  if (answer_ == nullptr) return Status::kFail;
  if (answer_->status != Status::kOk) return answer_->status;
  const wire::RowResult* result = answer_->row_result(row_);
  if (result == nullptr) return row_ < answer_->rows ? Status::kFail : Status::kOk;  // beyond the rows: the call itself
  return result->status < wire::kStatusCount ? static_cast<Status>(result->status) : Status::kFail;
}

Reason RowAnswer::reason() const noexcept { return answer_ == nullptr ? Reason::kNone : answer_->reason; }

bool RowAnswer::said_by_engine() const noexcept { return answer_ != nullptr && answer_->said_by_engine; }

Arm RowAnswer::arm() const noexcept { return answer_ == nullptr ? Arm::kNone : static_cast<Arm>(answer_->geometry.arm); }

bool RowAnswer::is_fallback() const noexcept {
  return answer_ != nullptr && answer_->fallback.has_value() && detail::takes_fallback(status());
}

std::chrono::microseconds RowAnswer::retry_after() const noexcept {
  if (answer_ == nullptr || answer_->status != Status::kRejected) return {};
  return std::chrono::microseconds(answer_->geometry.retry_after_us);
}

double RowAnswer::score() const noexcept {
  if (is_fallback()) return *answer_->fallback;
  return ok() && values() > 0 ? value(0) : kNaN;
}

std::size_t RowAnswer::values() const noexcept {
  return answer_ == nullptr || answer_->row_result(row_) == nullptr || !ok() ? 0 : answer_->geometry.values;
}

double RowAnswer::value(std::size_t index) const noexcept {
  const std::size_t count = values();
  if (index >= count) return kNaN;
  return number_at(*answer_, is_float64(), answer_->layout.values_offset, std::size_t{row_} * count + index);
}

std::size_t RowAnswer::margins() const noexcept {
  return answer_ == nullptr || answer_->row_result(row_) == nullptr || !ok() ? 0 : answer_->geometry.margins;
}

double RowAnswer::margin(std::size_t index) const noexcept {
  const std::size_t count = margins();
  if (index >= count) return kNaN;
  return number_at(*answer_, is_float64(), answer_->layout.margins_offset, std::size_t{row_} * count + index);
}

bool RowAnswer::is_float64() const noexcept {
  return answer_ != nullptr && answer_->geometry.output_type == static_cast<std::uint8_t>(wire::OutputType::kFloat64);
}

std::size_t RowAnswer::probabilities() const noexcept {
  const std::size_t count = values();
  if (count == 0 || answer_->version == nullptr) return 0;
  switch (answer_->version->kind) {
    case ModelKind::kBinary:
      return 2;
    case ModelKind::kMulticlass:
      return count > 1 ? count : 0;  // one value: the class itself, no probability
    case ModelKind::kOther:
      break;
  }
  return 0;
}

double RowAnswer::probability(std::size_t class_index) const noexcept {
  if (class_index >= probabilities()) return kNaN;
  if (answer_->version->kind == ModelKind::kMulticlass) return value(class_index);
  const double second = value(0);
  if (class_index == 1) return second;
  if (is_float64()) return 1.0 - second;
  return static_cast<double>(1.0F - static_cast<float>(second));  // as predict_proba computes it: in float32
}

Label RowAnswer::label() const noexcept {
  const wire::RowResult* result = answer_ == nullptr ? nullptr : answer_->row_result(row_);
  if (result == nullptr || answer_->version == nullptr || !ok() || result->label_index < 0) return {};
  const auto index = static_cast<std::size_t>(result->label_index);
  const auto& classes = answer_->version->classes;
  if (index >= classes.size()) return {};
  return {.kind = classes[index].is_text ? Label::Kind::kText : Label::Kind::kInt,
          .number = classes[index].number,
          .text = classes[index].text,
          .index = index};
}

std::size_t RowAnswer::features() const noexcept {
  if (answer_ == nullptr || answer_->row_result(row_) == nullptr || !ok()) return 0;
  return (answer_->geometry.flags & wire::kHasFeatures) != 0 ? answer_->geometry.features : 0;
}

bool RowAnswer::features_float64() const noexcept {
  return answer_ != nullptr && (answer_->geometry.flags & wire::kFeaturesFloat64) != 0;
}

float RowAnswer::feature(std::size_t index) const noexcept { return static_cast<float>(feature64(index)); }

double RowAnswer::feature64(std::size_t index) const noexcept {
  const std::size_t count = features();
  if (index >= count) return kNaN;
  return number_at(*answer_, features_float64(), answer_->layout.features_offset, std::size_t{row_} * count + index);
}

std::span<const std::byte> RowAnswer::input_digest() const noexcept {
  if (answer_ == nullptr || answer_->row_result(row_) == nullptr || !ok()) return {};
  if ((answer_->geometry.flags & wire::kHasInputDigests) == 0) return {};
  return {answer_->at(answer_->layout.digests_offset + std::uint64_t{row_} * 16), 16};
}

FieldNames RowAnswer::filled() const noexcept { return field_set(answer_, row_, 0); }
FieldNames RowAnswer::unknown() const noexcept { return field_set(answer_, row_, 1); }
FieldNames RowAnswer::clamped() const noexcept { return field_set(answer_, row_, 2); }

std::vector<FieldError> RowAnswer::errors() const {
  if (answer_ == nullptr) return {};
  if (answer_->status == Status::kOk) return row_errors(*answer_, row_);
  if (answer_->status != Status::kInvalid) return {};
  return {{.field = "", .code = answer_->code, .message = error_message({.code = answer_->code, .rows_max = answer_->rows_max})}};
}

std::string RowAnswer::explanation() const {
  if (answer_ == nullptr) return "no call was made";
  std::string text = status_message(status(), reason(), answer_->said_by_engine);
  if (status() != Status::kInvalid) return text;
  const std::vector<FieldError> all = errors();
  if (all.empty()) return text;
  text = "not valid: " + (all.front().field.empty() ? "" : all.front().field + ": ") + all.front().message;
  if (all.size() > 1) text += " (and " + std::to_string(all.size() - 1) + " more: see its errors)";
  return text;
}

std::string_view RowAnswer::request_id() const noexcept {
  return answer_ == nullptr ? std::string_view() : answer_->ids.get(row_);
}

std::string_view RowAnswer::version() const noexcept {
  const VersionInfo* info = version_info();
  return info == nullptr ? std::string_view() : info->name;
}

const VersionInfo* RowAnswer::version_info() const noexcept { return answer_ == nullptr ? nullptr : answer_->version.get(); }

Timings RowAnswer::timings() const noexcept {
  if (answer_ == nullptr) return {};
  const wire::ResponseGeometry& g = answer_->geometry;
  using Ns = std::chrono::nanoseconds;
  return {Ns(g.queue_ns), Ns(g.decode_ns), Ns(g.preprocess_ns), Ns(g.forest_ns), Ns(g.total_ns)};
}

Prediction::Prediction() = default;
Prediction::Prediction(Prediction&& other) noexcept
    : RowAnswer(std::exchange(static_cast<RowAnswer&>(other), RowAnswer())), owned_(std::move(other.owned_)) {}
Prediction& Prediction::operator=(Prediction&& other) noexcept {
  RowAnswer::operator=(std::exchange(static_cast<RowAnswer&>(other), RowAnswer()));
  owned_ = std::move(other.owned_);
  return *this;
}
Prediction::~Prediction() = default;

BatchResult::BatchResult() = default;
BatchResult::BatchResult(BatchResult&&) noexcept = default;
BatchResult& BatchResult::operator=(BatchResult&&) noexcept = default;
BatchResult::~BatchResult() = default;

Status BatchResult::status() const noexcept { return owned_ == nullptr ? Status::kFail : owned_->status; }

RowAnswer BatchResult::call() const noexcept {
  return detail::AnswerAccess::row(owned_.get(), std::numeric_limits<std::uint32_t>::max());
}

std::size_t BatchResult::rows() const noexcept { return owned_ == nullptr ? 0 : owned_->rows; }

RowAnswer BatchResult::row(std::size_t index) const noexcept {
  RINGSIDE_CHECK(index < rows());
  return detail::AnswerAccess::row(owned_.get(), static_cast<std::uint32_t>(index));
}

}  // namespace ringside
