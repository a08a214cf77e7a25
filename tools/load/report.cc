#include "tools/load/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ringside::load {
namespace {

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1'000; }

const char* latency_from(Mode mode) { return mode == Mode::kOpen ? "intended send time" : "call"; }

}  // namespace

void Report::add(const CallerRecord& record, std::uint64_t start_ns) {
  calls += record.calls;
  rows += record.rows;
  not_sent += record.not_sent;
  latency_ns.merge(record.latency_ns);
  for (std::size_t i = 0; i < kStatuses; ++i) statuses[i] += record.statuses[i];
  for (const auto& [version, count] : record.versions) versions[version] += count;
  if (first_trouble.empty()) first_trouble = record.first_trouble;
  if (record.end_ns > start_ns) elapsed_s = std::max(elapsed_s, static_cast<double>(record.end_ns - start_ns) / 1e9);

  for (std::size_t second = 0; second < record.seconds.size(); ++second) {
    const SecondCounts& counts = record.seconds[second];
    if (counts.calls == 0) continue;
    if (seconds.size() <= second) seconds.resize(second + 1);
    seconds[second].calls += counts.calls;
    seconds[second].rows_ok += counts.rows_ok;
    seconds[second].max_ns = std::max(seconds[second].max_ns, counts.max_ns);
  }
}

std::string text_of(const Report& report) {
  std::string text = fmt::format("{} loop, {} thread{}, {} row{} a call, {}, client waits: {}\n", name(report.options.mode),
                                 report.options.threads, report.options.threads == 1 ? "" : "s", report.options.batch,
                                 report.options.batch == 1 ? "" : "s", report.task, name(report.options.wait));
  if (report.options.mode == Mode::kOpen) text += fmt::format("rate        {:.0f} calls/s wanted\n", report.options.rate);
  text += fmt::format("throughput  {:.0f} calls/s, {:.0f} rows/s over {:.2f} s\n", report.calls_per_s(), report.rows_per_s(),
                      report.elapsed_s);
  text += "latency us ";
  for (const auto& [word, quantile] : kQuantiles)
    text += fmt::format(" {} {:.2f}", word, us(report.latency_ns.quantile(quantile)));
  text += fmt::format(" max {:.2f}\n            of a call, from its {} to its answer\n", us(report.latency_ns.max()),
                      latency_from(report.options.mode));
  text += "rows       ";
  for (std::size_t i = 0; i < kStatuses; ++i) {
    if (report.statuses[i] != 0) text += fmt::format(" {} {}", ringside::name(static_cast<Status>(i)), report.statuses[i]);
  }
  text += '\n';
  for (const auto& [version, rows] : report.versions) text += fmt::format("version     {} answered {} rows\n", version, rows);
  if (report.not_sent != 0) {
    text += fmt::format("not sent    {} calls were due and could not be sent: the engine did not keep up with the rate\n",
                        report.not_sent);
  }
  if (!report.first_trouble.empty()) text += fmt::format("not ok      first: {}\n", report.first_trouble);
  return text;
}

std::string json_of(const Report& report) {
  nlohmann::ordered_json json;
  json["mode"] = name(report.options.mode);
  json["rate"] =
      report.options.mode == Mode::kOpen ? nlohmann::ordered_json(report.options.rate) : nlohmann::ordered_json(nullptr);
  json["threads"] = report.options.threads;
  json["batch"] = report.options.batch;
  json["wait"] = name(report.options.wait);
  json["task"] = report.task;
  json["input_rows"] = report.input_rows;
  json["duration_s"] = std::chrono::duration<double>(report.options.duration).count();
  json["elapsed_s"] = report.elapsed_s;
  json["calls"] = report.calls;
  json["rows"] = report.rows;
  json["not_sent"] = report.not_sent;
  json["calls_per_s"] = report.calls_per_s();
  json["rows_per_s"] = report.rows_per_s();
  json["latency_from"] = latency_from(report.options.mode);
  auto& latency = json["latency_us"] = nlohmann::ordered_json::object();
  latency["min"] = us(report.latency_ns.min());
  latency["mean"] = report.latency_ns.mean() / 1'000;
  for (const auto& [word, quantile] : kQuantiles) latency[word] = us(report.latency_ns.quantile(quantile));
  latency["max"] = us(report.latency_ns.max());
  auto& statuses = json["statuses"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < kStatuses; ++i) statuses[std::string(ringside::name(static_cast<Status>(i)))] = report.statuses[i];
  json["versions"] = report.versions;
  auto& seconds = json["seconds"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < report.seconds.size(); ++i) {
    seconds.push_back({{"second", i},
                       {"calls", report.seconds[i].calls},
                       {"rows_ok", report.seconds[i].rows_ok},
                       {"max_us", us(report.seconds[i].max_ns)}});
  }
  json["first_trouble"] =
      report.first_trouble.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(report.first_trouble);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace ringside::load
