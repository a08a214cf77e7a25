#include "tools/gateway/task_callers.h"

#include <algorithm>
#include <utility>

#include "schemas/process/run_paths.h"
#include "tools/gateway/error_body.h"

namespace ringside::gateway {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Response try_again(const std::string& why, const std::string& trace_id) {
  Response response = error_response(503, why, trace_id);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

// A directory is read in the time of several predictions: what was seen a moment ago will do. An engine that came since is found at the next look.
const std::vector<std::string>& TaskCallers::tasks() {
  const auto now = std::chrono::steady_clock::now();
  if (tasks_.empty() || now - read_at_ > kTasksAge) {
    tasks_ = tasks_under(run_dir_);
    read_at_ = now;
  }
  return tasks_;
}

std::vector<std::string> TaskCallers::served() {
  if (!default_task_.empty()) return {default_task_};
  return tasks();
}

Result<std::string, Response> TaskCallers::find(std::string_view asked, const std::string& trace_id) {
  if (asked.empty() && !default_task_.empty()) return default_task_;
  const auto& there = tasks();
  if (!asked.empty()) {
    // Only a name that is there becomes part of a path.
    if (std::ranges::find(there, asked) != there.end()) return std::string(asked);
    return fail(error_response(404, "no task '" + std::string(asked) + "' is served here", trace_id));
  }
  if (there.size() == 1) return there.front();
  if (!there.empty())
    return fail(error_response(400, "several tasks are served: " + joined(there) + "; name one in the path", trace_id));
  return fail(try_again("no engine has a socket in " + run_dir_, trace_id));
}

TaskCaller& TaskCallers::of(const std::string& task) {
  auto& caller = callers_[task];
  if (!caller) caller = std::make_unique<TaskCaller>(run_dir_, task, statistics_);
  return *caller;
}

Result<TaskCaller*, Response> TaskCallers::connected(std::string_view asked, const std::string& trace_id) {
  auto task = find(asked, trace_id);
  if (!task) return fail(std::move(task.error()));
  TaskCaller& caller = of(*task);
  if (!caller.connect()) return fail(try_again(caller.problem(), trace_id));
  return &caller;
}

}  // namespace ringside::gateway
