#include "engine/admin/history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <utility>

#include "client_lib/base/sealed_memfd.h"
#include "client_lib/base/unique_fd.h"
#include "engine/admin/documents.h"

namespace ringside::engine {
namespace {

// Milliseconds are enough to tell events apart by eye; their order is that of the lines.
std::chrono::system_clock::time_point time_of(const std::string& rfc3339_text) {
  std::tm parts{};
  int ms = 0;
  if (std::sscanf(rfc3339_text.c_str(), "%d-%d-%dT%d:%d:%d.%dZ", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
                  &parts.tm_min, &parts.tm_sec, &ms) != 7) {
    return {};
  }
  parts.tm_year -= 1'900;
  parts.tm_mon -= 1;
  return std::chrono::system_clock::from_time_t(timegm(&parts)) + std::chrono::milliseconds(ms);
}

}  // namespace

History::History(std::string task_state_dir, std::function<void(const std::string&)> trouble)
    : directory_(std::move(task_state_dir)), trouble_(std::move(trouble)) {
  read(directory_ + "/history.1.jsonl");
  read(directory_ + "/history.jsonl");
}

void History::read(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) continue;
    const auto text = [&](const char* key) {
      const auto found = object.find(key);
      return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    events_.push_back({.at = time_of(text("at")),
                       .actor = text("actor"),
                       .action = text("action"),
                       .from = text("from"),
                       .to = text("to"),
                       .reason = text("reason"),
                       .outcome = text("outcome"),
                       .message = text("message")});
    if (events_.size() > kHistoryEventsMax) events_.pop_front();
  }
}

std::string History::write(const std::string& line) const {
  const std::string path = directory_ + "/history.jsonl";
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  base::UniqueFd file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!file) return base::system_error_text("cannot open " + path);
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && static_cast<std::size_t>(status.st_size) > kHistoryBytesMax) {
    std::filesystem::rename(path, directory_ + "/history.1.jsonl", error);
    if (error) return "cannot rename " + path + ": " + error.message();
    file.reset(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
    if (!file) return base::system_error_text("cannot open " + path);
  }
  // A line that was cut short ends here, or this one would go with it.
  char last = '\n';
  const bool torn = ::fstat(file.get(), &status) == 0 && status.st_size > 0 &&
                    ::pread(file.get(), &last, 1, status.st_size - 1) == 1 && last != '\n';
  const std::string text = (torn ? "\n" : "") + line;
  const ssize_t written = ::write(file.get(), text.data(), text.size());  // one write: O_APPEND keeps lines whole
  if (written != static_cast<ssize_t>(text.size())) return base::system_error_text("cannot write to " + path);
  return {};
}

void History::append(const VersionEvent& event) {
  const std::string line = to_text(event_document(event)) + "\n";
  std::string trouble;
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    if (events_.size() > kHistoryEventsMax) events_.pop_front();
    trouble = write(line);
    if (std::exchange(failing_, !trouble.empty())) trouble.clear();
  }
  if (!trouble.empty() && trouble_) trouble_("the history is not kept on disk: " + trouble);
}

std::vector<VersionEvent> History::last(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::vector<VersionEvent> newest;
  for (auto event = events_.rbegin(); event != events_.rend() && newest.size() < count; ++event) newest.push_back(*event);
  return newest;
}

}  // namespace ringside::engine
