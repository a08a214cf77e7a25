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

const CLI::Validator kRate(
    [](std::string& value) {
      double rate = 0;
      const bool good = CLI::detail::lexical_cast(value, rate) && rate >= 0.001 && rate <= 1e8;
      return good ? std::string() : "'" + value + "' is no number from 0.001 to 100000000";
    },
    "");

// What is parsed here, not by CLI11.
struct Words {
  std::string &mode, &wait, &duration, &deadline;
};

// Each option with its unit and default, in lines of at most 100 characters.
void declare(CLI::App& app, LoadOptions& options, const Words& words) {
  app.add_option("--mode", words.mode,
                 "closed: each thread sends its next call when the last one is answered.\n"
                 "open: calls are sent at --rate, whatever the engine does; latency counts\n"
                 "from the time at which a call was due. Required")
      ->option_text("closed|open")
      ->check(CLI::IsMember({"closed", "open"}))
      ->required();
  app.add_option("--input", options.input, "JSON Lines, one row a line; sent over and over. Required")
      ->option_text("FILE")
      ->required();
  app.add_option("--rate", options.rate,
                 "Calls a second, all threads together, 0.001 to 100000000.\nRequired with --mode open, and only there")
      ->option_text("R")
      ->check(kRate);
  app.add_option("--threads", options.threads, "Calling threads, 1 to 64, each with a channel of its own. Default: 1")
      ->option_text("N")
      ->check(CLI::Range(1u, kThreadsMax));
  app.add_option("--duration", words.duration, "How long to send: ns, us, ms, s, m or h, up to 1h. Default: 10s")
      ->option_text("T");
  app.add_option("--batch", options.batch, "Rows a call; the engine says how many at most. Default: 1")
      ->option_text("N")
      ->check(CLI::PositiveNumber);
  app.add_option("--deadline", words.deadline,
                 "After which the answer of a call is no longer wanted: ns, us, ms, s, m or h;\n0: never. Default: 1s")
      ->option_text("T");
  app.add_option("--wait", words.wait,
                 "How a thread waits for its answer: spin never sleeps, park sleeps at once,\n"
                 "adaptive spins for about as long as a wake-up takes. Default: adaptive")
      ->option_text("spin|adaptive|park")
      ->check(CLI::IsMember({"spin", "adaptive", "park"}));
  app.add_option("--version", options.version, "This version answers. Default: as traffic is routed")->option_text("VERSION");
  app.add_option("--run-dir", options.run_dir,
                 "Where the engines' sockets are.\nDefault: $XDG_RUNTIME_DIR/ringside if it exists, else /run/ringside")
      ->option_text("DIR (Env: RINGSIDE_RUN_DIR)")
      ->envname("RINGSIDE_RUN_DIR");
  app.add_option("--task", options.task, "The task. Default: the only one under --run-dir")
      ->option_text("NAME (Env: RINGSIDE_TASK)")
      ->envname("RINGSIDE_TASK");
  app.add_flag("--json", options.json, "Print one JSON object (schemas/load_report.schema.json) instead of text");
  app.add_option("--html", options.html, "Also write a page with charts to this file. Default: none")->option_text("FILE");
  app.set_version_flag("--program-version", std::string(library_version()), "The program's version");
  app.footer(
      "Latencies are printed in microseconds, at p50, p90, p95, p99, p99.9 and p99.99. Ends with 0 when\n"
      "at least one row was scored.\n\n" +
      std::string(kExitStatusHelp) +
      "\n\nExamples:\n"
      "  ringside-load --mode closed --duration 5s --input rows.jsonl\n"
      "  ringside-load --mode open --rate 20000 --threads 2 --input rows.jsonl --json --html report.html");
}

// None: help was shown, or the usage was wrong; `status` says which.
std::optional<LoadOptions> parse(int argc, char** argv, ExitStatus& status) {
  LoadOptions options;
  std::string mode = "closed", wait = "adaptive", duration = "10s", deadline = "1s";
  CLI::App app("Send the rows of a file to an engine, over and over, and tell how long the answers took.", "ringside-load");
  declare(app, options, {.mode = mode, .wait = wait, .duration = duration, .deadline = deadline});
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --program-version
      app.exit(error);
      status = ExitStatus::kDone;
    } else {
      status = say(ExitStatus::kUsage, std::string(error.what()) + "; next: ringside-load --help");
    }
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

// The library speaks of its options; here it is the command line that has them.
std::string in_words_of_the_command_line(const ConnectError& error) {
  const std::string what = error.message.substr(0, error.message.rfind(": "));
  if (error.code == ConnectErrorCode::kNotFound) return what + "; next: start ringsided, or give --run-dir and --task";
  if (error.code == ConnectErrorCode::kAmbiguousTask) return what + "; next: give --task with one of them";
  return error.message;
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
               in_words_of_the_command_line(client.error()));
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
