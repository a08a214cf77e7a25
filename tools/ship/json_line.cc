#include "tools/ship/json_line.h"

#include <string_view>
#include <vector>

#include "tools/json_rows/result_writer.h"

namespace ringside::ship {
namespace {

class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  std::string& raw(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    ((out_ += '"') += name) += "\":";
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_json_text(raw(name), value); }
  void text_or_null(std::string_view name, std::string_view value) {
    if (value.empty()) {
      raw(name) += "null";
    } else {
      text(name, value);
    }
  }
  void count(std::string_view name, std::uint64_t value) { raw(name) += std::to_string(value); }
  void flag(std::string_view name, bool value) { raw(name) += value ? "true" : "false"; }
  void ms(std::string_view name, std::uint64_t ns) { append_json_float(raw(name), static_cast<double>(ns) / 1e6, true); }
  void numbers(std::string_view name, const std::vector<double>& values, bool is_float64) {
    raw(name) += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out_ += ',';
      append_json_float(out_, values[i], is_float64);
    }
    out_ += ']';
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    raw(name) += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out_ += ',';
      append_json_text(out_, values[i]);
    }
    out_ += ']';
  }
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void put_identity(Members& line, const Row& row) {
  line.text_or_null("request_id", row.request_id);
  line.text_or_null("user_id", row.user_id);
  line.text_or_null("user_key", row.user_key);
  line.text_or_null("trace_id", row.trace_id);
  line.text_or_null("model_version", row.model_version);
  line.text_or_null("asked", row.asked);
  line.text_or_null("arm", row.arm);
  line.text("status", row.status);
  line.text_or_null("code", row.code);
  line.text_or_null("reason", row.reason);
}

void put_content(Members& line, std::string& out, const Row& row) {
  line.raw("errors") += row.errors;
  line.raw("input_features") += row.input_features;
  line.count("input_size", row.input_size);
  if (!row.prediction) {
    line.raw("prediction") += "null";
  } else if (row.prediction_is_int) {
    line.raw("prediction") += *row.prediction;
  } else {
    line.text("prediction", *row.prediction);
  }
  line.raw("score");
  if (const auto score = row.score()) {
    append_json_float(out, *score, row.outputs_float64);
  } else {
    out += "null";
  }
  line.numbers("values", row.values, row.outputs_float64);
  line.numbers("margins", row.margins, row.outputs_float64);
  line.numbers("features", row.features, row.features_float64);
  line.texts("filled", row.filled);
  line.texts("unknown", row.unknown);
  line.texts("clamped", row.clamped);
  line.flag("outputs_withheld", row.outputs_withheld);
  line.flag("features_withheld", row.features_withheld);
  line.flag("inputs_cut", row.inputs_cut);
}

}  // namespace

void append_json_line(std::string& out, const Row& row) {
  Members line(out);
  line.text("timestamp", timestamp_text(row.wall_ns));
  line.text("type", row.type);
  line.text("key", key_text(row));
  line.text("instance", row.instance);
  line.text("task", row.task);
  line.count("writer", row.writer);
  line.count("sequence", row.sequence);
  line.count("epoch", row.epoch);
  line.count("rows", row.rows);
  if (row.type == "gap") {
    line.text("reason", row.reason);
    return line.close();
  }
  line.count("connection", row.connection);
  line.count("ticket", row.ticket);
  if (row.row) {
    line.count("row", *row.row);
  } else {
    line.raw("row") += "null";
  }
  line.flag("status_alone", row.status_alone);
  put_identity(line, row);
  put_content(line, out, row);
  line.ms("latency_ms", row.total_ns);
  line.ms("queue_ms", row.queue_ns);
  line.ms("decode_ms", row.decode_ns);
  line.ms("preprocess_ms", row.preprocess_ns);
  line.ms("forest_ms", row.forest_ns);
  line.raw("client") +=
      "{\"uid\":" + std::to_string(row.client_uid) + ",\"pid\":" + std::to_string(row.client_pid) + ",\"name\":";
  append_json_text(out, row.client_name);
  out += '}';
  line.text_or_null("client_ip", row.client_ip);
  line.close();
}

}  // namespace ringside::ship
