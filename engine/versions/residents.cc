#include "engine/versions/residents.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "engine/bundle/inventory.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/announcement.h"
#include "engine/versions/models_directory.h"
#include "engine/versions/models_listing.h"

namespace ringside::engine {
namespace {

constexpr int kRetiringMsMax = 1'000;  // how long a load waits for what it set aside

SwitchOutcome refused(SwitchOutcome::Kind kind, std::string to, std::string message) {
  return {.kind = kind, .from = {}, .to = std::move(to), .message = std::move(message), .problems = {}};
}

std::string megabytes(std::uint64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

std::string reason_of(const CatalogEntry& entry) {
  if (entry.problems.empty()) return entry.note;
  return (entry.foreign ? "foreign: " : "") + entry.problems.front().text();
}

}  // namespace

std::string version_or_none(const std::shared_ptr<const Resident>& resident) {
  return resident ? resident->bundle->version : std::string();
}

// The bundle joins those that answer by version; its label, if it has one, selects it.
void add_resident(TrafficDraft& draft, const std::string& directory_name, const std::shared_ptr<const Resident>& resident) {
  draft.residents.push_back(resident);
  std::erase_if(draft.announced, [&](const AnnouncedFields& fields) { return fields.directory == directory_name; });
  // A label never hides a version's name, and the first bundle that has it keeps it.
  const std::string& label = resident->bundle->facts.label;
  const bool taken = std::ranges::any_of(draft.labels, [&](const auto& pair) { return pair.first == label; });
  std::erase_if(draft.labels, [&](const auto& pair) { return pair.first == resident->bundle->version; });
  if (!label.empty() && !taken && !draft.find(label)) draft.labels.emplace_back(label, resident->bundle->version);
}

void Residents::warn(const std::string& text) const {
  if (options_.warn) options_.warn(text);
}

void Residents::record(VersionEvent event) const {
  event.at = std::chrono::system_clock::now();
  if (options_.record) options_.record(event);
}

std::vector<std::string> Residents::scan() {
  settle_retiring();
  const auto names = list_versions(options_.models_directory);
  std::vector<std::string> worth;
  if (!names) return worth;
  std::vector<std::pair<std::string, std::string>> found;  // directory, version
  for (const std::string& name : *names) {
    const auto identity = identify_bundle(options_.models_directory + "/" + name);
    found.emplace_back(name, identity ? identity->version : std::string());
  }
  std::ranges::stable_partition(found, [](const auto& pair) { return pair.first == pair.second; });
  std::unique_lock lock(mutex_);
  for (const auto& [name, version] : found) {
    auto [entry, fresh] = catalog_.try_emplace(name);
    if (fresh) entry->second.directory = options_.models_directory + "/" + name;
    if (entry->second.state == LoadState::kGone) entry->second.become(LoadState::kFound);
    if (entry->second.state != LoadState::kFound && entry->second.state != LoadState::kFailed) continue;
    entry->second.version.clear();
    const auto holder = find_version(catalog_, version);
    if (holder == catalog_.end() || holder->second.version != version) entry->second.version = version;
    worth.push_back(name);
  }
  for (auto& [name, entry] : catalog_) {
    const bool waiting = entry.state == LoadState::kFound || entry.state == LoadState::kFailed;
    if (waiting && !std::ranges::binary_search(*names, name) && !is_version_directory(entry.directory))
      entry.become(LoadState::kGone);
  }
  lock.unlock();
  announce(worth);
  return worth;
}

void Residents::announce(const std::vector<std::string>& directories) {
  std::vector<AnnouncedFields> announced = announced_fields(options_.models_directory, options_.task, directories);
  if (announced == traffic_.snapshot().announced) return;
  traffic_.update([&](TrafficDraft& draft) { draft.announced = std::move(announced); });
}

Residents::Loaded Residents::load(const std::string& name, const std::string& directory) {
  const std::uint64_t stamp = directory_stamp(directory);
  set_state(name, LoadState::kLoading, directory);
  {
    const std::lock_guard lock(mutex_);
    catalog_[name].tried = stamp;
  }
  auto bundle = load_or_say(directory);
  if (!bundle) return fail(failed(name, std::move(bundle.error())));
  set_state(name, LoadState::kVerifying, directory);
  if (const auto twin = traffic_.snapshot().find((*bundle)->version)) {
    return fail(failed(name, {{"manifest.json", "version", 0, "a version that no other directory holds",
                               (*bundle)->version + ", which answers from " + twin->bundle->facts.directory}}));
  }
  if (const auto problem = over_the_limit(**bundle)) return fail(failed(name, {*problem}));
  std::shared_ptr<const Bundle> shared = retired_.own(std::move(*bundle));
  auto resident = traffic_.admit(shared);
  if (!resident) return fail(failed(name, {{directory, "", 0, "room in the directory", resident.error()}}));
  for (const std::string& warning : shared->facts.warnings) warn(shared->version + ": " + warning);
  record({.actor = "ringsided", .action = "load", .to = shared->version, .outcome = "done"});
  const std::lock_guard lock(mutex_);
  CatalogEntry& entry = catalog_[name];
  entry.become(LoadState::kResident);
  entry.version = shared->version;
  entry.bundle = std::move(shared);
  entry.problems.clear();
  entry.note.clear();
  entry.set_aside = false;
  entry.resident_at = std::chrono::system_clock::now();
  return std::move(*resident);
}

Result<std::unique_ptr<Bundle>, BundleProblems> Residents::load_or_say(const std::string& directory) const {
  const auto scratch = options_.make_scratch ? options_.make_scratch() : nullptr;
  try {
    return load_bundle(directory, {.expected_task = options_.task,
                                   .use_reference = options_.use_reference,
                                   .lock_memory = options_.lock_memory,
                                   .signature = options_.signature,
                                   .trusted_keys = options_.trusted_keys,
                                   .scratch = scratch.get()});
  } catch (const std::exception& error) {
    return fail(BundleProblems{{directory, "", 0, "a bundle that can be loaded", error.what()}});
  }
}

void Residents::set_state(const std::string& name, LoadState state, const std::string& directory) {
  const std::lock_guard lock(mutex_);
  CatalogEntry& entry = catalog_[name];
  entry.directory = directory;
  if (entry.state == LoadState::kGone) entry.become(LoadState::kFound);  // it came back after the last scan
  entry.become(state);
}

SwitchOutcome Residents::failed(const std::string& name, BundleProblems problems) {
  // A whole bundle of another task has this one problem; what is broken is broken first of all.
  const bool foreign = problems.size() == 1 && problems.front().file == "manifest.json" && problems.front().key == "task_name" &&
                       !problems.front().found.empty();
  std::string version = name;
  {
    const std::lock_guard lock(mutex_);
    CatalogEntry& entry = catalog_[name];
    if (!entry.version.empty()) version = entry.version;
    entry.become(LoadState::kFailed);
    entry.problems = problems;
    entry.foreign = foreign;
  }
  SwitchOutcome outcome =
      foreign ? refused(SwitchOutcome::Kind::kRefused, version, version + " is a bundle of another task; nothing was changed")
              : refused(SwitchOutcome::Kind::kFailedCheck, version, version + " failed its check; nothing was changed");
  record({.actor = "ringsided", .action = "load", .to = version, .outcome = "failed", .message = problems.front().text()});
  outcome.problems = std::move(problems);
  return outcome;
}

bool Residents::is_known(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return find_version(catalog_, name) != catalog_.end();
}

bool Residents::is_waiting(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto entry = catalog_.find(name);
  return entry != catalog_.end() && (entry->second.state == LoadState::kFound || entry->second.state == LoadState::kFailed);
}

Residents::Asked Residents::version_asked(const TrafficDraft& draft, const std::string& asked) const {
  const std::lock_guard lock(mutex_);
  auto found = find_version(catalog_, asked);
  if (found == catalog_.end()) {
    if (const std::string* version = draft.version_of_label(asked)) found = find_version(catalog_, *version);
  }
  if (found == catalog_.end()) return {asked, asked};
  return {found->first, found->second.version.empty() ? found->first : found->second.version};
}

Residents::Due Residents::due(const std::string& name, bool at_once) {
  const std::string directory = options_.models_directory + "/" + name;
  const std::uint64_t stamp = directory_stamp(directory);
  const auto now = std::chrono::steady_clock::now();
  bool still = at_once;
  {
    const std::lock_guard lock(mutex_);
    CatalogEntry& entry = catalog_[name];
    if (entry.tried == stamp) return Due::kNo;  // what was set aside, too, until its directory changes
    entry.set_aside = false;
    if (entry.seen != stamp) {
      entry.seen = stamp;
      entry.seen_since = now;
    }
    still = still || now - entry.seen_since >= options_.settle;
  }
  const std::string missing = still ? std::string() : take_inventory(directory).missing;
  const std::lock_guard lock(mutex_);
  CatalogEntry& entry = catalog_[name];
  entry.note = missing.empty() ? "" : "waits to be whole: " + missing;
  if (!missing.empty()) return Due::kWaits;
  entry.tried = stamp;
  return Due::kYes;
}

void Residents::load_in_its_turn(const std::string& name) {
  const std::string directory = options_.models_directory + "/" + name;
  // By the time that its turn comes, a switch may have loaded it, or its directory may have gone.
  if (!is_waiting(name) || !make_room(name, directory, false)) return;
  auto resident = load(name, directory);
  if (resident) traffic_.update([&](TrafficDraft& draft) { add_resident(draft, name, *resident); });
}

Residents::Loaded Residents::make_room(const std::string& name, const std::string& directory, bool may_set_aside) {
  if (!wait_until_left(name)) {
    return fail(refused(SwitchOutcome::Kind::kRefused, name,
                        name + " is still leaving memory, where a long call holds it; next: try again in a moment"));
  }
  if (options_.memory_max == 0) return std::shared_ptr<const Resident>();
  const std::uint64_t wanted = take_inventory(directory).bytes;
  const auto fits = [&] { return bytes_taken() + wanted <= options_.memory_max; };
  const std::uint64_t needed = bytes_with_a_role() + wanted;  // were everything else set aside
  while (may_set_aside && needed <= options_.memory_max && !fits()) {
    const std::string victim = oldest_without_role();
    if (victim.empty()) break;
    if (!retire(victim, "set aside to make room for " + name + "; a switch loads it again")) continue;
    {
      const std::lock_guard lock(mutex_);
      catalog_[victim].set_aside = true;
    }
    // A grace period takes microseconds; but a worker may hold a bundle for the length of a call.
    if (!wait_until_left(victim)) break;
  }
  if (fits()) return std::shared_ptr<const Resident>();
  SwitchOutcome outcome = refused(SwitchOutcome::Kind::kRefused, name,
                                  name + " may need " + megabytes(wanted) + ", and " + megabytes(bytes_taken()) + " of " +
                                      megabytes(options_.memory_max) + " are taken" +
                                      (may_set_aside ? " by bundles that have a role, or are still leaving" : "") +
                                      "; next: raise limits.bundle_memory, or take a role away (ringside versions)");
  const std::lock_guard lock(mutex_);
  CatalogEntry& entry = catalog_[name];
  entry.set_aside = true;
  entry.note = may_set_aside ? outcome.message : "not loaded for want of memory (limits.bundle_memory); a switch loads it";
  return fail(std::move(outcome));
}

// False: it is still held after a second.
bool Residents::wait_until_left(const std::string& name) {
  const auto leaving = [&] {
    settle_retiring();
    const std::lock_guard lock(mutex_);
    const auto entry = catalog_.find(name);
    return entry != catalog_.end() && entry->second.state == LoadState::kRetiring;
  };
  for (int ms = 0; ms < kRetiringMsMax; ++ms) {
    if (!leaving()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return !leaving();
}

std::uint64_t Residents::bytes_with_a_role() const {
  const TrafficDraft now = traffic_.snapshot();
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [name, entry] : catalog_) {
    if (entry.bundle && !now.roles_of(entry.version).empty()) bytes += entry.bundle->facts.bytes;
  }
  return bytes;
}

std::uint64_t Residents::bytes_taken() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [name, entry] : catalog_) {
    const auto bundle = entry.state == LoadState::kRetiring ? entry.leaving.lock() : entry.bundle;
    if (bundle) bytes += bundle->facts.bytes;
  }
  return bytes + retired_.bytes();
}

// What was measured may be more than its files let expect. A bundle that is alone is always let in: there is nothing else to answer with.
std::optional<BundleProblem> Residents::over_the_limit(const Bundle& bundle) const {
  const std::uint64_t taken = bytes_taken();
  if (options_.memory_max == 0 || taken == 0 || taken + bundle.facts.bytes <= options_.memory_max) return std::nullopt;
  return BundleProblem{bundle.facts.directory, "limits.bundle_memory", 0,
                       "at most " + megabytes(options_.memory_max) + ", of which " + megabytes(taken) + " are taken",
                       megabytes(bundle.facts.bytes)};
}

std::string Residents::oldest_without_role() const {
  const TrafficDraft now = traffic_.snapshot();
  const std::lock_guard lock(mutex_);
  const CatalogEntry* oldest = nullptr;
  std::string name;
  for (const auto& [key, entry] : catalog_) {
    if (entry.state != LoadState::kResident || !now.roles_of(entry.version).empty()) continue;
    if (oldest != nullptr && oldest->resident_at <= entry.resident_at) continue;
    oldest = &entry;
    name = key;
  }
  return name;
}

bool Residents::retire(const std::string& name, const std::string& why) {
  const std::string version = [&] {
    const std::lock_guard lock(mutex_);
    return catalog_[name].version;
  }();
  bool retired = false;
  traffic_.update([&](TrafficDraft& draft) {
    if (!draft.roles_of(version).empty()) return;
    std::erase_if(draft.residents, [&](const auto& resident) { return resident->bundle->version == version; });
    std::erase_if(draft.labels, [&](const auto& pair) { return pair.second == version; });  // its own, which an operator's hid
    retired = true;
  });
  if (!retired) return false;
  {
    const std::lock_guard lock(mutex_);
    CatalogEntry& entry = catalog_[name];
    entry.become(LoadState::kRetiring);
    entry.leaving = entry.bundle;
    entry.bundle.reset();
    entry.note = why;
  }
  record({.actor = "ringsided", .action = "retire", .to = version, .outcome = "done", .message = why});
  return true;
}

bool Residents::settle_retiring() {
  std::unique_lock lock(mutex_);
  bool held = false;
  for (auto& [name, entry] : catalog_) {
    if (entry.state != LoadState::kRetiring) continue;
    if (entry.leaving.expired()) {
      entry.become(LoadState::kGone);
      if (!entry.set_aside) entry.tried = 0;
    } else {
      held = true;
    }
  }
  lock.unlock();
  retired_.free_all();
  return held;
}

void Residents::retire_what_went() {
  const TrafficDraft now = traffic_.snapshot();
  std::vector<std::string> went;
  std::vector<std::string> told;
  std::unique_lock lock(mutex_);
  for (auto& [name, entry] : catalog_) {
    if (entry.state != LoadState::kResident) continue;
    const std::uint64_t stamp = directory_stamp(entry.directory);
    const bool role = !now.roles_of(entry.version).empty();
    if (stamp == 0 && !role) went.push_back(name);
    const std::string note = stamp == 0             ? "its directory is gone: it answers until it has no role"
                             : stamp != entry.tried ? "its directory changed after it was loaded: what answers is what was loaded"
                                                    : "";
    if (note == entry.note || (stamp == 0 && !role)) continue;
    entry.note = note;
    if (!note.empty()) told.push_back(entry.version + ": " + note);
  }
  lock.unlock();
  for (const std::string& text : told) warn(text);
  for (const std::string& name : went) retire(name, "its directory is gone");
}

std::vector<VersionStatus> Residents::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<VersionStatus> all;
  for (const auto& [name, entry] : catalog_) {
    all.push_back({.version = entry.version.empty() ? name : entry.version,
                   .state = entry.state,
                   .roles = {},
                   .reason = reason_of(entry),
                   .problems = entry.problems,
                   .directory = entry.directory,
                   .bundle = entry.bundle,
                   .answered_rows = 0,
                   .found_at = entry.found_at,
                   .resident_at = entry.resident_at});
  }
  return all;
}

}  // namespace ringside::engine
