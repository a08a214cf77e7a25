// One engine: everything wired together, from a configuration to a serving process. main.cc parses and hears signals; the rest is here.
//
//   start:  bundle → traffic → workers → door → admin → the other bundles in the background
//   stop:   admin → door (clients see the socket close) → workers → loader → what they leave behind
//
// Thread safety: start() and the destructor on one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <ringside/result.h>

#include "engine/config/config_loader.h"
#include "engine/config/engine_config.h"
#include "engine/config/reload.h"
#include "engine/config/start_choice.h"
#include "engine/health/health.h"
#include "engine/log/engine_log.h"
#include "schemas/process/exit_status.h"

namespace ringside::engine {

struct StartFailure {
  ExitStatus status = ExitStatus::kFailed;
  std::string text;  // for people: what, where, and what to do
};

// What the process around an engine gives it.
struct Surroundings {
  std::shared_ptr<EngineLog> log;
  std::function<Result<LoadedConfig, ConfigProblems>()> read_config;  // again: flags and variables as at the start, the file as it is
  std::function<void(std::function<void()>)> post;                    // onto the main thread, which may wait
};

class Engine {
 public:
  // `config.task` may be empty: then it is the starting bundle's.
  static Result<std::unique_ptr<Engine>, StartFailure> start(EngineConfig config, const StartChoice& choice, Surroundings around);
  ~Engine();

  // The task of the bundle that models/current points at; empty where there is none. For finding the last operator's choice of an engine
  // whose task is not configured.
  [[nodiscard]] static std::string task_of_current(const std::string& models_directory);

  // Version → directory of those directories in models/ that are not called as the version in them. `names`: the directories to look at.
  [[nodiscard]] static std::vector<std::pair<std::string, std::string>> versions_under_other_names(
      const std::string& models_directory, const std::vector<std::string>& names);

  // Reads the configuration again and takes what can be taken; logs what it did. Error: every problem, and nothing was changed.
  // On the main thread.
  Result<ReloadPlan, ConfigProblems> reload();
  // Once a second, on the main thread.
  void tick();
  [[nodiscard]] HealthReport health() const;  // any thread

  [[nodiscard]] const std::string& task() const noexcept;
  [[nodiscard]] const std::string& run_directory() const noexcept;  // <run-dir>/<task>

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ringside::engine
