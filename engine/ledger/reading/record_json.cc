#include "engine/ledger/reading/record_json.h"

#include <charconv>
#include <cmath>

#include "engine/ledger/reading/audit_time.h"
#include "schemas/wire/result.h"
#include "schemas/wire/status.h"

namespace ringside::engine {
namespace {

using journal::CellTag;
using journal::PredictionView;

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The length of a well-formed UTF-8 character at the begin of `text`; 0: there is none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    const bool good = follows(1) && follows(2) && !(lead == 0xE0 && byte(1) < 0xA0) && !(lead == 0xED && byte(1) >= 0xA0);
    return good ? 3 : 0;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    const bool good =
        follows(1) && follows(2) && follows(3) && !(lead == 0xF0 && byte(1) < 0x90) && !(lead == 0xF4 && byte(1) >= 0x90);
    return good ? 4 : 0;
  }
  return 0;
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (bytes == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
    } else if (byte == '"' || byte == '\\') {
      (out += '\\') += text.front();
    } else if (byte < 0x20) {
      ((out += "\\u00") += kHexDigits[byte >> 4]) += kHexDigits[byte & 15];
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  out += '"';
}

void append_float(std::string& out, double value, bool is_float64) {
  if (std::isnan(value)) {
    out += "null";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else if (value == 0 && std::signbit(value)) {
    out += "-0.0";  // "-0" is an integer to most readers, and loses its sign
  } else {
    char digits[32];
    const auto end = is_float64 ? std::to_chars(digits, digits + sizeof digits, value)
                                : std::to_chars(digits, digits + sizeof digits, static_cast<float>(value));
    out.append(digits, end.ptr);
  }
}

// Puts the comma where one is needed.
class ObjectText {
 public:
  explicit ObjectText(std::string& out) : out_(out) { out_ += '{'; }
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_text(out_, name);
    return out_ += ':';
  }
  void text(std::string_view name, std::string_view value) { append_text(key(name), value); }
  void text_or_null(std::string_view name, std::string_view value) {
    if (value.empty()) {
      key(name) += "null";
    } else {
      text(name, value);
    }
  }
  void number(std::string_view name, std::uint64_t value) { key(name) += std::to_string(value); }
  void truth(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void milliseconds(std::string_view name, std::uint64_t ns) { append_float(key(name), static_cast<double>(ns) / 1e6, true); }
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class At>
void append_floats(std::string& out, std::uint32_t count, bool is_float64, const At& at) {
  out += '[';
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i != 0) out += ',';
    append_float(out, at(i), is_float64);
  }
  out += ']';
}

void append_number(std::string& out, double value, wire::Dtype dtype) {
  const bool whole = std::abs(value) <= 9'007'199'254'740'992.0 && value == std::trunc(value);
  if (dtype == wire::Dtype::kBool && (value == 0 || value == 1)) {
    out += value != 0 ? "true" : "false";
  } else if (dtype == wire::Dtype::kInt && whole) {
    out += std::to_string(static_cast<std::int64_t>(value));
  } else {
    append_float(out, value, true);
  }
}

void append_input(std::string& out, const PredictionView& row, std::uint32_t field, wire::Dtype dtype) {
  const auto text = row.text(field);
  switch (row.tag(field)) {
    case CellTag::kMissing:
      out += "null";
      return;
    case CellTag::kNumber:
      return append_number(out, row.number(field), dtype);
    case CellTag::kText:
      return append_text(out, text.value_or(std::string_view()));
    case CellTag::kMasked: {
      ObjectText object(out);
      object.text("masked", text.value_or(std::string_view()));
      return object.close();
    }
    case CellTag::kPseudonym: {
      ObjectText object(out);
      object.text("pseudonym", hex_text(text.value_or(std::string_view())));
      return object.close();
    }
    case CellTag::kDropped:
      out += "{\"dropped\":true}";
      return;
    case CellTag::kCut: {
      ObjectText object(out);
      object.number("cut_bytes", row.cell(field));
      return object.close();
    }
    case CellTag::kNotRead:
      out += "{\"not_read\":true}";
      return;
    case CellTag::kSealed:
      out += "{\"sealed\":true}";
      return;
  }
  out += "null";
}

// The names of the fields whose bit is set.
template <class Bit>
void append_names(std::string& out, std::uint32_t fields, const VersionMeaning* meaning, const Bit& bit) {
  out += '[';
  bool first = true;
  for (std::uint32_t field = 0; meaning != nullptr && field < fields; ++field) {
    if (!bit(field)) continue;
    if (!first) out += ',';
    first = false;
    append_text(out, meaning->fields[field].name);
  }
  out += ']';
}

void append_errors(std::string& out, const PredictionView& row, const VersionMeaning* meaning) {
  const journal::PredictionBody& body = row.body();
  out += '[';
  if (body.errors == 0 && body.status == static_cast<std::uint8_t>(wire::Status::kInvalid) && body.code != 0) {
    ObjectText object(out);
    object.key("field") += "null";
    object.text("code", wire::name(static_cast<wire::FieldCode>(body.code)));
    object.close();
  }
  for (std::uint32_t i = 0; i < body.errors; ++i) {
    if (i != 0) out += ',';
    const journal::ErrorEntry error = row.error(i);
    ObjectText object(out);
    const bool known = meaning != nullptr && error.field < meaning->fields.size();
    object.text_or_null("field", known ? std::string_view(meaning->fields[error.field].name) : row.error_name(error));
    object.text("code", wire::name(static_cast<wire::FieldCode>(error.code)));
    if (static_cast<wire::FieldCode>(error.code) == wire::FieldCode::kTypeMismatch)
      object.text("expected", wire::name(wire::Dtype{error.expected}));
    if (std::isfinite(error.low)) append_float(object.key("low"), error.low, true);
    if (std::isfinite(error.high)) append_float(object.key("high"), error.high, true);
    object.close();
  }
  out += ']';
}

// The label; where the model has none, the score, or the scores.
void append_prediction(std::string& out, const PredictionView& row, const VersionMeaning* meaning) {
  const journal::PredictionBody& body = row.body();
  const bool wide = (body.flags & journal::kOutputFloat64) != 0;
  if (body.label_index >= 0) {
    const auto label = static_cast<std::size_t>(body.label_index);
    if (meaning == nullptr || label >= meaning->classes.size()) {
      out += "null";
    } else if (meaning->classes[label].is_integer) {
      out += meaning->classes[label].name;
    } else {
      append_text(out, meaning->classes[label].name);
    }
  } else if (body.values == 0) {
    out += "null";
  } else if (body.values == 1) {
    append_float(out, row.value(0), wide);
  } else {
    append_floats(out, body.values, wide, [&](std::uint32_t i) { return row.value(i); });
  }
}

void append_outputs(ObjectText& object, const PredictionView& row, const VersionMeaning* meaning) {
  const journal::PredictionBody& body = row.body();
  const bool wide = (body.flags & journal::kOutputFloat64) != 0, wide_features = (body.flags & journal::kFeaturesFloat64) != 0;
  append_prediction(object.key("prediction"), row, meaning);
  std::string& score = object.key("score");
  if (body.values == 1) {
    append_float(score, row.value(0), wide);
  } else {
    score += "null";
  }
  append_floats(object.key("values"), body.values, wide, [&](std::uint32_t i) { return row.value(i); });
  append_floats(object.key("margins"), body.margins, wide, [&](std::uint32_t i) { return row.margin(i); });
  if ((body.flags & journal::kOutputsWithheld) != 0) object.truth("outputs_withheld", true);
  std::string& features = object.key("features");
  if (body.features == 0) {
    features += "null";
  } else {
    append_floats(features, body.features, wide_features, [&](std::uint32_t i) { return row.feature(i); });
  }
  if ((body.flags & journal::kFeaturesWithheld) != 0) object.truth("features_withheld", true);
}

void append_inputs(ObjectText& object, const PredictionView& row, const VersionMeaning* meaning) {
  const std::uint32_t fields = row.body().fields;
  {
    ObjectText inputs(object.key("input_features"));
    for (std::uint32_t field = 0; meaning != nullptr && field < fields; ++field)
      append_input(inputs.key(meaning->fields[field].name), row, field, meaning->fields[field].dtype);
    inputs.close();
  }
  object.number("input_size", fields);
  append_names(object.key("filled"), fields, meaning, [&](std::uint32_t field) { return row.filled(field); });
  append_names(object.key("unknown"), fields, meaning, [&](std::uint32_t field) { return row.unknown(field); });
  append_names(object.key("clamped"), fields, meaning, [&](std::uint32_t field) { return row.clamped(field); });
}

}  // namespace

