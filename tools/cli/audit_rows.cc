#include "tools/cli/audit_rows.h"

#include <cstdio>
#include <string_view>

namespace ringside::cli {
namespace {

constexpr const char* kColumns[] = {"timestamp",  "request_id",     "user_id",    "user_id_hashed", "model_version", "arm",
                                    "status",     "reason",         "prediction", "score",          "values",        "margins",
                                    "latency_ms", "client_uid",     "client_pid", "client_name",    "client_ip",     "trace_id",
                                    "row",        "rows",           "filled",     "unknown",        "clamped",       "errors",
                                    "input_size", "input_features", "overruled",  "epoch",          "writer",        "sequence"};

std::string plain(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : json_text(value);
}

// client_uid → client.uid; epoch, writer, sequence → key.epoch, …
Json member(const Json& record, std::string_view column) {
  if (column == "client_uid" || column == "client_pid" || column == "client_name")
    return record.at("client").at(std::string(column.substr(7)));
  if (column == "epoch" || column == "writer" || column == "sequence") return record.at("key").at(std::string(column));
  return record.value(std::string(column), Json(nullptr));
}

// A spreadsheet takes a text that begins so for a formula.
bool looks_like_formula(const Json& value, std::string_view text) {
  return value.is_string() && !text.empty() &&
         (text.front() == '=' || text.front() == '+' || text.front() == '-' || text.front() == '@');
}

std::string cell(const Json& value) {
  std::string text = plain(value);
  if (looks_like_formula(value, text)) text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string or_dash(const Json& value) {
  const std::string text = plain(value);
  return text.empty() ? "-" : text;
}

}  // namespace

std::string json_text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string audit_csv_head() {
  std::string line;
  for (const char* column : kColumns) (line += line.empty() ? "" : ",") += column;
  return line + "\r\n";
}

std::string audit_csv_line(const Json& record) {
  std::string line;
  bool first = true;
  for (const char* column : kColumns) {
    if (!first) line += ',';
    first = false;
    line += cell(member(record, column));
  }
  return line + "\r\n";
}

std::vector<std::string> audit_table_head() {
  return {"time", "request id", "user", "version", "status", "prediction", "score", "ms", "client"};
}

std::vector<std::string> audit_table_row(const Json& record) {
  std::string status = plain(record.at("status"));
  if (const std::string reason = plain(record.value("reason", Json(nullptr))); !reason.empty()) status += " (" + reason + ")";
  for (const auto& error : record.at("errors"))
    status += " " + plain(error.at("code")) + (error.at("field").is_null() ? "" : ":" + plain(error.at("field")));
  if (record.value("overruled", false)) status += " [overruled]";
  char ms[32];
  std::snprintf(ms, sizeof ms, "%.4f", record.at("latency_ms").get<double>());
  return {plain(record.at("timestamp")),
          or_dash(record.at("request_id")),
          or_dash(record.at("user_id")),
          or_dash(record.at("model_version")),
          status,
          or_dash(record.at("prediction")),
          or_dash(record.at("score")),
          ms,
          or_dash(record.at("client").at("name"))};
}

}  // namespace ringside::cli
