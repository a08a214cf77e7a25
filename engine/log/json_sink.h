// Where spdlog's lines go: one JSON object a line, written whole, to standard error or a file.
//
// Thread safety: spdlog's mutex; every function from any thread. Cost: one write a line, on the thread that logs: never a worker's.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include <ringside/result.h>
#include <spdlog/sinks/base_sink.h>

#include "client_lib/base/unique_fd.h"
#include "engine/log/json_line.h"
#include "engine/log/repeat_limit.h"

namespace ringside::engine {

class JsonSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // `file` empty: standard error. `priorities`: each line begins with <6> or the like, which journald reads and takes off.
  explicit JsonSink(std::string file, bool priorities, const RepeatLimit::Terms& limit = {});

  // Opens the file (again): after a rotation, lines go to a new one. On failure the one that is open stays.
  Result<Done, std::string> reopen();
  void set_task(const std::string& task);
  // Says what was left out of kinds that came to rest.
  void tell_left_out(RepeatLimit::Clock::time_point now);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  void write(LogLine line, const LogFields& fields);

  const std::string file_;
  const bool priorities_;
  base::UniqueFd fd_;
  std::string task_;
  RepeatLimit limit_;
  std::uint64_t lost_ = 0;
};

}  // namespace ringside::engine
