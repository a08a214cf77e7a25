#include "tools/gateway/rows_route.h"

#include <charconv>
#include <optional>
#include <utility>

#include "tools/gateway/batch_body.h"
#include "tools/gateway/error_body.h"
#include "tools/json_rows/comparison_writer.h"
#include "tools/json_rows/json_scanner.h"
#include "tools/json_rows/result_writer.h"

namespace ringside::gateway {
namespace {

constexpr std::int64_t kDeadlineMsMax = 3'600'000;

// Nothing: `problem` says which parameter is wrong.
std::optional<CallOptions> call_options(const RequestTarget& target, std::string_view trace_id, std::string& problem) {
  CallOptions options;
  options.trace_id = trace_id;
  options.return_input_digest = true;
  for (const auto& [key, value] : target.parameters) {
    if (key == "version" && !value.empty()) {
      options.version = value;
    } else if (key == "label" && !value.empty()) {
      options.label = value;
    } else if (key == "deadline_ms") {
      std::int64_t ms = -1;
      const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
      if (error != std::errc{} || stop != value.data() + value.size() || ms < 0 || ms > kDeadlineMsMax) {
        problem = "?deadline_ms: a whole number from 0 (none) to 3600000";
        return std::nullopt;
      }
      options.deadline = std::chrono::milliseconds(ms);
    } else if (key == "features" && (value == "true" || value == "false")) {
      options.return_features = value == "true";
    } else {
      problem = "?" + key + ": known are version, label, deadline_ms, features (true or false)";
      return std::nullopt;
    }
  }
  if (!options.version.empty() && !options.label.empty()) {
    problem = "?version and ?label: one of them";
    return std::nullopt;
  }
  return options;
}

// The label; where the model has none, the score, or the scores.
void append_prediction(std::string& out, const RowAnswer& answer) {
  const auto put = [&](double value) { append_json_float(out, value, answer.is_float64()); };
  if (!answer.ok()) {
    out += "null";
    return;
  }
  switch (const Label label = answer.label(); label.kind) {
    case Label::Kind::kInt:
      out += std::to_string(label.number);
      return;
    case Label::Kind::kText:
      append_json_text(out, label.text);
      return;
    case Label::Kind::kNone:
      break;
  }
  if (answer.values() == 1) return put(answer.score());
  out += '[';
  for (std::size_t i = 0; i < answer.values(); ++i) {
    if (i != 0) out += ',';
    put(answer.value(i));
  }
  out += ']';
}

void append_result(std::string& out, const RowAnswer& answer, const JsonRow& row, std::size_t index, const CallOptions& options) {
  write_row(out, answer,
            {.row = index,
             .request_id = row.metadata().request_id,
             .trace_id = row.metadata().trace_id.empty() ? options.trace_id : row.metadata().trace_id,
             .with_features = options.return_features});
  out.pop_back();  // the end of the line
}

Response refusal(const RowAnswer& answer, const JsonRow& row, const std::string& trace_id) {
  Json detail = Json::array();
  for (const FieldError& error : answer.errors()) {
    detail.push_back({{"field", error.field.empty() ? Json(nullptr) : Json(error.field)},
                      {"code", std::string(name(error.code))},
                      {"message", error.message}});
  }
  std::string why = row.readable ? answer.explanation() : row.reader.problem();
  Json document = {{"error", std::move(why)},
                   {"detail", std::move(detail)},
                   {"trace_id", trace_id},
                   {"status", std::string(name(answer.status()))},
                   {"request_id", std::string(answer.request_id())}};
  if (answer.reason() != Reason::kNone) document["reason"] = std::string(name(answer.reason()));
  Response response = json_response(document, http_status(answer.status(), answer.reason()));
  allow_retry(response, answer.status(), answer.retry_after());
  return response;
}

// {"versions":[a,b],"row":{…}}: the row unread. The problem, or "".
struct Comparison {
  std::vector<std::string> versions;
  std::string_view row;
};

std::string read_comparison(std::string_view body, Comparison& comparison) {
  body = without_byte_order_mark(body);
  JsonScanner scan(body);
  const auto text = [&scan](std::string& out, std::string_view what) {
    std::string scratch;
    std::string_view value;
    if (!scan.text(scratch, value, what)) return false;
    out = value;
    return true;
  };
  if (!scan.expect('{')) return scan.problem();
  if (!scan.accept('}')) {
    do {
      std::string key;
      if (!text(key, "a key") || !scan.expect(':')) return scan.problem();
      if (key == "row") {
        if (comparison.row.data() != nullptr) return "row: given twice";
        const std::size_t begin = scan.offset();
        if (!scan.skip_nested()) return scan.problem();
        comparison.row = body.substr(begin, scan.offset() - begin);
      } else if (key == "versions") {
        if (!comparison.versions.empty()) return "versions: given twice";
        if (!scan.expect('[')) return scan.problem();
        do {
          if (comparison.versions.size() == kTargetsMax) return "versions: at most " + std::to_string(kTargetsMax);
          if (!text(comparison.versions.emplace_back(), "a version")) return scan.problem();
        } while (scan.accept(','));
        if (!scan.expect_closing(']')) return scan.problem();
      } else {
        return key.substr(0, 64) + ": unknown key; known are versions, row";
      }
    } while (scan.accept(','));
    if (!scan.expect_closing('}')) return scan.problem();
  }
  if (!scan.at_end()) return "something stands behind the object";
  if (comparison.versions.size() < 2) return "versions: two of them, or more";
  return comparison.row.data() == nullptr ? "row: required" : "";
}

}  // namespace

Response RowsRoute::predict_ab(const Request& request, const RequestTarget& target, TaskCaller& caller, const std::string& trace_id) {
  std::string problem;
  const auto options = call_options(target, trace_id, problem);
  if (options && (!options->version.empty() || !options->label.empty())) problem = "the versions stand in the body";
  Comparison comparison;
  if (problem.empty()) problem = read_comparison(request.body, comparison);
  if (!problem.empty()) return error_response(400, problem, trace_id);
  if (rows_.empty()) rows_.emplace_back();
  JsonRow& row = rows_.front();
  row.read(comparison.row);
  std::vector<Target> targets;
  for (const std::string& version : comparison.versions) targets.push_back(Target::version(version));
  std::vector<RowAnswer> answers;
  bool scored = false;
  for (const BatchResult& answer : caller.compare(row, targets, *options)) {
    answers.push_back(answer.row(0));
    scored = scored || answers.back().ok();
  }
  if (!scored) return refusal(answers.front(), row, trace_id);
  Response response;
  write_comparison(response.body, answers,
                   {.request_id = row.metadata().request_id, .trace_id = trace_id, .with_features = options->return_features});
  return response;
}

Response RowsRoute::predict(const Request& request, const RequestTarget& target, TaskCaller& caller, const std::string& trace_id) {
  std::string problem;
  const auto options = call_options(target, trace_id, problem);
  if (!options) return error_response(400, problem, trace_id);
  if (rows_.empty()) rows_.emplace_back();
  JsonRow& row = rows_.front();
  row.read(without_byte_order_mark(request.body));
  const JsonRow* one = &row;
  const RowAnswer answer = caller.call({&one, 1}, *options).row(0);
  if (!answer.ok()) return refusal(answer, row, trace_id);
  Response response;
  append_result(response.body, answer, row, 0, *options);
  response.body.pop_back();  // '}'
  response.body += ",\"prediction\":";
  append_prediction(response.body, answer);
  response.body += ",\"model_version\":";
  append_json_text(response.body, answer.version());
  response.body += "}\n";
  return response;
}

// The rows of run_, which share a call; `first` is the index of the first of them.
void RowsRoute::answer_run(TaskCaller& caller, const CallOptions& options, std::size_t first) {
  const BatchResult& answers = caller.call(run_, options);
  for (std::size_t i = 0; i < run_.size(); ++i) {
    const RowAnswer answer = answers.row(i);
    if (first + i != 0) {
      results_ += ',';
      predictions_ += ',';
    }
    append_result(results_, answer, *run_[i], first + i, options);
    append_prediction(predictions_, answer);
    if (version_.empty()) version_ = answer.version();
  }
  run_.clear();
}

Response RowsRoute::predict_batch(const Request& request, const RequestTarget& target, TaskCaller& caller,
                                  const std::string& trace_id) {
  std::string problem;
  const auto options = call_options(target, trace_id, problem);
  if (!options) return error_response(400, problem, trace_id);
  const auto whole_call = [&](FieldCode code, const std::string& message) {
    return error_response(400, message, trace_id,
                          Json::array({{{"field", nullptr}, {"code", std::string(name(code))}, {"message", message}}}));
  };
  const std::size_t most = caller.rows_max();
  const auto parts = split_array(request.body, most);
  if (!parts) return whole_call(FieldCode::kMalformed, "the body is no array of rows: " + parts.error());
  if (parts->count == 0 || parts->count > most) {
    return whole_call(FieldCode::kBatchSize, std::to_string(parts->count) + " rows; an array of 1 to " + std::to_string(most) + " is answered");
  }
  while (rows_.size() < parts->count) rows_.emplace_back();
  results_.clear();
  predictions_.clear();
  version_.clear();
  run_.clear();
  for (std::size_t i = 0; i < parts->count; ++i) {
    rows_[i].read(parts->elements[i]);
    if (!run_.empty() && !rows_[i].metadata().same_call(run_.front()->metadata())) answer_run(caller, *options, i - run_.size());
    run_.push_back(&rows_[i]);
  }
  answer_run(caller, *options, parts->count - run_.size());
  Response response;
  response.body = "{\"predictions\":[" + predictions_ + "],\"results\":[" + results_ + "],\"model_version\":";
  if (version_.empty()) {
    response.body += "null";
  } else {
    append_json_text(response.body, version_);
  }
  response.body += "}\n";
  return response;
}

}  // namespace ringside::gateway
