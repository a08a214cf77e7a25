// ringsided: parse, start, hear the system until it says stop.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include <spdlog/spdlog.h>

#include "engine/config/config_loader.h"
#include "engine/config/config_pages.h"
#include "engine/config/start_choice.h"
#include "engine/engine.h"
#include "engine/host/core_dumps.h"
#include "engine/host/main_loop.h"
#include "engine/host/notify_socket.h"
#include "engine/log/engine_log.h"
#include "schemas/process/exit_status.h"

namespace {

using ringside::ExitStatus;
namespace engine = ringside::engine;

int ended(ExitStatus status, const std::string& text) {
  std::fprintf(stderr, "ringsided: %s\n", text.c_str());
  return static_cast<int>(status);
}

// Until a signal ends it: its number.
int serve(engine::MainLoop& loop, engine::Engine& running, engine::EngineLog& log) {
  engine::NotifySocket systemd(engine::NotifySocket::Environment::of_this_process());
  systemd.ready();
  const auto hang_up = [&] {
    systemd.reloading();
    if (const auto opened = log.reopen(); !opened) spdlog::error("{}", opened.error());
    (void)running.reload();  // it logs what became of it
    systemd.ready();
  };
  const auto tick = [&] {
    running.tick();
    const engine::HealthReport health = running.health();
    systemd.status(engine::one_line(health));
    if (health.alive && systemd.watchdog().count() != 0) systemd.ping();
  };
  const auto second = std::chrono::milliseconds(1'000);
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(systemd.watchdog()) / 2;
  const int signal_number =
      loop.run({.hang_up = hang_up, .tick = tick, .every = half.count() == 0 ? second : std::min(half, second)});
  systemd.stopping();
  return signal_number;
}

}  // namespace

int main(int argc, char** argv) {
  const auto inputs = engine::ProcessInputs::of_this_process(argc, argv);
  auto loaded = engine::load_config(inputs);
  if (!loaded) return ended(ExitStatus::kUsage, engine::problems_text(loaded.error()));
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
      for (const std::string& note : loaded->notes) std::fprintf(stderr, "ringsided: %s\n", note.c_str());
      std::puts(engine::config_text(loaded->config).c_str());
      return 0;
    case engine::Wanted::kServe:
      break;
  }

  if (!loaded->config.core_dumps) engine::forbid_core_dumps();
  const auto log = engine::EngineLog::open({.level = loaded->config.log.level, .file = loaded->config.log.file});
  if (!log) return ended(ExitStatus::kUsage, log.error());
  for (const std::string& note : loaded->notes) spdlog::warn("{}", note);
  signal(SIGPIPE, SIG_IGN);
  auto loop = engine::MainLoop::make();
  if (!loop) return ended(ExitStatus::kFailed, loop.error());

  const std::string& configured = loaded->config.task;
  const std::string task = configured.empty() ? engine::Engine::task_of_current(loaded->config.models) : configured;
  const std::string state = task.empty() ? std::string() : loaded->config.state_dir + "/" + task;
  engine::StartInputs start_inputs = engine::read_start_inputs(*loaded, state);
  start_inputs.versions = engine::Engine::versions_under_other_names(start_inputs.models, start_inputs.bundles);
  const auto choice = engine::choose_start(start_inputs);
  if (!choice) return ended(ExitStatus::kCheckFailed, choice.error().message);
  if (!choice->note.empty()) spdlog::warn("{}", choice->note);
  const auto running = engine::Engine::start(std::move(loaded->config), *choice,
                                             {.log = *log,
                                              .read_config = [&inputs] { return engine::load_config(inputs); },
                                              .post = [&loop](std::function<void()> act) { loop->post(std::move(act)); }});
  if (!running) return ended(running.error().status, running.error().text);
  spdlog::info("task {} serves from {} ({}), sockets in {}", (*running)->task(), choice->directory, choice->origin,
               (*running)->run_directory());
  const int signal_number = serve(*loop, **running, **log);
  spdlog::info("signal {}: stopping", signal_number);
  return 0;
}
