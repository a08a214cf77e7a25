#include "tools/ship/row.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "schemas/wire/cell.h"
#include "schemas/wire/result.h"
#include "schemas/wire/status.h"
#include "tools/json_rows/result_writer.h"
#include "tools/json_rows/row_reader.h"

namespace ringside::ship {
namespace {

using journal::CellTag;
using journal::PredictionView;

std::string hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    (text += kHex[byte >> 4]) += kHex[byte & 15];
  }
  return text;
}

// 16 raw bytes as a UUID is written.
std::string uuid(std::string_view bytes) {
  std::string text = hex(bytes);
  if (text.size() == 32) {
    for (const std::size_t place : {20u, 16u, 12u, 8u}) text.insert(place, 1, '-');
  }
  return text;
}

// Stores take UTF-8 alone; U+FFFD stands for what is not.
std::string clean(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t bad = find_bad_utf8(text);
    out += text.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
}

void append_number(std::string& out, double value, std::uint8_t dtype) {
  if (dtype == static_cast<std::uint8_t>(wire::Dtype::kBool) && (value == 0 || value == 1)) {
    out += value == 1 ? "true" : "false";
  } else if (dtype == static_cast<std::uint8_t>(wire::Dtype::kInt) && std::abs(value) <= 0x1p53) {
    out += std::to_string(static_cast<std::int64_t>(value));
  } else {
    append_json_float(out, value, true);
  }
}

void append_cell(std::string& out, const PredictionView& view, std::uint32_t field, std::uint8_t dtype) {
  const auto text = [&] { return view.text(field).value_or(std::string_view()); };
  switch (view.tag(field)) {
    case CellTag::kMissing:
      out += "null";
      return;
    case CellTag::kNumber:
      return append_number(out, view.number(field), dtype);
    case CellTag::kText:
      return append_json_text(out, text());
    case CellTag::kMasked:
      out += "{\"masked\":";
      append_json_text(out, text());
      break;
    case CellTag::kPseudonym:
      out += "{\"pseudonym\":\"" + hex(text()) + '"';
      break;
    case CellTag::kDropped:
      out += "{\"dropped\":true";
      break;
    case CellTag::kCut:
      out += "{\"cut_bytes\":" + std::to_string(view.cell(field));
      break;
    case CellTag::kNotRead:
      out += "{\"not_read\":true";
      break;
    case CellTag::kSealed:  // its key does not leave the host
      out += "{\"sealed\":true";
      break;
    default:
      out += "{\"tag\":" + std::to_string(static_cast<unsigned>(view.tag(field)));
  }
  out += '}';
}

void put_fields(Row& row, const PredictionView& view, const VersionNames* names) {
  std::string& out = row.input_features;
  out = "{";
  for (std::uint32_t field = 0; field < view.body().fields; ++field) {
    const bool is_named = names != nullptr && field < names->fields.size();
    const std::string name = is_named ? names->fields[field].name : "#" + std::to_string(field);
    if (field != 0) out += ',';
    append_json_text(out, name);
    out += ':';
    append_cell(out, view, field, is_named ? names->fields[field].dtype : 0);
    if (view.filled(field)) row.filled.push_back(clean(name));
    if (view.unknown(field)) row.unknown.push_back(clean(name));
    if (view.clamped(field)) row.clamped.push_back(clean(name));
  }
  out += '}';
}

void put_errors(Row& row, const PredictionView& view, const VersionNames* names) {
  std::string& out = row.errors;
  out = "[";
  for (std::uint32_t i = 0; i < view.body().errors; ++i) {
    const journal::ErrorEntry error = view.error(i);
    const auto code = static_cast<wire::FieldCode>(error.code);
    if (i != 0) out += ',';
    out += "{\"field\":";
    if (error.field != wire::kNoField && names != nullptr && error.field < names->fields.size()) {
      append_json_text(out, names->fields[error.field].name);
    } else if (error.field == wire::kNoField && error.name_bytes != 0) {
      append_json_text(out, view.error_name(error));
    } else {
      out += "null";
    }
    out += ",\"code\":";
    append_json_text(out, wire::name(code));
    if (code == wire::FieldCode::kTypeMismatch) {
      out += ",\"expected\":";
      append_json_text(out, wire::name(static_cast<wire::Dtype>(error.expected)));
    }
    if (!std::isnan(error.low)) append_json_float(out += ",\"low\":", error.low, true);
    if (!std::isnan(error.high)) append_json_float(out += ",\"high\":", error.high, true);
    out += '}';
  }
  out += ']';
}

void put_outputs(Row& row, const PredictionView& view, const VersionNames* names) {
  const journal::PredictionBody& body = view.body();
  for (std::uint32_t i = 0; i < body.values; ++i) row.values.push_back(view.value(i));
  for (std::uint32_t i = 0; i < body.margins; ++i) row.margins.push_back(view.margin(i));
  for (std::uint32_t i = 0; i < body.features; ++i) row.features.push_back(view.feature(i));
  row.outputs_float64 = (body.flags & journal::kOutputFloat64) != 0;
  row.features_float64 = (body.flags & journal::kFeaturesFloat64) != 0;
  row.outputs_withheld = (body.flags & journal::kOutputsWithheld) != 0;
  row.features_withheld = (body.flags & (journal::kFeaturesWithheld | journal::kFeaturesSealed)) != 0;
  row.inputs_cut = (body.flags & journal::kInputsCut) != 0;
  const auto label = static_cast<std::size_t>(body.label_index);
  if (body.label_index >= 0 && names != nullptr && label < names->classes.size()) {
    row.prediction = clean(names->classes[label].name);
    row.prediction_is_int = names->classes[label].is_int;
  }
}

