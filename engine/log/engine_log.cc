#include "engine/log/engine_log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include <spdlog/spdlog.h>

namespace ringside::engine {
namespace {

constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                 spdlog::level::err};

}  // namespace

bool is_journal_stream(const char* journal_stream, int fd) {
  struct stat found {};
  if (journal_stream == nullptr || fstat(fd, &found) != 0) return false;
  return journal_stream == std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
}

Result<std::shared_ptr<EngineLog>, std::string> EngineLog::open(const LogTerms& terms) {
  const bool priorities = terms.file.empty() && is_journal_stream(std::getenv("JOURNAL_STREAM"), STDERR_FILENO);
  auto sink = std::make_shared<JsonSink>(terms.file, priorities);
  if (const auto opened = sink->reopen(); !opened) return fail(opened.error());
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("ringsided", sink));
  const std::shared_ptr<EngineLog> log(new EngineLog(std::move(sink)));
  log->set_level(terms.level);
  return log;
}

LogLevel EngineLog::level() const {
  const auto level = spdlog::default_logger_raw()->level();
  for (std::size_t i = 0; i < std::size(kLevels); ++i) {
    if (kLevels[i] == level) return static_cast<LogLevel>(i);
  }
  return LogLevel::kInfo;
}

void EngineLog::set_level(LogLevel level) { spdlog::default_logger_raw()->set_level(kLevels[static_cast<std::size_t>(level)]); }

}  // namespace ringside::engine
