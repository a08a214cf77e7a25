#include "engine/log/json_line.h"

#include <array>
#include <cstdio>
#include <ctime>

#include <nlohmann/json.hpp>

namespace ringside::engine {
namespace {

thread_local const LogScope* innermost = nullptr;

std::string utc(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(ms / 1'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(ms % 1'000));
  return text.data();
}

}  // namespace

std::string json_line(const LogLine& line, const LogFields& fields) {
  nlohmann::ordered_json object = {{"time", utc(line.time)}, {"level", name(line.level)}};
  if (!line.task.empty()) object["task"] = line.task;
  object["thread"] = line.thread;
  object["message"] = line.message;
  for (const auto& [key, value] : fields) object[key] = value;
  if (line.left_out != 0) object["left_out"] = line.left_out;
  if (line.lost != 0) object["lost"] = line.lost;
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

LogScope::LogScope(LogFields fields) : fields_(std::move(fields)), outer_(innermost) { innermost = this; }

LogScope::~LogScope() { innermost = outer_; }

LogFields LogScope::current() {
  LogFields all;
  for (const LogScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
    all.insert(all.begin(), scope->fields_.begin(), scope->fields_.end());
  }
  return all;
}

}  // namespace ringside::engine
