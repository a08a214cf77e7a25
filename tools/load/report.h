// What a run was and what it found: made from the records of all its threads, told as text, JSON (schemas/load_report.schema.json) or a page.
//
// Thread safety: a value and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/load/caller.h"
#include "tools/load/load_options.h"

namespace ringside::load {

struct Report {
  LoadOptions options;
  std::string task;
  std::size_t input_rows = 0;
  double elapsed_s = 0;  // from the start to the last answer
  std::uint64_t calls = 0, rows = 0, not_sent = 0;
  std::array<std::uint64_t, kStatuses> statuses{};
  std::map<std::string, std::uint64_t> versions;
  std::vector<SecondCounts> seconds;  // to the last one with an answer
  Histogram latency_ns;
  std::string first_trouble;

  void add(const CallerRecord& record, std::uint64_t start_ns);
  [[nodiscard]] std::uint64_t count(Status status) const noexcept { return statuses[static_cast<std::size_t>(status)]; }
  [[nodiscard]] double calls_per_s() const noexcept { return elapsed_s > 0 ? static_cast<double>(calls) / elapsed_s : 0; }
  [[nodiscard]] double rows_per_s() const noexcept { return elapsed_s > 0 ? static_cast<double>(rows) / elapsed_s : 0; }
};

// The percentiles that every form tells, with their names: {"p50", 0.5} … {"p99.99", 0.9999}.
struct NamedQuantile {
  const char* name;
  double quantile;
};
inline constexpr NamedQuantile kQuantiles[] = {{"p50", 0.5},  {"p90", 0.9},     {"p95", 0.95},
                                               {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

[[nodiscard]] std::string text_of(const Report& report);
[[nodiscard]] std::string json_of(const Report& report);  // one line
[[nodiscard]] std::string html_of(const Report& report);  // self-contained: no script, nothing loaded

}  // namespace ringside::load
