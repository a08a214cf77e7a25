// The options of audit's commands.
#include <CLI/CLI.hpp>

#include "schemas/process/exit_status.h"
#include "tools/cli/audit.h"

namespace ringside::cli {
namespace {

const CLI::Validator kNotEmpty([](std::string& value) { return std::string(value.empty() ? "is empty" : ""); }, "");

CLI::App* command(CLI::App& audit, AuditOptions& options, const std::string& name, const std::string& what,
                  const std::string& more, const std::string& example) {
  CLI::App* made = audit.add_subcommand(name, what);
  made->footer(more + "\n\n" + std::string(kExitStatusHelp) + "\n\nExample:\n  " + example);
  made->fallthrough();
  made->callback([&options, name] { options.what = name; });
  return made;
}

}  // namespace

void add_audit_times(CLI::App* to, AuditOptions& options) {
  to->add_option("--from", options.from, "Not before: RFC 3339, a date, or back from now: -1h")
      ->option_text("T")
      ->check(kNotEmpty);
  to->add_option("--to", options.to, "Before")->option_text("T")->check(kNotEmpty);
}

void add_audit_place(CLI::App* to, AuditOptions& options) {
  to->add_option("--state-dir", options.state_dir,
                 "Read <DIR>/<task> instead of asking the engine. Default, where no engine\nanswers: the engine's own default")
      ->option_text("DIR")
      ->check(kNotEmpty);
}

namespace {

void add_filters(CLI::App* to, AuditOptions& options) {
  to->add_option("--user", options.user, "Of this user, given in plain; found by the pseudonym, too")
      ->option_text("U")
      ->check(kNotEmpty);
  to->add_option("--version", options.version, "Answered by this version")->option_text("V")->check(kNotEmpty);
  add_audit_times(to, options);
  to->add_option("--request-id", options.request_id, "With this request id")->option_text("R")->check(kNotEmpty);
  to->add_option("--status", options.status, "success, invalid, timeout, rejected, unknown_version, unavailable or fail")
      ->option_text("S")
      ->check(kNotEmpty);
  to->add_flag("--overruled", options.overruled, "Also records that a later one of their call overrules");
  to->add_flag("--decrypt", options.decrypt,
               "Show what the record holds encrypted, as far as its keys are there; reads\nthe journal here instead of asking the engine");
  to->add_option("--day-keys", options.day_keys, "journal.day_keys_dir. Default: <state-dir>/<task>/day_keys")
      ->option_text("DIR")
      ->check(kNotEmpty);
  to->add_option("--key-file", options.key_file,
                 "journal.key_file, where the index is read here.\nDefault: <state-dir>/<task>/journal.key")
      ->option_text("FILE")
      ->check(kNotEmpty);
  add_audit_place(to, options);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> AuditOptions::parameters() const {
  std::vector<std::pair<std::string, std::string>> all;
  const std::pair<const char*, const std::string*> texts[] = {
      {"user_id", &user},          {"version", &version}, {"from", &from}, {"to", &to},
      {"request_id", &request_id}, {"status", &status},   {"by", &by}};
  for (const auto& [name, value] : texts) {
    if (!value->empty()) all.emplace_back(name, *value);
  }
  if (overruled) all.emplace_back("overruled", "true");
  return all;
}

void declare_audit(CLI::App& app, AuditOptions& options) {
  CLI::App* audit = app.add_subcommand("audit", "The record of predictions: find, count, verify, score again, write out.");
  audit->require_subcommand(1);
  audit->fallthrough();
  audit->footer("--run-dir, --task and --json may stand here too: see ringside --help.\n\n" + std::string(kExitStatusHelp) +
                "\n\nExample:\n  ringside audit query --user u37201 --from -1h");

  CLI::App* query =
      command(*audit, options, "query", "Find records; newest first.",
              "Text is a table; --json an object a record, by audit_record.schema.json; --format csv a line a record. Where\n"
              "there is more, standard error says with which --cursor to go on.",
              "ringside audit query --user u37201 --from -1h --json");
  add_filters(query, options);
  query->add_option("--limit", options.limit, "At most so many. Default: 100")
      ->option_text("N")
      ->check(CLI::Range(1u, 1'000'000'000u));
  query->add_option("--cursor", options.cursor, "Those behind the record of this `cursor`")->option_text("C")->check(kNotEmpty);
  query->add_option("--format", options.format, "csv, or jsonl: the same as --json. Default: a table")
      ->option_text("csv|jsonl")
      ->check(CLI::IsMember({"csv", "jsonl"}));

  CLI::App* stats =
      command(*audit, options, "stats", "Count rows by version, hour and status.",
              "A row that a later record of its call overrules counts as what it was answered in the end; rows that have no\n"
              "record count as unrecorded. Times are taken to the minute.",
              "ringside audit stats --by version,status --from -1d");
  stats->add_option("--by", options.by, "Of version, hour, status. Default: all three")->option_text("WHAT,…")->check(kNotEmpty);
  add_audit_times(stats, options);
  add_audit_place(stats, options);

  CLI::App* verify =
      command(*audit, options, "verify", "Is the journal what was written?",
              "Checks every checksum and every link of the SHA-256 chain, and names the first altered, missing or reordered\n"
              "block (exit status 5). A chain alone does not show that its end was cut off, or that all of it was written\n"
              "anew: keep lines of <state-dir>/<task>/checkpoints elsewhere, and give them with --checkpoints.",
              "ringside audit verify --keys audit.pem --checkpoints kept.txt");
  verify
      ->add_option("--keys", options.keys,
                   "Only checkpoints signed by one of these Ed25519 public keys count, and there\nmust be one: a PEM file, or a "
                   "directory of them")
      ->option_text("FILE|DIR")
      ->check(kNotEmpty);
  verify->add_option("--checkpoints", options.checkpoint, "Default: <state-dir>/<task>/checkpoints")
      ->option_text("FILE")
      ->check(kNotEmpty);
  add_audit_place(verify, options);

  CLI::App* replay =
      command(*audit, options, "replay", "Score recorded rows again, and say what differs.",
              "By the version that answered, from the recorded features, every bit must agree (exit status 5). By another\n"
              "one, from the recorded inputs. What was withheld makes a record not_replayable.",
              "ringside audit replay --from -1h\n  ringside audit replay --request-id 5c8a --with loan_default_v1.1.0");
  add_filters(replay, options);
  replay->add_option("--with", options.with, "By this version. Default: the one that answered")
      ->option_text("VERSION")
      ->check(kNotEmpty);
  replay->add_option("--models", options.models, "Where bundles are. Default: ./models")->option_text("DIR")->check(kNotEmpty);
  replay->add_option("--limit", options.limit, "At most so many records. Default: 1000")
      ->option_text("N")
      ->check(CLI::Range(1u, 1'000'000'000u));
  replay->add_option("--cursor", options.cursor, "Those behind the record of this `cursor`")->option_text("C")->check(kNotEmpty);

  CLI::App* written = command(*audit, options, "export", "Write records to a file; newest first.", "Filters as for query.",
                              "ringside audit export --out audit.csv --format csv --from 2026-11-01 --to 2026-12-01");
  add_filters(written, options);
  written->add_option("--out", options.out, "The file; it is not there unless it is whole. Required")
      ->option_text("FILE")
      ->required()
      ->check(kNotEmpty);
  written->add_option("--format", options.format, "Default: jsonl")
      ->option_text("jsonl|csv")
      ->check(CLI::IsMember({"csv", "jsonl"}));

  declare_audit_hold(*audit, options);
  declare_audit_key(*audit, options);
}

int audit(const Globals& globals, const AuditOptions& options) {
  if (options.what == "query") return audit_query(globals, options);
  if (options.what == "stats") return audit_stats(globals, options);
  if (options.what == "verify") return audit_verify(globals, options);
  if (options.what == "replay") return audit_replay(globals, options);
  if (options.what.starts_with("key ")) return audit_key(globals, options);
  if (options.what.starts_with("hold ")) return audit_hold(globals, options);
  return audit_export(globals, options);
}

}  // namespace ringside::cli