void put_identity(Row& row, const PredictionView& view) {
  const journal::PredictionBody& body = view.body();
  row.connection = body.client;
  row.ticket = body.ticket;
  if (body.row != journal::kWholeCall) row.row = body.row;
  row.rows = body.rows;
  row.status_alone = body.fields == 0;
  const bool is_made = (body.flags & journal::kRequestIdMade) != 0, is_hashed = (body.flags & journal::kUserHashed) != 0;
  row.request_id = is_made ? uuid(view.request_id()) : clean(view.request_id());
  row.user_id = is_hashed ? hex(view.user()) : clean(view.user());
  if (is_hashed) {
    char key[9];
    std::snprintf(key, sizeof key, "%08x", body.key);
    row.user_key = key;
  }
  row.trace_id = clean(view.trace_id());
  row.asked = clean(view.asked());
  row.client_uid = body.uid;
  row.client_pid = body.pid;
  row.client_name = clean(view.caller_name());
  row.client_ip = clean(view.origin());
  row.total_ns = body.total_ns;
  row.queue_ns = body.queue_ns;
  row.decode_ns = body.decode_ns;
  row.preprocess_ns = body.preprocess_ns;
  row.forest_ns = body.forest_ns;
}

Result<Done, std::string> put_prediction(Row& row, const journal::Record& record, const VersionTable& versions) {
  const auto view = PredictionView::of(record);
  if (!view) return fail(std::string("the record contradicts itself: its parts are longer than it is"));
  const journal::PredictionBody& body = view->body();
  const VersionNames* const names =
      body.version == journal::kNoOrdinal ? nullptr : versions.find(record.head().epoch, body.version);
  if (names == nullptr && body.version != journal::kNoOrdinal)
    return fail("no version record of ordinal " + std::to_string(body.version) + " stands before it");
  row.type = "prediction";
  if (names != nullptr) row.model_version = clean(names->version);
  const auto status = static_cast<wire::Status>(body.status);
  row.status = status == wire::Status::kOk ? "success" : wire::name(status);
  row.arm = wire::name(static_cast<wire::Arm>(body.arm));
  if (status == wire::Status::kInvalid) row.code = wire::name(static_cast<wire::FieldCode>(body.code));
  if (status == wire::Status::kUnavailable || (status == wire::Status::kRejected && body.code != 0))
    row.reason = wire::name(static_cast<wire::Reason>(body.code));
  put_identity(row, *view);
  row.input_size = body.fields;
  put_fields(row, *view, names);
  put_errors(row, *view, names);
  put_outputs(row, *view, names);
  return Done{};
}

Result<Done, std::string> put_gap(Row& row, const journal::Record& record) {
  const auto body = record.body<journal::GapBody>();
  if (!body) return fail(std::string("a gap record too short for its body"));
  row.type = "gap";
  row.rows = body->rows;
  row.reason = body->reason == static_cast<std::uint8_t>(journal::GapReason::kAnswered) ? "answered" : "refused";
  row.input_features = "{}";
  row.errors = "[]";
  return Done{};
}

}  // namespace

std::size_t Row::bytes() const noexcept {
  std::size_t sum = sizeof(Row) + instance.size() + task.size() + request_id.size() + user_id.size() + trace_id.size() +
                    asked.size() + model_version.size() + errors.size() + input_features.size() + client_name.size();
  sum += (values.size() + margins.size() + features.size()) * sizeof(double);
  for (const auto* names : {&filled, &unknown, &clamped}) {
    for (const std::string& name : *names) sum += sizeof name + name.size();
  }
  return sum;
}

std::string key_text(const Row& row) {
  char text[64];
  std::snprintf(text, sizeof text, "%016llx-%u-%llu", static_cast<unsigned long long>(row.engine_epoch), row.writer,
                static_cast<unsigned long long>(row.sequence));
  return text;
}

std::string timestamp_text(std::uint64_t wall_ns) {
  const auto seconds = static_cast<std::time_t>(wall_ns / 1'000'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%09uZ", static_cast<unsigned>(wall_ns % 1'000'000'000));
  return text;
}

Result<Row, std::string> row_of(const journal::Record& record, const journal::FileHeader& header, const VersionTable& versions,
                                std::string_view instance) {
  Row row;
  row.engine_epoch = header.engine_epoch;
  row.writer = record.head().writer;
  row.sequence = record.head().sequence;
  row.wall_ns = record.head().wall_ns;
  row.epoch = record.head().epoch;
  row.instance = instance;
  row.task = clean(std::string_view(header.task, std::min<std::size_t>(header.task_bytes, sizeof header.task)));
  const auto put = record.type() == journal::RecordType::kGap ? put_gap(row, record) : put_prediction(row, record, versions);
  if (!put) return fail(put.error());
  return row;
}

}  // namespace ringside::ship
