#include "tools/json_rows/result_writer.h"

#include <charconv>
#include <chrono>
#include <cmath>

#include "tools/json_rows/row_reader.h"

namespace ringside {
namespace {

// Puts the comma where one is needed.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_json_text(key(name), value); }
  void text_or_null(std::string_view name, std::string_view value) {
    if (value.empty()) {
      key(name) += "null";
    } else {
      text(name, value);
    }
  }
  void close_line() { out_ += "}\n"; }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class Count, class Write>
void write_array(std::string& out, Count count, const Write& write) {
  out += '[';
  for (Count i = 0; i < count; ++i) {
    if (i != 0) out += ',';
    write(i);
  }
  out += ']';
}

void write_names(std::string& out, const FieldNames& names) {
  out += '[';
  bool first = true;
  for (const std::string_view name : names) {
    if (!first) out += ',';
    first = false;
    append_json_text(out, name);
  }
  out += ']';
}

void write_label(ObjectWriter& object, const Label& label) {
  if (label.kind == Label::Kind::kInt) object.key("label") += std::to_string(label.number);
  if (label.kind == Label::Kind::kText) object.text("label", label.text);
}

void write_scores(ObjectWriter& object, std::string& out, const RowAnswer& answer) {
  const bool wide = answer.is_float64();
  const VersionInfo* version = answer.version_info();
  const bool multiclass = version != nullptr && version->kind == ModelKind::kMulticlass;
  const auto put = [&](double value) { append_json_float(out, value, wide); };
  if (!multiclass) {
    object.key("score");
    if (answer.values() == 1) {
      put(answer.score());
    } else {
      write_array(out, answer.values(), [&](std::size_t i) { put(answer.value(i)); });
    }
  }
  object.key("margin");
  if (answer.margins() == 1 && !multiclass) {
    put(answer.margin());
  } else {
    write_array(out, answer.margins(), [&](std::size_t i) { put(answer.margin(i)); });
  }
  write_label(object, answer.label());
  if (answer.probabilities() != 0) {
    object.key("probabilities");
    write_array(out, answer.probabilities(), [&](std::size_t i) { put(answer.probability(i)); });
  }
}

void write_errors(std::string& out, const RowAnswer& answer) {
  const auto errors = answer.errors();
  write_array(out, errors.size(), [&](std::size_t i) {
    const FieldError& error = errors[i];
    ObjectWriter object(out);
    object.text_or_null("field", error.field);
    object.text("code", name(error.code));
    object.text("message", error.message);
    out += '}';
  });
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const std::size_t bad = find_bad_utf8(text);
    for (const char c : text.substr(0, bad)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (byte < 0x20) {
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
      } else {
        out += c;
      }
    }
    if (bad == std::string_view::npos) break;
    out += "\xEF\xBF\xBD";  // U+FFFD
    text.remove_prefix(bad + 1);
  }
  out += '"';
}

void append_json_float(std::string& out, double value, bool is_float64) {
  if (std::isnan(value)) {
    out += "null";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-1e999" : "1e999";
  } else if (value == 0 && std::signbit(value)) {
    out += "-0.0";  // "-0" is an integer to most readers, and loses its sign
  } else {
    char digits[32];
    const auto end = is_float64 ? std::to_chars(digits, digits + sizeof digits, value)
                                : std::to_chars(digits, digits + sizeof digits, static_cast<float>(value));
    out.append(digits, end.ptr);
  }
}

void write_row(std::string& out, const RowAnswer& answer, const RowContext& context) {
  const std::string_view request_id = context.request_id.empty() ? answer.request_id() : context.request_id;
  ObjectWriter object(out);
  object.text_or_null("request_id", request_id);
  object.key("row") += std::to_string(context.row);
  object.text("status", name(answer.status()));
  if (!answer.version().empty()) {
    object.text("version", answer.version());
    if (answer.arm() != Arm::kNone) object.text("arm", name(answer.arm()));
  }
  if (answer.ok()) {
    write_scores(object, out, answer);
    write_names(object.key("filled"), answer.filled());
    write_names(object.key("unknown"), answer.unknown());
    write_names(object.key("clamped"), answer.clamped());
    if (const auto digest = answer.input_digest(); !digest.empty()) {
      std::string hex;
      for (const std::byte byte : digest) {
        constexpr std::string_view kHex = "0123456789abcdef";
        (hex += kHex[std::to_integer<unsigned>(byte) >> 4]) += kHex[std::to_integer<unsigned>(byte) & 15];
      }
      object.text("input_digest", hex);
    }
    if (context.with_features) {
      object.key("features");
      write_array(out, answer.features(),
                  [&](std::size_t i) { append_json_float(out, answer.feature64(i), answer.features_float64()); });
    }
  } else {
    if (answer.reason() != Reason::kNone) object.text("reason", name(answer.reason()));
    if (answer.status() == Status::kTimeout) object.text("said_by", answer.said_by_engine() ? "engine" : "client");
    object.text_or_null("trace_id", context.trace_id.empty() ? request_id : context.trace_id);
    write_errors(object.key("errors"), answer);
    if (answer.status() != Status::kInvalid) object.text("message", answer.explanation());
  }
  if (const auto total = answer.timings().total; total.count() > 0) {
    append_json_float(object.key("engine_us"), static_cast<double>(total.count()) / 1'000.0, true);
  }
  object.close_line();
}

void write_call_error(std::string& out, FieldCode code, std::string_view message, std::string_view trace_id) {
  ObjectWriter object(out);
  object.key("request_id") += "null";
  object.key("row") += "null";
  object.text("status", name(Status::kInvalid));
  object.text_or_null("trace_id", trace_id);
  object.key("errors") += "[{\"field\":null,\"code\":";
  append_json_text(out, name(code));
  out += ",\"message\":";
  append_json_text(out, message);
  out += "}]";
  object.close_line();
}

}  // namespace ringside