std::string hex_text(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    (text += kHexDigits[static_cast<unsigned char>(c) >> 4]) += kHexDigits[static_cast<unsigned char>(c) & 15];
  return text;
}

std::string request_id_text(const PredictionView& row) {
  const std::string_view id = row.request_id();
  if ((row.body().flags & journal::kRequestIdMade) == 0 || id.size() != 16) return std::string(id);
  std::string text = hex_text(id);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return text;
}

std::string_view audit_status(std::uint8_t status) noexcept {
  if (status == kUnrecorded) return "unrecorded";
  return status == static_cast<std::uint8_t>(wire::Status::kOk) ? "success" : wire::name(static_cast<wire::Status>(status));
}

void append_record_json(std::string& out, const PredictionView& row, const VersionMeaning* meaning, bool overruled,
                        std::uint64_t cursor) {
  const journal::PredictionBody& body = row.body();
  // A record and its version that contradict each other have no names in common.
  if (meaning != nullptr && meaning->fields.size() < body.fields) meaning = nullptr;
  const bool hashed = (body.flags & journal::kUserHashed) != 0;
  ObjectText object(out);
  object.text("timestamp", rfc3339_ms(row.head().wall_ns));
  object.text_or_null("request_id", request_id_text(row));
  object.text_or_null("user_id", hashed ? hex_text(row.user()) : std::string(row.user()));
  object.truth("user_id_hashed", hashed);
  object.text_or_null("model_version", meaning == nullptr ? std::string_view() : std::string_view(meaning->version));
  object.text_or_null("model_manifest", meaning == nullptr ? std::string_view() : std::string_view(meaning->manifest));
  object.text_or_null("arm", wire::name(static_cast<wire::Arm>(body.arm)));
  object.text("status", audit_status(body.status));
  const auto status = static_cast<wire::Status>(body.status);
  if (status == wire::Status::kUnavailable || (status == wire::Status::kRejected && body.code != 0))
    object.text_or_null("reason", wire::name(static_cast<wire::Reason>(body.code)));
  append_errors(object.key("errors"), row, meaning);
  append_outputs(object, row, meaning);
  append_inputs(object, row, meaning);
  object.milliseconds("latency_ms", body.total_ns);
  {
    ObjectText stages(object.key("latency_stages_ms"));
    stages.milliseconds("queue", body.queue_ns);
    stages.milliseconds("decode", body.decode_ns);
    stages.milliseconds("preprocess", body.preprocess_ns);
    stages.milliseconds("forest", body.forest_ns);
    stages.close();
  }
  {
    ObjectText client(object.key("client"));
    client.number("uid", body.uid);
    client.number("pid", body.pid);
    client.text_or_null("name", row.caller_name());
    client.close();
  }
  object.text_or_null("client_ip", row.origin());
  object.text_or_null("trace_id", row.trace_id());
  object.text_or_null("asked", row.asked());
  std::string& number = object.key("row");
  number += body.row == journal::kWholeCall ? "null" : std::to_string(body.row);
  object.number("rows", body.rows);
  if (body.target != 0) object.number("target", body.target);
  if (overruled) object.truth("overruled", true);
  {
    ObjectText key(object.key("key"));
    key.number("epoch", row.head().epoch);
    key.number("writer", row.head().writer);
    key.number("sequence", row.head().sequence);
    key.close();
  }
  object.text("cursor", std::to_string(cursor));
  object.close();
}

}  // namespace ringside::engine
