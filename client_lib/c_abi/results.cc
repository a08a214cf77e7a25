// ringside.h, second half: reading results.
#include <iterator>
#include <string_view>

#include "client_lib/c_abi/handles.h"

namespace {

ringside_text_view view(std::string_view text) { return {text.data(), text.size()}; }

// An empty row (status fail) for a number out of range.
ringside::RowAnswer row_of(const ringside_result* result, std::size_t row) {
  if (row == RINGSIDE_WHOLE_CALL) return result->result.call();
  return row < result->result.rows() ? result->result.row(row) : ringside::RowAnswer();
}

ringside::FieldNames fields_of(const ringside_result* result, std::size_t row, ringside_field_set set) {
  const ringside::RowAnswer answer = row_of(result, row);
  switch (set) {
    case RINGSIDE_FILLED:
      return answer.filled();
    case RINGSIDE_UNKNOWN:
      return answer.unknown();
    case RINGSIDE_CLAMPED:
      return answer.clamped();
  }
  return {};
}

std::uint64_t count_ns(std::chrono::nanoseconds duration) { return static_cast<std::uint64_t>(duration.count()); }

}  // namespace

extern "C" {

ringside_result* ringside_result_new(void) { return new ringside_result{}; }
void ringside_result_free(ringside_result* result) { delete result; }

size_t ringside_result_rows(const ringside_result* result) { return result->result.rows(); }

ringside_status ringside_result_status(const ringside_result* result, size_t row) {
  return static_cast<ringside_status>(row_of(result, row).status());
}

const char* ringside_status_name(ringside_status status) {
  return ringside::name(static_cast<ringside::Status>(status)).data();  // the names are literals: a zero follows
}

ringside_text_view ringside_result_reason(const ringside_result* result, size_t row) {
  return view(ringside::name(row_of(result, row).reason()));
}

int ringside_result_said_by_engine(const ringside_result* result) { return result->result.call().said_by_engine() ? 1 : 0; }

double ringside_result_score(const ringside_result* result, size_t row) { return row_of(result, row).score(); }
size_t ringside_result_values(const ringside_result* result, size_t row) { return row_of(result, row).values(); }
double ringside_result_value(const ringside_result* result, size_t row, size_t index) { return row_of(result, row).value(index); }
size_t ringside_result_margins(const ringside_result* result, size_t row) { return row_of(result, row).margins(); }
double ringside_result_margin(const ringside_result* result, size_t row, size_t index) {
  return row_of(result, row).margin(index);
}
size_t ringside_result_probabilities(const ringside_result* result, size_t row) { return row_of(result, row).probabilities(); }
double ringside_result_probability(const ringside_result* result, size_t row, size_t class_index) {
  return row_of(result, row).probability(class_index);
}
int ringside_result_is_float64(const ringside_result* result) { return result->result.call().is_float64() ? 1 : 0; }
size_t ringside_result_features(const ringside_result* result, size_t row) { return row_of(result, row).features(); }
double ringside_result_feature64(const ringside_result* result, size_t row, size_t index) {
  return row_of(result, row).feature64(index);
}
int ringside_result_features_float64(const ringside_result* result) { return result->result.call().features_float64() ? 1 : 0; }
float ringside_result_feature(const ringside_result* result, size_t row, size_t index) {
  return row_of(result, row).feature(index);
}

ringside_text_view ringside_result_input_digest(const ringside_result* result, size_t row) {
  const auto digest = row_of(result, row).input_digest();
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

int ringside_result_label(const ringside_result* result, size_t row, int64_t* number, ringside_text_view* text) {
  const ringside::Label label = row_of(result, row).label();
  if (label.kind == ringside::Label::Kind::kInt && number != nullptr) *number = label.number;
  if (label.kind == ringside::Label::Kind::kText && text != nullptr) *text = view(label.text);
  return static_cast<int>(label.kind);
}

ringside_text_view ringside_result_version(const ringside_result* result) { return view(result->result.call().version()); }
ringside_text_view ringside_result_arm(const ringside_result* result) {
  return view(ringside::name(result->result.call().arm()));
}
ringside_text_view ringside_result_request_id(const ringside_result* result, size_t row) {
  return view(row_of(result, row).request_id());
}

size_t ringside_result_field_count(const ringside_result* result, size_t row, ringside_field_set set) {
  return fields_of(result, row, set).size();
}

ringside_text_view ringside_result_field(const ringside_result* result, size_t row, ringside_field_set set, size_t index) {
  for (const std::string_view name : fields_of(result, row, set)) {
    if (index-- == 0) return view(name);
  }
  return {nullptr, 0};
}

size_t ringside_result_error_count(ringside_result* result, size_t row) {
  if (result->errors_row != row) {
    result->errors = row_of(result, row).errors();
    result->errors_row = row;
  }
  return result->errors.size();
}

ringside_error ringside_result_error(ringside_result* result, size_t row, size_t index) {
  if (index >= ringside_result_error_count(result, row)) return {{nullptr, 0}, {nullptr, 0}, {nullptr, 0}};
  const ringside::FieldError& error = result->errors[index];
  return {view(error.field), view(ringside::name(error.code)), view(error.message)};
}

ringside_timings ringside_result_timings(const ringside_result* result) {
  const ringside::Timings timings = result->result.call().timings();
  return {count_ns(timings.queue), count_ns(timings.decode), count_ns(timings.preprocess), count_ns(timings.forest),
          count_ns(timings.total)};
}

}  // extern "C"
