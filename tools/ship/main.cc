// ringside-ship: the journal of one task into one store. Reads files and nothing else of the engine.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "schemas/process/exit_status.h"
#include "tools/ship/cursor.h"
#include "tools/ship/ship_config.h"
#include "tools/ship/ship_status.h"
#include "tools/ship/shipper.h"
#include "tools/ship/sinks.h"

namespace ringside::ship {
namespace {

int ended(ExitStatus status, const std::string& error) {
  std::fprintf(stderr, "error: %s\n", error.c_str());
  return static_cast<int>(status);
}

int print_status(const ShipConfig& config) {
  const auto text = status_json(config);
  if (!text) return ended(ExitStatus::kFailed, text.error());
  std::fputs(text->c_str(), stdout);
  return static_cast<int>(ExitStatus::kDone);
}

int ship(const ShipConfig& config, bool once) {
  const StopSignal stop;
  std::signal(SIGPIPE, SIG_IGN);
  const auto lock = lock_state_dir(config.state);
  if (!lock) return ended(ExitStatus::kRefused, lock.error());
  auto cursor = load_cursor(config.state);
  if (!cursor) return ended(ExitStatus::kFailed, cursor.error());
  const auto sink = make_sink(config, cursor->sink_state, stop);
  std::error_code ignored;
  const std::string journal = std::filesystem::absolute(config.journal, ignored).lexically_normal().string();
  if (!cursor->sink.empty() && (cursor->sink != sink->name() || cursor->journal != journal))
    return ended(ExitStatus::kRefused, config.state + ": its cursor is that of " + cursor->journal + " to " + cursor->sink +
                                           "; another journal or sink takes a state of its own");
  cursor->sink = sink->name();
  cursor->journal = journal;
  spdlog::info("{} to {}, from file {} at {}", journal, sink->name(), cursor->position.file, cursor->position.offset);
  Shipper shipper(config, *sink, std::move(*cursor), stop);
  const ShipEnd end = shipper.run(once);
  const Cursor& now = shipper.cursor();
  spdlog::info("ended in file {} at {}: {} rows since the first, {} dead letters", now.position.file, now.position.offset,
               now.rows, now.dead_letters);
  if (end == ShipEnd::kGaveUp) return ended(ExitStatus::kFailed, shipper.activity().last_error);
  return static_cast<int>(ExitStatus::kDone);
}

int run(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("ship"));
  std::string config_path;
  bool once = false, status = false, check = false;
  CLI::App app("Ships the journal of a task to ClickHouse, PostgreSQL or JSON Lines files, at least once and with a key.",
               "ringside-ship");
  app.add_option("--config", config_path, "The YAML file; tools/ship/README.md lists its keys")->option_text("FILE")->required();
  auto* const once_flag =
      app.add_flag("--once", once, "End when everything that is there has arrived; 1 after five failures in a row");
  auto* const status_flag =
      app.add_flag("--status", status, "Print how far it is, as JSON, and end; asks no store")->excludes(once_flag);
  app.add_flag("--check-config", check, "Read the configuration and end")->excludes(once_flag)->excludes(status_flag);
  app.footer("SIGTERM ends it; what has not arrived comes after the next start.\n\n" + std::string(kExitStatusHelp));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? static_cast<int>(ExitStatus::kDone) : static_cast<int>(ExitStatus::kUsage);
  }
  const auto config = load_config(config_path);
  if (!config) {
    for (const std::string& problem : config.error()) std::fprintf(stderr, "%s\n", problem.c_str());
    return static_cast<int>(ExitStatus::kUsage);
  }
  if (check) return static_cast<int>(ExitStatus::kDone);
  return status ? print_status(*config) : ship(*config, once);
}

}  // namespace
}  // namespace ringside::ship

int main(int argc, char** argv) { return ringside::ship::run(argc, argv); }
