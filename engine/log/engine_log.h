// The engine's log: set up once, then used through spdlog's free functions (spdlog::warn(…)) by every thread but the workers, which never
// log.
//
//   auto log = EngineLog::open({.level = LogLevel::kInfo});
//   log->set_level(LogLevel::kDebug);          // at once, for all threads
//
// Thread safety: every function from any thread.
#pragma once

#include <memory>
#include <string>

#include <ringside/result.h>

#include "engine/log/json_sink.h"
#include "engine/log/log_level.h"

namespace ringside::engine {

struct LogTerms {
  LogLevel level = LogLevel::kInfo;
  std::string file = {};  // empty: standard error
};

class EngineLog {
 public:
  // Becomes spdlog's default logger. Error: the file cannot be opened.
  static Result<std::shared_ptr<EngineLog>, std::string> open(const LogTerms& terms);

  [[nodiscard]] LogLevel level() const;
  void set_level(LogLevel level);
  Result<Done, std::string> reopen() { return sink_->reopen(); }
  void set_task(const std::string& task) { sink_->set_task(task); }
  void tell_left_out() { sink_->tell_left_out(RepeatLimit::Clock::now()); }

 private:
  explicit EngineLog(std::shared_ptr<JsonSink> sink) : sink_(std::move(sink)) {}
  std::shared_ptr<JsonSink> sink_;
};

// Whether standard error is the journal's stream: `journal_stream` is $JOURNAL_STREAM, "<device>:<inode>"; null: not set.
[[nodiscard]] bool is_journal_stream(const char* journal_stream, int fd);

}  // namespace ringside::engine
