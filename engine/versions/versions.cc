#include "engine/versions/versions.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/traffic/publisher.h"
#include "engine/versions/announcement.h"
#include "engine/versions/catalog.h"
#include "engine/versions/models_directory.h"
#include "engine/versions/role_desk.h"

namespace ringside::engine {
namespace {

SwitchOutcome refused(SwitchOutcome::Kind kind, std::string from, std::string to, std::string message) {
  return {.kind = kind, .from = std::move(from), .to = std::move(to), .message = std::move(message), .problems = {}};
}

std::string version_or_none(const std::shared_ptr<const Resident>& resident) {
  return resident ? resident->bundle->version : std::string();
}

}  // namespace

// Work is done on one thread, in order; the lock covers the catalog and the queue, never a load.
class Versions::State {
 public:
  State(Options options, TrafficPublisher& traffic)
      : options_(std::move(options)), traffic_(traffic), thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), "rs-loader");
  }

  ~State() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Result<Done, SwitchOutcome> start(const std::string& directory, OperatorRoles roles) {
    const std::filesystem::path path(directory);
    const std::string name = (path.has_filename() ? path : path.parent_path()).filename().string();  // "models/v1/" is v1 too
    auto resident = load(name, directory);
    if (!resident) return fail(resident.error());
    auto others = list_versions(options_.models_directory);
    if (others) std::erase(*others, name);
    std::vector<AnnouncedFields> announced;
    if (others) announced = announced_fields(options_.models_directory, options_.task, *others);
    traffic_.update([&](TrafficDraft& draft) {
      add(draft, name, *resident);
      draft.current = *resident;
      draft.announced = std::move(announced);
    });
    desk_.restore(std::move(roles));
    return Done{};
  }

  RoleDesk& desk() noexcept { return desk_; }
  void post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    wake_.notify_one();
  }

  // Looks through models/; every directory that is new, or failed before, is loaded and answers by version.
  void scan_and_load() {
    for (const std::string& name : scan()) {
      post([this, name] {
        // By the time that its turn comes, a switch may have loaded it, or its directory may have gone.
        if (!is_waiting(name)) return;
        auto resident = load(name, options_.models_directory + "/" + name);
        if (resident) traffic_.update([&](TrafficDraft& draft) { add(draft, name, *resident); });
      });
    }
  }

  SwitchOutcome switch_to(const SwitchRequest& request) {
    const TrafficDraft now = traffic_.snapshot();
    const std::string from = version_or_none(now.current);
    if (!is_version_name(request.version)) {
      return refused(SwitchOutcome::Kind::kUnknownVersion, from, request.version,
                     "'" + request.version + "' is not the name of a version");
    }
    scan();
    const auto [name, to] = version_asked(now, request.version);
    if (from == to && !request.dry_run) {
      SwitchOutcome outcome = refused(SwitchOutcome::Kind::kAlready, from, to, to + " answers already");
      if (request.persist) persist(name, to, outcome);
      return outcome;
    }
    const auto resident = obtain(now, {name, to}, from);
    if (!resident) return resident.error();
    if (request.dry_run)
      return refused(SwitchOutcome::Kind::kDryRunGood, from, to, to + " is verified and resident; " + from + " stays current");
    bool promoted = false;
    traffic_.update([&](TrafficDraft& draft) {
      draft.previous = draft.current;
      draft.current = *resident;
      promoted = end_promoted_canary(draft.roles, to);
    });
    SwitchOutcome outcome = refused(SwitchOutcome::Kind::kPublished, from, to,
                                    to + (promoted ? " answers now, and is no canary any more" : " answers now"));
    remember(to, outcome);
    if (request.persist) persist(name, to, outcome);
    return outcome;
  }

  SwitchOutcome roll_back() {
    const TrafficDraft now = traffic_.snapshot();
    const std::string from = version_or_none(now.current);
    if (!now.previous) {
      return refused(SwitchOutcome::Kind::kRefused, from, {},
                     "there is no previous version to roll back to; next: ringside switch VERSION");
    }
    traffic_.update([](TrafficDraft& draft) {
      draft.current = std::exchange(draft.previous, nullptr);
      draft.roles.canary.reset();
    });
    const std::string to = now.previous->bundle->version;
    const std::string ended = now.roles.canary ? "; the canary " + now.roles.canary->version + " has ended" : "";
    SwitchOutcome outcome = refused(SwitchOutcome::Kind::kPublished, from, to, to + " answers again" + ended);
    remember(to, outcome);
    return outcome;
  }

  std::vector<VersionStatus> list() const {
    const TrafficDraft now = traffic_.snapshot();
    const std::lock_guard lock(mutex_);
    std::vector<VersionStatus> all;
    for (const auto& [name, entry] : catalog_) {
      const std::string& version = entry.version.empty() ? name : entry.version;
      VersionStatus status{.version = version,
                           .state = entry.state,
                           .roles = {},
                           .reason = reason_of(entry),
                           .problems = entry.problems,
                           .directory = entry.directory,
                           .bundle = entry.bundle};
      if (const auto resident = now.find(version)) {
        for (const auto& own : resident->by_worker) status.answered_rows += own.answered_rows.value();
      }
      status.roles = now.roles_of(version);
      if (now.roles.canary && now.roles.canary->version == version) status.canary_percent = now.roles.canary->percent();
      status.pinned = now.roles.pins->pinned_to(version);
      all.push_back(std::move(status));
    }
    return all;
  }

  Roles roles() const {
    const TrafficDraft now = traffic_.snapshot();
    return {version_or_none(now.current), version_or_none(now.previous), now.roles, now.all_labels()};
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  // Notes what models/ holds now, and which version each directory holds. Returns the directories that are worth a try, those that are
  // called as their version before others, so that a copy under another name is the one that is refused; and announces them.
  std::vector<std::string> scan() {
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

  // What failed to load is announced for as long as its directory stands: a caller who was answered is not refused because a load failed.
  void announce(const std::vector<std::string>& directories) {
    std::vector<AnnouncedFields> announced = announced_fields(options_.models_directory, options_.task, directories);
    if (announced == traffic_.snapshot().announced) return;
    traffic_.update([&](TrafficDraft& draft) { draft.announced = std::move(announced); });
  }

  // REQUIRES: `name` is a directory's, under which its entry stands.
  Result<std::shared_ptr<const Resident>, SwitchOutcome> load(const std::string& name, const std::string& directory) {
    set_state(name, LoadState::kLoading, directory);
    auto bundle = load_or_say(directory);
    if (!bundle) return fail(failed(name, std::move(bundle.error())));
    set_state(name, LoadState::kVerifying, directory);
    if (const auto twin = traffic_.snapshot().find((*bundle)->version)) {
      return fail(failed(name, {{"manifest.json", "version", 0, "a version that no other directory holds",
                                 (*bundle)->version + ", which answers from " + twin->bundle->facts.directory}}));
    }
    std::shared_ptr<const Bundle> shared = std::move(*bundle);
    auto resident = traffic_.admit(shared);
    if (!resident) return fail(failed(name, {{directory, "", 0, "room in the directory", resident.error()}}));
    for (const std::string& warning : shared->facts.warnings) warn(shared->version + ": " + warning);
    const std::lock_guard lock(mutex_);
    CatalogEntry& entry = catalog_[name];
    entry.become(LoadState::kResident);
    entry.version = shared->version;
    entry.bundle = std::move(shared);
    entry.problems.clear();
    return std::move(*resident);
  }

  // No bundle may end the engine: what a library throws (memory above all) is a reason like another.
  [[nodiscard]] Result<std::unique_ptr<Bundle>, std::vector<BundleProblem>> load_or_say(const std::string& directory) const {
    try {
      return load_bundle(directory, {.expected_task = options_.task, .use_reference = options_.use_reference});
    } catch (const std::exception& error) {
      return fail(std::vector<BundleProblem>{{directory, "", 0, "a bundle that can be loaded", error.what()}});
    }
  }

  void set_state(const std::string& name, LoadState state, const std::string& directory) {
    const std::lock_guard lock(mutex_);
    CatalogEntry& entry = catalog_[name];
    entry.directory = directory;
    if (entry.state == LoadState::kGone) entry.become(LoadState::kFound);  // it came back after the last scan
    entry.become(state);
  }

  SwitchOutcome failed(const std::string& name, std::vector<BundleProblem> problems) {
    const std::lock_guard lock(mutex_);
    CatalogEntry& entry = catalog_[name];
    const std::string& version = entry.version.empty() ? name : entry.version;
    entry.become(LoadState::kFailed);
    entry.problems = problems;
    // A whole bundle of another task has this one problem; what is broken is broken first of all.
    const bool foreign = problems.size() == 1 && problems.front().file == "manifest.json" &&
                         problems.front().key == "task_name" && !problems.front().found.empty();
    entry.foreign = foreign;
    SwitchOutcome outcome =
        foreign
            ? refused(SwitchOutcome::Kind::kRefused, {}, version, version + " is a bundle of another task; nothing was changed")
            : refused(SwitchOutcome::Kind::kFailedCheck, {}, version, version + " failed its check; nothing was changed");
    outcome.problems = std::move(problems);
    return outcome;
  }

  // The bundle joins those that answer by version; its label, if it has one, selects it.
  static void add(TrafficDraft& draft, const std::string& name, const std::shared_ptr<const Resident>& resident) {
    draft.residents.push_back(resident);
    std::erase_if(draft.announced, [&](const AnnouncedFields& fields) { return fields.directory == name; });
    // A label never hides a version's name, and the first bundle that has it keeps it.
    const std::string& label = resident->bundle->facts.label;
    const bool taken = std::ranges::any_of(draft.labels, [&](const auto& pair) { return pair.first == label; });
    std::erase_if(draft.labels, [&](const auto& pair) { return pair.first == resident->bundle->version; });
    if (!label.empty() && !taken && !draft.find(label)) draft.labels.emplace_back(label, resident->bundle->version);
  }

  [[nodiscard]] bool is_waiting(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto entry = catalog_.find(name);
    return entry != catalog_.end() && (entry->second.state == LoadState::kFound || entry->second.state == LoadState::kFailed);
  }

  [[nodiscard]] bool is_known(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return find_version(catalog_, name) != catalog_.end();
  }

  struct Asked {
    std::string directory, version;  // the directory's name in models/
  };
  // An operator may name a version by itself, by its directory or by its label.
  [[nodiscard]] Asked version_asked(const TrafficDraft& draft, const std::string& asked) const {
    const std::lock_guard lock(mutex_);
    auto found = find_version(catalog_, asked);
    if (found == catalog_.end()) {
      if (const std::string* version = draft.version_of_label(asked)) found = find_version(catalog_, *version);
    }
    if (found == catalog_.end()) return {asked, asked};
    return {found->first, found->second.version.empty() ? found->first : found->second.version};
  }

  // The resident bundle of a version; one that is not is loaded, and answers by version from then on.
  Result<std::shared_ptr<const Resident>, SwitchOutcome> obtain(const TrafficDraft& now, const Asked& asked,
                                                                const std::string& from) {
    if (auto resident = now.find(asked.version)) return resident;
    const std::string directory = options_.models_directory + "/" + asked.directory;
    if (!is_version_directory(directory)) {
      return fail(refused(SwitchOutcome::Kind::kUnknownVersion, from, asked.version,
                          "no version " + asked.version + " in " + options_.models_directory));
    }
    auto loaded = load(asked.directory, directory);
    if (loaded) {
      traffic_.update([&](TrafficDraft& draft) { add(draft, asked.directory, *loaded); });
    } else {
      loaded.error().from = from;
    }
    return loaded;
  }
  Result<std::string, SwitchOutcome> make_resident(const std::string& asked) {
    const TrafficDraft now = traffic_.snapshot();
    const std::string from = version_or_none(now.current);
    if (!is_version_name(asked)) {
      return fail(refused(SwitchOutcome::Kind::kUnknownVersion, from, asked, "'" + asked + "' is not the name of a version"));
    }
    scan();
    const Asked found = version_asked(now, asked);
    if (const auto resident = obtain(now, found, from); !resident) return fail(resident.error());
    return found.version;
  }

  void warn(const std::string& text) const {
    if (options_.warn) options_.warn(text);
  }

  void persist(const std::string& name, const std::string& version, SwitchOutcome& outcome) {
    if (const auto moved = move_current(options_.models_directory, name); !moved) {
      outcome.kind = SwitchOutcome::Kind::kPersistFailed;
      outcome.message += "; but models/current was not moved: " + moved.error();
    } else if (options_.remember) {
      remember(version, outcome);  // again: it keeps the `current` that it saw
    }
  }

  // A choice that cannot be kept is said, not hidden; it answers all the same.
  void remember(const std::string& version, SwitchOutcome& outcome) {
    if (!options_.remember) return;
    if (const auto kept = options_.remember(version, traffic_.snapshot().roles); !kept) outcome.message += not_kept(kept.error());
  }

  Options options_;
  TrafficPublisher& traffic_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  Catalog catalog_;
  RoleDesk desk_{traffic_, options_, [this](const std::string& asked) { return make_resident(asked); },
                 [this](const std::string& name) { return is_known(name); }};
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

Versions::Versions(Options options, TrafficPublisher& traffic) : state_(std::make_unique<State>(std::move(options), traffic)) {}
Versions::~Versions() = default;

Result<Done, SwitchOutcome> Versions::start(const std::string& bundle_directory, OperatorRoles roles) {
  return state_->start(bundle_directory, std::move(roles));
}
void Versions::load_the_rest() {
  state_->post([state = state_.get()] { state->scan_and_load(); });
}
void Versions::switch_to(SwitchRequest request, std::function<void(SwitchOutcome)> done) {
  state_->post([state = state_.get(), request = std::move(request), done = std::move(done)] { done(state->switch_to(request)); });
}
void Versions::roll_back(std::string, std::string, std::function<void(SwitchOutcome)> done) {
  state_->post([state = state_.get(), done = std::move(done)] { done(state->roll_back()); });
}
void Versions::change_role(RoleRequest request, std::function<void(Result<RoleChange, SwitchOutcome>)> done) {
  state_->post(
      [state = state_.get(), request = std::move(request), done = std::move(done)] { done(state->desk().change(request)); });
}
std::vector<VersionStatus> Versions::list() const { return state_->list(); }
Roles Versions::roles() const { return state_->roles(); }

}  // namespace ringside::engine
