// audit key: the keys behind the record. A day's keys destroyed: what its records hold encrypted is gone. The key of pseudonyms rotated: from the
// engine's next start on, the same user has another pseudonym; queries go by all keys that are left.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>

#include <CLI/CLI.hpp>

#include "client_lib/base/durable_file.h"
#include "engine/journal/day_keys.h"
#include "engine/journal/pseudonym.h"
#include "tools/cli/audit.h"
#include "tools/cli/audit_source.h"
#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

struct KeyPlaces {
  std::string pseudonyms, days;
};

std::string id_text(std::uint32_t id) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%08x", id);
  return digits;
}

int list_keys(const Globals& globals, const KeyPlaces& places) {
  Json pseudonyms = Json::array(), days = Json::array();
  const auto keys = engine::AuditIndex::keys(places.pseudonyms);
  if (!keys) return report(globals, trouble(ExitStatus::kRefused, keys.error()));
  for (std::size_t i = 0; i < keys->size(); ++i) pseudonyms.push_back({{"id", id_text((*keys)[i].id)}, {"current", i == 0}});
  const auto read = engine::read_day_keys(places.days);
  if (!read) return report(globals, trouble(ExitStatus::kRefused, read.error()));
  std::map<std::uint32_t, Json> by_day;
  for (const engine::DayKey& key : *read) by_day[key.day].push_back(id_text(key.id));
  for (const auto& [day, ids] : by_day) days.push_back({{"day", engine::day_text(day)}, {"keys", ids}});
  if (globals.json) {
    print_line({{"pseudonyms", std::move(pseudonyms)}, {"days", std::move(days)}});
    return 0;
  }
  std::vector<std::vector<std::string>> table{{"for", "keys"}};
  for (const auto& one : pseudonyms)
    table.push_back({one["current"].get<bool>() ? "pseudonyms" : "pseudonyms, before", one["id"].get<std::string>()});
  for (const auto& one : days) {
    std::string ids;
    for (const auto& id : one["keys"]) ids += (ids.empty() ? "" : " ") + id.get<std::string>();
    table.push_back({one["day"].get<std::string>(), ids});
  }
  std::fputs(columns(table).c_str(), stdout);
  return 0;
}

// Beside it first, so that no moment has lost it.
int rotate_key(const Globals& globals, const KeyPlaces& places) {
  const auto key = engine::journal_key(places.pseudonyms);
  if (!key) return report(globals, trouble(ExitStatus::kRefused, key.error()));
  const std::string old = places.pseudonyms + ".old", kept = old + "/" + id_text(key->id) + ".key";
  std::error_code error;
  std::filesystem::create_directories(old, error);
  if (!error) std::filesystem::permissions(old, std::filesystem::perms::owner_all, error);
  if (error) return report(globals, trouble(ExitStatus::kFailed, "cannot make " + old + ": " + error.message()));
  if (rename(places.pseudonyms.c_str(), kept.c_str()) != 0)
    return report(globals, trouble(ExitStatus::kFailed, base::because(kept, "cannot be named")));
  const auto made = engine::journal_key(places.pseudonyms);
  if (!made) return report(globals, trouble(ExitStatus::kFailed, made.error()));
  globals.json ? print_line({{"from", id_text(key->id)}, {"to", id_text(made->id)}})
               : static_cast<void>(std::printf("%s follows %s, from the engine's next start on\n", id_text(made->id).c_str(),
                                               id_text(key->id).c_str()));
  return 0;
}

// Overwritten before it goes; a file system that copies on write, and a backup, keep it all the same.
bool erase(const std::string& path) {
  const base::UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return false;
  const std::string zeros(static_cast<std::size_t>(status.st_size), '0');
  return base::write_all(file.get(), zeros) && fsync(file.get()) == 0 && unlink(path.c_str()) == 0;
}

int destroy_day(const Globals& globals, const AuditOptions& options, const KeyPlaces& places) {
  std::tm parts{};
  const char* const end = strptime(options.id.c_str(), "%Y-%m-%d", &parts);
  if (end == nullptr || *end != '\0')
    return report(globals,
                  trouble(ExitStatus::kUsage, options.id + " is no day such as 2026-11-25; next: ringside audit key list"));
  const auto day = static_cast<std::uint32_t>(timegm(&parts) / 86'400);
  if (day >= engine::day_of(static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000'000u))
    return report(globals, trouble(ExitStatus::kRefused, "the key of " + options.id + " is in use until that day is over (UTC)"));
  const std::string path = places.days + "/" + engine::day_text(day) + ".keys";
  if (!erase(path)) {
    const bool is_gone = errno == ENOENT;
    return report(globals,
                  trouble(is_gone ? ExitStatus::kRefused : ExitStatus::kFailed, base::because(path, "cannot be destroyed")));
  }
  globals.json ? print_line({{"day", options.id}, {"destroyed", true}})
               : static_cast<void>(std::printf("what the records of %s hold encrypted is gone\n", options.id.c_str()));
  return 0;
}

}  // namespace

void declare_audit_key(CLI::App& audit, AuditOptions& options) {
  CLI::App* key = audit.add_subcommand("key", "The keys of pseudonyms and of what is encrypted.");
  key->require_subcommand(1);
  key->fallthrough();
  key->footer("Works on the files, whether or not an engine runs.\n\n" + std::string(kExitStatusHelp) +
              "\n\nExample:\n  ringside audit key list\n  ringside audit key destroy 2026-11-25");
  const auto command = [&](const char* name, const char* what, const char* example) {
    CLI::App* made = key->add_subcommand(name, what);
    made->fallthrough();
    made->footer(std::string(kExitStatusHelp) + "\n\nExample:\n  " + example);
    made->callback([&options, what = "key " + std::string(name)] { options.what = what; });
    made->add_option("--key-file", options.key_file, "journal.key_file. Default: <state-dir>/<task>/journal.key")
        ->option_text("FILE");
    made->add_option("--day-keys", options.day_keys, "journal.day_keys_dir. Default: <state-dir>/<task>/day_keys")
        ->option_text("DIR");
    add_audit_place(made, options);
    return made;
  };
  command("list", "By their ids.", "ringside audit key list");
  command("rotate", "A new key of pseudonyms; the one before still finds its users.", "ringside audit key rotate");
  command("destroy", "Destroy the keys of a past day: what it encrypted is erased.", "ringside audit key destroy 2026-11-25")
      ->add_option("day", options.id, "UTC")
      ->option_text("DAY")
      ->required();
}

int audit_key(const Globals& globals, const AuditOptions& options) {
  const auto state = audit_state(globals, options);
  if (!state) return report(globals, state.error());
  const KeyPlaces places{.pseudonyms = options.key_file.empty() ? *state + "/journal.key" : options.key_file,
                         .days = options.day_keys.empty() ? *state + "/day_keys" : options.day_keys};
  if (options.what == "key rotate") return rotate_key(globals, places);
  if (options.what == "key destroy") return destroy_day(globals, options, places);
  return list_keys(globals, places);
}

}  // namespace ringside::cli
