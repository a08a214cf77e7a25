// One worker's ways to the engines: a TaskCaller a task, made when it is first asked for, and which tasks there are.
//
// Thread safety: one thread. Cost: the run directory is read at most every kTasksAge.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "tools/gateway/http_message.h"
#include "tools/gateway/model_statistics.h"
#include "tools/gateway/task_caller.h"

namespace ringside::gateway {

class TaskCallers {
 public:
  static constexpr std::chrono::milliseconds kTasksAge{100};

  // `default_task`: of requests that name none; empty: the only one there.
  TaskCallers(std::string run_dir, std::string default_task, std::shared_ptr<ModelStatistics> statistics)
      : run_dir_(std::move(run_dir)), default_task_(std::move(default_task)), statistics_(std::move(statistics)) {}

  [[nodiscard]] const std::string& run_dir() const noexcept { return run_dir_; }
  [[nodiscard]] const ModelStatistics& statistics() const noexcept { return *statistics_; }
  // Those whose sockets are there, as of now or a moment ago; with a default task that one alone.
  [[nodiscard]] std::vector<std::string> served();
  // The task that `asked` means (empty: the default). Error: the response that says why there is none.
  [[nodiscard]] Result<std::string, Response> find(std::string_view asked, const std::string& trace_id);
  // Of a task that find() or served() gave.
  [[nodiscard]] TaskCaller& of(const std::string& task);
  // The same, connected. Error: 503.
  [[nodiscard]] Result<TaskCaller*, Response> connected(std::string_view asked, const std::string& trace_id);

 private:
  const std::vector<std::string>& tasks();

  std::string run_dir_, default_task_;
  std::shared_ptr<ModelStatistics> statistics_;
  std::map<std::string, std::unique_ptr<TaskCaller>> callers_;
  std::vector<std::string> tasks_;
  std::chrono::steady_clock::time_point read_at_{};
};

}  // namespace ringside::gateway
