#include "engine/log/json_sink.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "client_lib/base/sealed_memfd.h"

namespace ringside::engine {
namespace {

LogLevel level_of(spdlog::level::level_enum level) {
  if (level <= spdlog::level::debug) return LogLevel::kDebug;
  if (level == spdlog::level::info) return LogLevel::kInfo;
  return level == spdlog::level::warn ? LogLevel::kWarn : LogLevel::kError;
}

// syslog's priorities, as sd-daemon(3) has them.
std::string_view priority_of(LogLevel level) {
  constexpr std::string_view kPriorities[] = {"<7>", "<6>", "<4>", "<3>"};
  return kPriorities[static_cast<std::size_t>(level)];
}

std::string thread_name() {
  std::array<char, 16> text{};
  pthread_getname_np(pthread_self(), text.data(), text.size());
  return text.data();
}

bool write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

JsonSink::JsonSink(std::string file, bool priorities, const RepeatLimit::Terms& limit)
    : file_(std::move(file)), priorities_(priorities), limit_(limit) {}

Result<Done, std::string> JsonSink::reopen() {
  if (file_.empty()) return Done{};
  base::UniqueFd fresh(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!fresh) return fail(base::system_error_text("log.file: cannot open " + file_));
  const std::lock_guard lock(mutex_);
  fd_ = std::move(fresh);
  return Done{};
}

void JsonSink::set_task(const std::string& task) {
  const std::lock_guard lock(mutex_);
  task_ = task;
}

void JsonSink::tell_left_out(RepeatLimit::Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (const RepeatLimit::LeftOut& kind : limit_.due(now)) {
    write({.time = std::chrono::system_clock::now(),
           .level = LogLevel::kWarn,
           .thread = thread_name(),
           .message = kind.message,
           .left_out = kind.count - 1},  // this line is one of them
          {});
  }
}

void JsonSink::sink_it_(const spdlog::details::log_msg& message) {
  const std::string_view text(message.payload.data(), message.payload.size());
  const LogLevel level = level_of(message.level);
  const auto left_out = level < LogLevel::kWarn ? std::optional<std::uint64_t>(0) : limit_.admit(text, RepeatLimit::Clock::now());
  if (!left_out) return;
  const std::string thread = thread_name();
  write({.time = std::chrono::time_point_cast<std::chrono::system_clock::duration>(message.time),
         .level = level,
         .thread = thread,
         .message = text,
         .left_out = *left_out},
        LogScope::current());
}

void JsonSink::write(LogLine line, const LogFields& fields) {
  line.task = task_;
  line.lost = lost_;
  const std::string text = (priorities_ ? std::string(priority_of(line.level)) : std::string()) + json_line(line, fields);
  const bool written = write_whole(fd_ ? fd_.get() : STDERR_FILENO, text);
  lost_ = written ? 0 : lost_ + 1;
}

}  // namespace ringside::engine
