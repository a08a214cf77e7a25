// ringside: the operators' command line. Reads the arguments; the commands are in commands.h.
#include <cstdio>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <ringside/version.h>

#include "tools/cli/audit.h"
#include "tools/cli/command_help.h"
#include "tools/cli/commands.h"
#include "tools/cli/duration.h"
#include "tools/cli/upkeep.h"

namespace {

using namespace ringside::cli;
using ringside::ExitStatus;

const CLI::Validator kNotEmpty([](std::string& value) { return std::string(value.empty() ? "is empty" : ""); }, "");
// It becomes a folder's name.
const CLI::Validator kPlainName(
    [](std::string& value) {
      const bool plain = value.find('/') == std::string::npos && !value.starts_with('.');
      return plain ? std::string() : "'" + value + "' is not a plain name";
    },
    "");

// Everything that the command line can say.
struct CommandLine {
  Globals globals;
  std::string schema_version, drift_version, compared_first, compared_second, rollback_reason, metric_names = "ringside",
                                                                                               deadline = "1s";
  bool no_reference = false;
  unsigned history_limit = 50;
  CheckOptions check;
  SignOptions signing;
  SwitchOptions change;
  CanaryOptions canary;
  ShadowOptions shadow;
  PinOptions pin, unpin;
  PinsOptions pins;
  LabelOptions label;
  PredictOptions prediction;
  AbOptions ab;
  UpkeepOptions upkeep;
  AuditOptions audit;
};

void add_reason(CLI::App* to, std::string& reason) {
  to->add_option("--reason", reason, "Why, for the record; at most 1024 bytes")->option_text("TEXT");
}

// Which version answers whom.
void declare_roles(CLI::App& app, CommandLine& line) {
  CLI::App* canary =
      command(app, "canary", "Let another version answer a share of the route keys.",
              "A key stays with its arm: growing the share only adds keys. Calls without a route key, and those that name\n"
              "a version, are not touched. The version is loaded and checked first. `rollback` ends a canary; a switch\n"
              "to its version promotes it; `ringside canary off` ends it. So does the engine's guard, where\n"
              "it refuses more rows, is slower or scores otherwise than the current version (guards.*; status says why).",
              "ringside canary loan_default_v1.1.0 --percent 5");
  canary->add_option("VERSION", line.canary.version, "A version, or off")->option_text(" ")->required()->check(kNotEmpty);
  canary->add_option("--percent", line.canary.percent, "0 to 100, with at most two decimals")->option_text("P");
  canary
      ->add_option("--salt", line.canary.salt,
                   "What the draw of keys depends on.\nDefault: as it was for this version, else its name")
      ->option_text("TEXT")
      ->check(kNotEmpty);
  add_reason(canary, line.canary.reason);

  CLI::App* shadow =
      command(app, "shadow", "Let another version score the current one's rows once more, and compare.",
              "Answers are not touched: rows are copied behind their answer and scored while no caller waits; what finds\n"
              "no room is shed and counted. Rows that are answered by version, label, pin or canary are not taken. Without\n"
              "VERSION, what the differences are so far: they begin anew when either version changes. A switch to the\n"
              "shadow ends it, as `ringside shadow off` does.",
              "ringside shadow loan_default_v1.1.0 --percent 10\n  ringside shadow");
  shadow->add_option("VERSION", line.shadow.version, "A version, or off. Default: show")->option_text(" ")->check(kNotEmpty);
  shadow->add_option("--percent", line.shadow.percent, "Of the rows; at most two decimals. Default: 100")->option_text("P");
  add_reason(shadow, line.shadow.reason);

  CLI::App* pin =
      command(app, "pin", "Let one version answer a route key, or every call with a routing tag.",
              "A pin of the key goes before one of a tag, both before the canary. The version is loaded and checked first.\n"
              "With --file, a line is KEY VERSION; no line is used if one is wrong. At most 1,000,000 pins.",
              "ringside pin u37201 loan_default_v1.1.0\n  ringside pin --tag segment=vip loan_default_v1.0.0");
  pin->add_option("KEY VERSION", line.pin.words, "The route key (user_id in `predict`), and who answers it")
      ->option_text(" ")
      ->check(kNotEmpty);
  pin->add_option("--tag", line.pin.tag, "A routing tag in place of the key")->option_text("KEY=VALUE")->check(kNotEmpty);
  pin->add_option("--file", line.pin.file, "A file of pins, or - for standard input")->option_text("FILE|-")->check(kNotEmpty);
  add_reason(pin, line.pin.reason);

  CLI::App* unpin = command(app, "unpin", "Remove pins.", "", "ringside unpin u37201");
  unpin->add_option("KEY", line.unpin.words, "Route keys")->option_text(" ")->check(kNotEmpty);
  unpin->add_option("--tag", line.unpin.tag, "A routing tag")->option_text("KEY=VALUE")->check(kNotEmpty);
  unpin->add_flag("--all", line.unpin.all, "Every pin");
  add_reason(unpin, line.unpin.reason);

  CLI::App* pins = command(app, "pins", "What is pinned, and to which version.",
                           "Without options, how many by version, and the first thousand.", "ringside pins --key u37201");
  auto* key = pins->add_option("--key", line.pins.key, "This route key alone")->option_text("KEY")->check(kNotEmpty);
  auto* tag = pins->add_option("--tag", line.pins.tag, "This routing tag alone")->option_text("KEY=VALUE")->check(kNotEmpty);
  pins->add_flag("--all", line.pins.all, "Every pin, a line each; with --json in several objects")->excludes(key)->excludes(tag);
  key->excludes(tag);

  CLI::App* label =
      command(app, "label", "Let a label select a version.",
              "Callers that name the label are answered by that version. Labels of operators win over those that bundles\n"
              "bring along (version.txt). Who is current does not change.",
              "ringside label prod loan_default_v1.1.0\n  ringside label prod --remove");
  label->add_option("NAME", line.label.label, "The label")->option_text(" ")->required()->check(kNotEmpty);
  label->add_option("VERSION", line.label.version, "The version")->option_text(" ")->check(kNotEmpty);
  label->add_flag("--remove", line.label.remove, "Remove the label");
  add_reason(label, line.label.reason);
}

void declare_ab(CLI::App& app, CommandLine& line) {
  CLI::App* ab =
      command(app, "ab", "Score the same rows by several versions, and say how they differ.",
              "Rows and keys as for predict. A line out is {v1,v2,delta,label_delta}: both answers, the second's score less\n"
              "the first's, and the same of labels that are numbers (of others: 0 or 1). With more than two, {versions,\n"
              "deltas,label_deltas}, against the first. Without --json a summary follows on standard error.",
              "ringside ab --versions loan_default_v1.0.0,loan_default_v1.1.0 --input rows.jsonl --batch 64");
  ab->add_option("--versions", line.ab.versions,
                 "2 to 8, with commas: a version, label:NAME, or default: as traffic is\nrouted. Required")
      ->option_text("V1,V2")
      ->delimiter(',')
      ->required()
      ->check(kNotEmpty);
  ab->add_option("--input", line.ab.input, "A file of JSON Lines, or - for standard input. Required")
      ->option_text("FILE|-")
      ->required();
  ab->add_option("--batch", line.ab.batch, "Rows a call, at most the engine's limits.rows_max (512). Default: 1")
      ->option_text("N")
      ->check(CLI::Range(1u, 4'096u));
  ab->add_option("--deadline", line.deadline, "As for predict. Default: 1s")->option_text("T");
  ab->add_flag("--features", line.ab.features, "Also print the features that each forest read");
}

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("--run-dir", line.globals.run_dir,
                 "Where the engines' sockets are.\nDefault: $XDG_RUNTIME_DIR/ringside if it exists, else /run/ringside")
      ->option_text("DIR (Env: RINGSIDE_RUN_DIR)")
      ->envname("RINGSIDE_RUN_DIR");
  app.add_option("--task", line.globals.task, "The task. Default: the only one under --run-dir")
      ->option_text("NAME (Env: RINGSIDE_TASK)")
      ->envname("RINGSIDE_TASK")
      ->check(kPlainName);
  app.add_flag("--json", line.globals.json, "Print JSON instead of text; errors too");
  app.set_version_flag("--version", std::string("ringside ") + RINGSIDE_VERSION_STRING, "Print the program's version and exit");
  app.require_subcommand(1);
  app.fallthrough();  // global options may stand after the command
  app.footer(std::string(ringside::kExitStatusHelp) +
             "\n\nExamples:\n  ringside status\n  ringside switch loan_default_v1.1.0 --dry-run\n"
             "  ringside predict --input rows.jsonl --batch 64 > answers.jsonl");

  command(app, "status", "Health, current version, clients, rates, latency by stage.", "", "ringside status --json");
  command(app, "versions", "Every bundle known: load state, roles, why it failed, metadata.",
          "`models` is watched: a bundle that is copied there is listed within a second, and loaded once it is whole.",
          "ringside versions");
  CLI::App* compare =
      command(app, "compare", "Two versions side by side, and what differs in schema.",
              "Shown are version.txt, evaluation.json, the packages of training, and every key of a field that differs.\n"
              "Both must be loaded. Numbers of evaluation.json are what training measured, not what this engine sees:\n"
              "`ringside shadow` compares on live rows, `ringside ab` on rows of a file.",
              "ringside compare loan_default_v1.0.0 loan_default_v1.1.0");
  compare->add_option("V1", line.compared_first, "A version")->option_text(" ")->required()->check(kNotEmpty);
  compare->add_option("V2", line.compared_second, "Another")->option_text(" ")->required()->check(kNotEmpty);
  CLI::App* history =
      command(app, "history", "Who switched, rolled back or loaded what, when and why.", "", "ringside history --limit 20");
  history->add_option("--limit", line.history_limit, "The newest N. Default: 50")
      ->option_text("N")
      ->check(CLI::Range(1u, 1'000u));
  CLI::App* schema =
      command(app, "schema", "The fields that a caller may send.", "", "ringside schema --version loan_default_v1.1.0");
  schema->add_option("--version", line.schema_version, "Of this version. Default: the one that answers")
      ->option_text("VERSION")
      ->check(kNotEmpty);

  CLI::App* drift = command(app, "drift", "What rows and scores look like against training.",
                            "Over the last 5 minutes, hour and day since the engine began. PSI (population stability index) is\n"
                            "moderate from 0.1 and major from 0.25, where chance alone does not do as much; rates are shares of\n"
                            "the rows. Text shows the shortest window with rows enough to be judged, --json all of them.",
                            "ringside drift loan_default_v1.1.0");
  drift->add_option("VERSION", line.drift_version, "Of this version. Default: the one that answers")
      ->option_text(" ")
      ->check(kNotEmpty);

  CLI::App* metrics = command(app, "metrics", "Counters and latencies in Prometheus' text format.",
                              "The same as GET /metrics on admin.sock; alert rules and a dashboard are in tools/deploy.",
                              "ringside metrics | promtool check metrics");
  metrics->add_option("--names", line.metric_names, "Whose names: ringside or triton. Default: ringside")
      ->option_text("NAMES")
      ->check(CLI::IsMember({"ringside", "triton"}));

  CLI::App* check = command(app, "check", "Verify a bundle directory offline, with the engine's own code.",
                            "Hashes, schema, plan and forest are read as the engine reads them, and every golden row is scored\n"
                            "and compared bit by bit. With --task, a bundle of another task is a problem. A warning is none.\n"
                            "Needs no engine: made for the CI of a repository of models, with --json.",
                            "ringside check models/loan_default_v1.1.0");
  check->add_option("DIR", line.check.directory, "The bundle's directory")->option_text(" ")->required();
  check
      ->add_option(
          "--keys", line.check.keys,
          "Require a signature by one of these public keys: a PEM file, or a\ndirectory of them (*.pem). Default: not looked at")
      ->option_text("FILE|DIR")
      ->check(kNotEmpty);
  check->add_flag("--no-reference", line.no_reference, "Do not let the XGBoost library check the golden rows as well");

  CLI::App* sign =
      command(app, "sign", "Sign a bundle directory: writes manifest.sig into it.",
              "The bundle is checked first, as `check` does; what is not good is not signed. The key is an Ed25519\n"
              "private key in PEM, as `openssl genpkey -algorithm ed25519` makes one; `openssl pkey -pubout` gives the\n"
              "public key that `bundle_signature.keys` and `check --keys` trust.",
              "ringside sign models/loan_default_v1.1.0 --key release.key");
  sign->add_option("DIR", line.signing.directory, "The bundle's directory")->option_text(" ")->required();
  sign->add_option("--key", line.signing.key, "The private key. Required")->option_text("FILE")->required();

  CLI::App* change =
      command(app, "switch", "Make another version answer new requests.",
              "The version is loaded and checked against its golden rows first. Requests in flight finish on the old one.\n"
              "If any step fails, nothing changes.",
              "ringside switch loan_default_v1.1.0 --reason 'better on the spring cohort'");
  change
      ->add_option("VERSION", line.change.version, "A version, its label or its directory's name; `ringside versions` lists them")
      ->option_text(" ")
      ->required();
  change->add_flag("--dry-run", line.change.dry_run, "Load and check only");
  change->add_flag("--persist", line.change.persist, "Move models/current too");
  change->add_flag("--force", line.change.force, "Though rows of connected clients will be refused; says whose");
  add_reason(change, line.change.reason);

  CLI::App* back =
      command(app, "rollback", "Make the previous version answer again.",
              "The previous version is still loaded: this takes no time.", "ringside rollback --reason 'scores drift'");
  add_reason(back, line.rollback_reason);
  declare_roles(app, line);

  CLI::App* predict =
      command(app, "predict", "Score rows: JSON Lines in, an answer a line out, in the order of the input.",
              "Keys are fields of the schema; request_id, user_id, trace_id and route_tags are not features. user_id\n"
              "is the route key too, which canaries and pins go by; rows of different users never share a call.\n"
              "In an answer `row` is the line, from 0. Ends with 0 when every row got an answer, whatever its\n"
              "status; with 3 when the engine went away.",
              "ringside predict --input rows.jsonl --batch 64 --deadline 5ms");
  predict->add_option("--input", line.prediction.input, "A file of JSON Lines, or - for standard input. Required")
      ->option_text("FILE|-")
      ->required();
  predict->add_option("--version", line.prediction.version, "This version answers. Default: as traffic is routed")
      ->option_text("VERSION")
      ->check(kNotEmpty);
  predict->add_option("--label", line.prediction.label, "The version that this label selects answers")
      ->option_text("LABEL")
      ->check(kNotEmpty)
      ->excludes("--version");
  predict->add_option("--batch", line.prediction.batch, "Rows a call, at most the engine's limits.rows_max (512). Default: 1")
      ->option_text("N")
      ->check(CLI::Range(1u, 4'096u));
  predict
      ->add_option("--deadline", line.deadline,
                   "After which an answer is no longer wanted: ns, us, ms or s; 0: never.\nDefault: 1s")
      ->option_text("T");
  predict->add_flag("--features", line.prediction.features, "Also print the features that the forest read");
  declare_ab(app, line);
  declare_upkeep(app, line.upkeep);
  declare_audit(app, line.audit);
}

int run(const CLI::App& app, CommandLine& line) {
  const std::string name = app.get_subcommands().front()->get_name();
  if (const auto ended = run_upkeep(app, name, line.globals, line.upkeep)) return *ended;
  if (name == "status") return show_status(line.globals);
  if (name == "versions") return show_versions(line.globals);
  if (name == "compare") return show_comparison(line.globals, line.compared_first, line.compared_second);
  if (name == "history") return show_history(line.globals, line.history_limit);
  if (name == "schema") return show_schema(line.globals, line.schema_version);
  if (name == "drift") return show_drift(line.globals, line.drift_version);
  if (name == "metrics") return show_metrics(line.globals, line.metric_names);
  if (name == "audit") return audit(line.globals, line.audit);
  if (name == "check") {
    line.check.use_reference = !line.no_reference;
    return check_bundle(line.globals, line.check);
  }
  if (name == "sign") return sign_bundle(line.globals, line.signing);
  if (name == "switch") return switch_version(line.globals, line.change);
  if (name == "rollback") return roll_back(line.globals, line.rollback_reason);
  if (name == "canary") {
    line.canary.has_percent = app.get_subcommand("canary")->count("--percent") != 0;
    return set_canary(line.globals, line.canary);
  }
  if (name == "shadow") {
    line.shadow.has_percent = app.get_subcommand("shadow")->count("--percent") != 0;
    if (!line.shadow.version.empty()) return set_shadow(line.globals, line.shadow);
    if (line.shadow.has_percent || !line.shadow.reason.empty())
      return report(line.globals,
                    trouble(ExitStatus::kUsage, "VERSION is required beside options; next: ringside shadow --help"));
    return show_shadow(line.globals);
  }
  if (name == "pin") return pin(line.globals, line.pin);
  if (name == "unpin") return unpin(line.globals, line.unpin);
  if (name == "pins") return show_pins(line.globals, line.pins);
  if (name == "label") return set_label(line.globals, line.label);
  const auto deadline = parse_duration(line.deadline);
  if (!deadline) {
    return report(line.globals,
                  trouble(ExitStatus::kUsage, "--deadline '" + line.deadline +
                                                  "' is no time such as 500us, 5ms or 1s; next: ringside " + name + " --help"));
  }
  line.ab.deadline = line.prediction.deadline = *deadline;
  if (name == "ab") return predict_ab(line.globals, line.ab);
  return predict(line.globals, line.prediction);
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  try {
    CLI::App app("Operate and ask the Ringside engine of this host.", "ringside");
    declare(app, line);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
      for (int i = 1; i < argc; ++i)
        line.globals.json |= std::string_view(argv[i]) == "--json";  // the parse may have ended before it
      const auto given = app.get_subcommands();
      const auto rest = app.remaining();  // a word that is no command is left over
      if (given.empty() && !rest.empty() && !rest.front().starts_with('-')) {
        return report(line.globals, trouble(ExitStatus::kUsage, "no command '" + rest.front() + "'; next: ringside --help"));
      }
      return report(line.globals,
                    trouble(ExitStatus::kUsage, std::string(error.what()) + "; next: ringside " +
                                                    (given.empty() ? "" : given.front()->get_name() + " ") + "--help"));
    }
    return run(app, line);
  } catch (const std::exception& error) {  // CLI11's construction, and memory
    return report(line.globals, trouble(ExitStatus::kFailed, error.what()));
  }
}
