// ringsided: parse, start, wait for a signal, stop.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <string>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "engine/config/config_loader.h"
#include "engine/config/config_pages.h"
#include "engine/config/start_choice.h"
#include "engine/engine.h"
#include "schemas/process/exit_status.h"

namespace {

using ringside::ExitStatus;
namespace engine = ringside::engine;

int ended(ExitStatus status, const std::string& text) {
  std::fprintf(stderr, "ringsided: %s\n", text.c_str());
  return static_cast<int>(status);
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("ringsided"));
  auto loaded = engine::load_config(engine::ProcessInputs::of_this_process(argc, argv));
  if (!loaded) return ended(ExitStatus::kUsage, engine::problems_text(loaded.error()));
  for (const std::string& note : loaded->notes) spdlog::warn("{}", note);
  switch (loaded->wanted) {
    case engine::Wanted::kHelp:
      std::puts(engine::config_help().c_str());
      return 0;
    case engine::Wanted::kHelpConfig:
      std::fputs(engine::config_markdown().c_str(), stdout);
      return 0;
    case engine::Wanted::kConfigSchema:
      std::fputs(engine::config_schema().c_str(), stdout);
      return 0;
    case engine::Wanted::kVersion:
      std::puts("ringsided " RINGSIDE_VERSION);
      return 0;
    case engine::Wanted::kCheckConfig:
      std::puts(engine::config_text(loaded->config).c_str());
      return 0;
    case engine::Wanted::kServe:
      break;
  }

  // Blocked before any thread starts, so that only this one is told.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const std::string& configured = loaded->config.task;
  const std::string task = configured.empty() ? engine::Engine::task_of_current(loaded->config.models) : configured;
  const std::string state = task.empty() ? std::string() : loaded->config.state_dir + "/" + task;
  engine::StartInputs inputs = engine::read_start_inputs(*loaded, state);
  inputs.versions = engine::Engine::versions_under_other_names(inputs.models, inputs.bundles);
  const auto choice = engine::choose_start(inputs);
  if (!choice) return ended(ExitStatus::kCheckFailed, choice.error().message);
  if (!choice->note.empty()) spdlog::warn("{}", choice->note);
  const auto running = engine::Engine::start(std::move(loaded->config), *choice);
  if (!running) return ended(running.error().status, running.error().text);
  spdlog::info("task {} serves from {} ({}), sockets in {}", (*running)->task(), choice->directory, choice->origin,
               (*running)->run_directory());

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  spdlog::info("signal {}: stopping", signal_number);
  return 0;
}
