#include "tools/json_rows/comparison_writer.h"

#include <algorithm>

namespace ringside {
namespace {

void append_delta(std::string& out, const std::vector<double>& delta) {
  if (delta.empty()) {
    out += "null";
  } else if (delta.size() == 1) {
    append_json_float(out, delta.front(), true);
  } else {
    for (std::size_t i = 0; i < delta.size(); ++i) {
      out += i == 0 ? '[' : ',';
      append_json_float(out, delta[i], true);
    }
    out += ']';
  }
}

void append_label_delta(std::string& out, const std::optional<double>& delta) {
  if (!delta) {
    out += "null";
  } else {
    append_json_float(out, *delta, true);
  }
}

void append_row(std::string& out, const RowAnswer& answer, const RowContext& context) {
  write_row(out, answer, context);
  out.pop_back();  // the end of the line
}

}  // namespace

std::vector<double> score_delta(const RowAnswer& first, const RowAnswer& second) {
  if (!first.ok() || !second.ok() || first.values() != second.values()) return {};
  std::vector<double> delta;
  for (std::size_t i = 0; i < first.values(); ++i) delta.push_back(second.value(i) - first.value(i));
  return delta;
}

std::optional<double> label_delta(const RowAnswer& first, const RowAnswer& second) {
  const Label a = first.label(), b = second.label();
  if (a.kind == Label::Kind::kNone || b.kind == Label::Kind::kNone) return std::nullopt;
  if (a.kind == Label::Kind::kInt && b.kind == Label::Kind::kInt)
    return static_cast<double>(b.number) - static_cast<double>(a.number);
  return a.kind == b.kind && a.text == b.text ? 0.0 : 1.0;
}

void write_comparison(std::string& out, std::span<const RowAnswer> answers, const RowContext& context) {
  const RowAnswer& first = answers.front();
  const std::string_view request_id = context.request_id.empty() ? first.request_id() : context.request_id;
  out += "{\"request_id\":";
  if (request_id.empty()) {
    out += "null";
  } else {
    append_json_text(out, request_id);
  }
  out += ",\"row\":" + std::to_string(context.row);
  if (answers.size() == 2) {
    append_row(out += ",\"v1\":", first, context);
    append_row(out += ",\"v2\":", answers[1], context);
    append_delta(out += ",\"delta\":", score_delta(first, answers[1]));
    append_label_delta(out += ",\"label_delta\":", label_delta(first, answers[1]));
  } else {
    for (std::size_t i = 0; i < answers.size(); ++i) append_row(out += i == 0 ? ",\"versions\":[" : ",", answers[i], context);
    for (std::size_t i = 1; i < answers.size(); ++i)
      append_delta(out += i == 1 ? "],\"deltas\":[" : ",", score_delta(first, answers[i]));
    for (std::size_t i = 1; i < answers.size(); ++i) {
      append_label_delta(out += i == 1 ? "],\"label_deltas\":[" : ",", label_delta(first, answers[i]));
    }
    out += ']';
  }
  out += "}\n";
}

}  // namespace ringside
