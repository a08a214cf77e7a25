// One line of the log: a JSON object with what every line has, then what the line is about.
//
//   {"time":"2026-11-25T10:45:02.123Z","level":"warn","task":"loan_default","thread":"rs-loader","message":"…","trace_id":"…"}
//
// Thread safety: a LogScope is its thread's; the rest is pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/log/log_level.h"

namespace ringside::engine {

using LogFields = std::vector<std::pair<std::string, std::string>>;

struct LogLine {
  std::chrono::system_clock::time_point time = {};
  LogLevel level = LogLevel::kInfo;
  std::string_view task = {};  // empty: not known yet
  std::string_view thread = {};
  std::string_view message = {};
  std::uint64_t left_out = 0;  // lines of this kind that were left out before it
  std::uint64_t lost = 0;      // lines that could not be written before it
};

// Ends with a newline, and holds no other. Text that is not UTF-8 is written with U+FFFD in its place.
[[nodiscard]] std::string json_line(const LogLine& line, const LogFields& fields);

// While it lives, every line of its thread carries these fields: an operator's request is found again by its trace id.
class LogScope {
 public:
  explicit LogScope(LogFields fields);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  // Of this thread's scopes, outermost first.
  [[nodiscard]] static LogFields current();

 private:
  LogFields fields_;
  const LogScope* outer_;
};

}  // namespace ringside::engine
