// audit hold: which spans of the record retention must not delete. Works on <state-dir>/<task>/holds.json, whether or not an engine runs.
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "engine/ledger/reading/audit_time.h"
#include "engine/ledger/retention/holds.h"
#include "tools/cli/audit.h"
#include "tools/cli/audit_source.h"
#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

using engine::Hold;
using engine::Holds;

std::uint64_t wall_clock_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

std::string this_user() {
  const uid_t uid = geteuid();
  const passwd* const account = getpwuid(uid);
  return account != nullptr ? account->pw_name : "uid " + std::to_string(uid);
}

Json time_or_null(std::uint64_t wall_ns, std::uint64_t none) {
  return wall_ns == none ? Json(nullptr) : Json(engine::rfc3339_ms(wall_ns));
}

Json document(const Hold& hold) {
  return {{"id", hold.id},
          {"from", time_or_null(hold.from_ns, Hold{}.from_ns)},
          {"to", time_or_null(hold.to_ns, Hold{}.to_ns)},
          {"reason", hold.reason},
          {"by", hold.by},
          {"added", engine::rfc3339_ms(hold.added_ns)},
          {"removed", time_or_null(hold.removed_ns, 0)},
          {"removed_by", hold.removed_by.empty() ? Json(nullptr) : Json(hold.removed_by)}};
}

std::string text_or_dash(const Json& value) { return value.is_null() ? "-" : value.get<std::string>(); }

int add(const Globals& globals, const AuditOptions& options, const Holds& holds) {
  Hold hold{.id = {}, .reason = options.reason, .by = this_user(), .added_ns = wall_clock_ns()};
  for (const auto& [text, to, name] :
       {std::tuple(&options.from, &hold.from_ns, "--from"), std::tuple(&options.to, &hold.to_ns, "--to")}) {
    if (text->empty()) continue;
    const auto time = engine::parse_audit_time(*text, hold.added_ns);
    if (!time)
      return report(globals, trouble(ExitStatus::kUsage,
                                     std::string(name) + " " + *text + " is no time; next: ringside audit hold add --help"));
    *to = *time;
  }
  if (hold.from_ns >= hold.to_ns) return report(globals, trouble(ExitStatus::kUsage, "--from is not before --to"));
  const auto id = holds.add(hold);
  if (!id) return report(globals, trouble(ExitStatus::kFailed, id.error()));
  hold.id = *id;
  globals.json ? print_line(document(hold)) : static_cast<void>(std::printf("%s holds\n", id->c_str()));
  return 0;
}

int list(const Globals& globals, const Holds& holds) {
  const auto all = holds.read();
  if (!all) return report(globals, trouble(ExitStatus::kFailed, all.error()));
  Json documents = Json::array();
  for (const Hold& hold : *all) documents.push_back(document(hold));
  if (globals.json) {
    print_line({{"holds", std::move(documents)}});
    return 0;
  }
  std::vector<std::vector<std::string>> table{{"id", "from", "to", "added", "by", "removed", "reason"}};
  for (const Json& one : documents)
    table.push_back({text_or_dash(one["id"]), text_or_dash(one["from"]), text_or_dash(one["to"]), text_or_dash(one["added"]),
                     text_or_dash(one["by"]), text_or_dash(one["removed"]), text_or_dash(one["reason"])});
  std::fputs(documents.empty() ? "no holds\n" : columns(table).c_str(), stdout);
  return 0;
}

int remove(const Globals& globals, const AuditOptions& options, const Holds& holds) {
  const auto removed = holds.remove(options.id, this_user(), wall_clock_ns());
  if (!removed) return report(globals, trouble(ExitStatus::kFailed, removed.error()));
  if (!*removed)
    return report(globals, trouble(ExitStatus::kRefused, "no hold " + options.id + " holds; next: ringside audit hold list"));
  globals.json ? print_line({{"id", options.id}, {"removed", true}})
               : static_cast<void>(std::printf("%s holds no more\n", options.id.c_str()));
  return 0;
}

}  // namespace

void declare_audit_hold(CLI::App& audit, AuditOptions& options) {
  CLI::App* hold = audit.add_subcommand("hold", "Legal holds: spans of the record that retention must not delete.");
  hold->require_subcommand(1);
  hold->fallthrough();
  hold->footer(
      "A journal file that has a record of a held span stays, however old it is and however large the journal.\n"
      "What was deleted before cannot be held. What holds no more stays listed.\n\n" +
      std::string(kExitStatusHelp) +
      "\n\nExample:\n  ringside audit hold add --from 2026-11-01 --to 2026-12-01 --reason 'case 4711'\n  ringside audit hold "
      "list");
  const auto command = [&](const char* name, const char* what, const char* example) {
    CLI::App* made = hold->add_subcommand(name, what);
    made->fallthrough();
    made->footer(std::string(kExitStatusHelp) + "\n\nExample:\n  " + example);
    made->callback([&options, what = "hold " + std::string(name)] { options.what = what; });
    add_audit_place(made, options);
    return made;
  };
  CLI::App* added = command("add", "Hold a span from now on.",
                            "ringside audit hold add --from 2026-11-01 --to 2026-12-01 --reason 'case 4711'");
  add_audit_times(added, options);
  added->add_option("--reason", options.reason, "Why. Required")->option_text("TEXT")->required();
  command("list", "All of them, in the order of adding.", "ringside audit hold list");
  command("remove", "End one.", "ringside audit hold remove h1")
      ->add_option("id", options.id, "Of the hold")
      ->option_text("ID")
      ->required();
}

int audit_hold(const Globals& globals, const AuditOptions& options) {
  const auto state = audit_state(globals, options);
  if (!state) return report(globals, state.error());
  const Holds holds(*state);
  if (options.what == "hold add") return add(globals, options, holds);
  if (options.what == "hold remove") return remove(globals, options, holds);
  return list(globals, holds);
}

}  // namespace ringside::cli
