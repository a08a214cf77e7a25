// ringside-load: sends rows of a file to an engine, in a closed loop or at a fixed rate, and tells how long the answers took.
//
//   ringside-load --mode closed --duration 5s --input rows.jsonl
//   ringside-load --mode open --rate 20000 --threads 2 --input rows.jsonl --json --html report.html

#include <ringside/client.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "client_lib/base/clock.h"
#include "schemas/process/exit_status.h"
#include "tools/load/caller.h"
#include "tools/load/report.h"

namespace ringside::load {
namespace {

ExitStatus say(ExitStatus status, const std::string& what) {
  std::fprintf(stderr, "ringside-load: %s\n", what.c_str());
  return status;
}

// None: help was shown, or the usage was wrong; `status` says which.
std::optional<LoadOptions> parse(int argc, char** argv, ExitStatus& status) {
  LoadOptions options;
  std::string mode = "closed", wait = "adaptive", duration = "10s", deadline = "1s";
  CLI::App app("Sends rows to an engine and tells how long the answers took.", "ringside-load");
  app.footer(std::string(kExitStatusHelp));
  app.set_version_flag("--program-version", std::string(library_version()));
  app.add_option("--mode", mode,
                 "closed: each thread sends when its last call is answered; open: at --rate, whatever the engine does")
      ->check(CLI::IsMember({"closed", "open"}))
      ->required();
  app.add_option("--rate", options.rate, "open: calls a second, all threads together")->check(CLI::Range(0.001, 1e8));
  app.add_option("--threads", options.threads, "each with a channel of its own")
      ->check(CLI::Range(1u, kThreadsMax))
      ->capture_default_str();
  app.add_option("--duration", duration, "such as 500ms, 10s, 2m")->capture_default_str();
  app.add_option("--batch", options.batch, "rows a call")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--input", options.input, "JSON Lines, one row a line; sent over and over")->required();
  app.add_option("--run-dir", options.run_dir, "where the sockets are");
  app.add_option("--task", options.task, "the only one in --run-dir, if there is one");
  app.add_option("--version", options.version, "this version answers, instead of the current one");
  app.add_option("--wait", wait, "how a thread waits for its answer")
      ->check(CLI::IsMember({"spin", "adaptive", "park"}))
      ->capture_default_str();
  app.add_option("--deadline", deadline, "of a call, such as 500us; 0s: none")->capture_default_str();
  app.add_flag("--json", options.json, "one JSON object (schemas/load_report.schema.json)");
  app.add_option("--html", options.html, "also write a page with charts to this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? ExitStatus::kDone : ExitStatus::kUsage;
    return std::nullopt;
  }

  status = ExitStatus::kUsage;
  options.mode = mode == "open" ? Mode::kOpen : Mode::kClosed;
  options.wait = wait == "spin" ? Wait::kSpin : wait == "park" ? Wait::kPark : Wait::kAdaptive;
  const auto parsed_duration = parse_duration(duration), parsed_deadline = parse_duration(deadline);
  if (!parsed_duration || *parsed_duration == std::chrono::nanoseconds(0) || *parsed_duration > kDurationMax) {
    say(status, "--duration: " + duration + " is no time above zero and up to 1h, such as 10s");
    return std::nullopt;
  }
  if (!parsed_deadline) {
    say(status, "--deadline: " + deadline + " is no time, such as 500us");
    return std::nullopt;
  }
  if ((options.mode == Mode::kOpen) != (options.rate > 0)) {
    say(status, options.mode == Mode::kOpen ? "--mode open needs --rate"
                                            : "--rate belongs to --mode open: a closed loop goes as fast as it can");
    return std::nullopt;
  }
  options.duration = *parsed_duration;
  options.deadline = *parsed_deadline;
  return options;
}

// All threads at once, on channels of one connection.
Result<Report, std::string> run(const LoadOptions& options, Client& client, const InputRows& rows, const Schema& schema) {
  std::vector<Channel> opened;
  opened.reserve(options.threads);
  std::vector<Channel*> channels{&client.channel()};
  while (channels.size() < options.threads) {
    auto channel = client.open_channel();
    if (!channel) return fail(channel.error().message);
    channels.push_back(&opened.emplace_back(std::move(*channel)));
  }
  std::vector<std::unique_ptr<Caller>> callers;
  for (std::uint32_t i = 0; i < options.threads; ++i)
    callers.push_back(std::make_unique<Caller>(options, rows, schema, *channels[i], i));

  constexpr std::uint64_t kHeadStartNs = 20'000'000;  // until every thread is there
  const std::uint64_t start_ns = base::monotonic_ns() + kHeadStartNs;
  std::vector<std::thread> threads;
  for (auto& caller : callers) threads.emplace_back([&caller, start_ns] { caller->run(start_ns); });
  for (std::thread& thread : threads) thread.join();

  Report report;
  report.options = options;
  report.task = client.task();
  report.input_rows = rows.size();
  for (const auto& caller : callers) report.add(caller->record(), start_ns);
  return report;
}

ExitStatus main_of(int argc, char** argv) {
  ExitStatus usage = ExitStatus::kUsage;
  const std::optional<LoadOptions> options = parse(argc, argv, usage);
  if (!options) return usage;
  auto rows = InputRows::read(options->input);
  if (!rows) return say(ExitStatus::kFailed, rows.error());

  auto client = Client::connect({.run_dir = options->run_dir,
                                 .task = options->task,
                                 .name = "ringside-load",
                                 .channels = options->threads,
                                 .wait = options->wait});
  if (!client) {
    const bool ambiguous =
        client.error().code == ConnectErrorCode::kAmbiguousTask || client.error().code == ConnectErrorCode::kBadOptions;
    const bool refused =
        client.error().code == ConnectErrorCode::kNotAllowed || client.error().code == ConnectErrorCode::kTooMany;
    return say(ambiguous ? ExitStatus::kUsage
               : refused ? ExitStatus::kRefused
                         : ExitStatus::kUnreachable,
               client.error().message);
  }
  if (options->batch > client->rows_max()) {
    return say(ExitStatus::kUsage,
               "--batch: the engine takes at most " + std::to_string(client->rows_max()) + " rows in one call");
  }
  auto schema = client->resolve(rows->declarations(client->fields()));
  if (!schema) return say(ExitStatus::kFailed, schema.error().message);

  auto report = run(*options, *client, *rows, *schema);
  if (!report) return say(ExitStatus::kRefused, report.error());
  std::fputs((options->json ? json_of(*report) : text_of(*report)).c_str(), stdout);
  if (!options->html.empty() && !(std::ofstream(options->html) << html_of(*report)).flush()) {
    return say(ExitStatus::kFailed, options->html + ": could not be written");
  }
  if (report->count(Status::kOk) == 0) return say(ExitStatus::kFailed, "no row was scored: " + report->first_trouble);
  return ExitStatus::kDone;
}

}  // namespace
}  // namespace ringside::load

int main(int argc, char** argv) { return static_cast<int>(ringside::load::main_of(argc, argv)); }
