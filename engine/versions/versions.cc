#include "engine/versions/versions.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>

#include "engine/shadow/match.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/announcement.h"
#include "engine/versions/loader_thread.h"
#include "engine/versions/models_directory.h"
#include "engine/versions/models_follower.h"
#include "engine/versions/residents.h"
#include "engine/versions/role_desk.h"

namespace ringside::engine {
namespace {

SwitchOutcome refused(SwitchOutcome::Kind kind, std::string from, std::string to, std::string message) {
  return {.kind = kind, .from = std::move(from), .to = std::move(to), .message = std::move(message), .problems = {}};
}

std::string outcome_word(SwitchOutcome::Kind kind) {
  if (is_done(kind)) return "done";
  return kind == SwitchOutcome::Kind::kFailedCheck ? "failed" : "refused";
}

// Empty: there is one, or none was asked for.
std::string why_no_comparison(const TrafficDraft& now) {
  if (!now.roles.shadow || now.comparison) return {};
  const auto shadow = now.find(now.roles.shadow->version);
  if (!shadow || !now.current) return now.roles.shadow->version + " is not resident";
  const auto match = match_shadow(*now.current->bundle, *shadow->bundle);
  return match ? std::string() : match.error();
}

std::string name_of(const RoleRequest& request) {
  if (std::holds_alternative<CanaryRequest>(request.what)) return "canary";
  if (std::holds_alternative<LabelRequest>(request.what)) return "label";
  if (std::holds_alternative<ShadowRequest>(request.what)) return "shadow";
  return request.version().empty() ? "unpin" : "pin";
}

}  // namespace

bool is_done(SwitchOutcome::Kind kind) noexcept {
  using enum SwitchOutcome::Kind;
  return kind == kPublished || kind == kAlready || kind == kDryRunGood || kind == kPersistFailed;
}

// What is decided, on one thread and in the order in which it was asked.
class Versions::State {
 public:
  State(Options options, TrafficPublisher& traffic)
      : options_(std::move(options)),
        traffic_(traffic),
        residents_(options_, traffic),
        loader_(options_.cpus),
        follower_(options_, residents_,
                  {.post = [this](std::function<void()> work) { post(std::move(work)); },
                   .switch_to = [this](const SwitchRequest& request) { return switch_and_record(request); }}) {
    residents_.retired().set_wake([this] { post([this] { residents_.settle_retiring(); }); });
    if (!options_.remember) return;
    // A guard reverts beside the loader thread. Whoever is later to write writes what is published by then, so the last word is the truth.
    options_.remember = [this, keep = std::move(options_.remember)](const std::string& version, const OperatorRoles&) {
      const std::lock_guard lock(remembering_);
      const TrafficDraft now = traffic_.snapshot();
      return keep(version.empty() ? version : version_or_none(now.current), now.roles);
    };
  }
  ~State() { stop(); }

  Result<Done, SwitchOutcome> start(const std::string& directory, BeforeStart before) {
    const std::filesystem::path path(directory);
    const std::string name = (path.has_filename() ? path : path.parent_path()).filename().string();  // "models/v1/" is v1 too
    auto resident = residents_.load(name, directory);
    if (!resident) return fail(resident.error());
    follower_.begin();
    auto others = list_versions(options_.models_directory);
    if (others) std::erase(*others, name);
    std::vector<AnnouncedFields> announced;
    if (others) announced = announced_fields(options_.models_directory, options_.task, *others);
    traffic_.update([&](TrafficDraft& draft) {
      add_resident(draft, name, *resident);
      draft.current = *resident;
      draft.announced = std::move(announced);
    });
    residents_.record({.actor = "ringsided",
                       .action = "start",
                       .from = before.from,
                       .to = (*resident)->bundle->version,
                       .reason = before.reason,
                       .outcome = "done"});
    desk_.restore(std::move(before.roles), before.previous);
    return Done{};
  }

  void post(std::function<void()> work) { loader_.post(std::move(work)); }
  void load_the_rest() { follower_.load_the_rest(); }
  void watch() { follower_.watch(); }
  void stop() {
    follower_.stop();
    loader_.stop();
    residents_.retired().close();
  }

  SwitchOutcome switch_and_record(const SwitchRequest& request) {
    SwitchOutcome outcome = switch_to(request);
    const bool by_itself = request.actor == kFollowActor && outcome.kind == SwitchOutcome::Kind::kAlready;
    if (!by_itself) {  // else: the link came to where an operator had switched before
      residents_.record({.actor = request.actor,
                         .action = request.dry_run ? "dry run" : "switch",
                         .from = outcome.from,
                         .to = outcome.to,
                         .reason = request.reason,
                         .outcome = outcome_word(outcome.kind),
                         .message = outcome.message});
    }
    return outcome;
  }

  SwitchOutcome roll_back_and_record(const std::string& reason, const std::string& actor) {
    SwitchOutcome outcome = roll_back();
    residents_.record({.actor = actor,
                       .action = "rollback",
                       .from = outcome.from,
                       .to = outcome.to,
                       .reason = reason,
                       .outcome = outcome_word(outcome.kind),
                       .message = outcome.message});
    return outcome;
  }

  Result<RoleChange, SwitchOutcome> change_role_and_record(const RoleRequest& request) {
    auto change = desk_.change(request);
    if (change && change->status == "unchanged") return change;
    residents_.record({.actor = request.actor,
                       .action = name_of(request),
                       .from = {},
                       .to = change ? change->version : change.error().to,
                       .reason = request.reason,
                       .outcome = change ? "done" : outcome_word(change.error().kind),
                       .message = change ? change->message : change.error().message});
    return change;
  }

  Reverted revert(const RevertRequest& request) {
    Reverted reverted = revert_roles(traffic_, request);
    const bool of_canary = request.what == RevertRequest::What::kCanary;
    if (reverted.done && options_.remember) {
      const auto kept = options_.remember(reverted.to, traffic_.snapshot().roles);
      if (!kept) reverted.message += not_kept(kept.error());
    }
    residents_.record({.actor = request.actor,
                       .action = of_canary ? "canary" : "rollback",
                       .from = of_canary ? "" : request.version,
                       .to = of_canary ? request.version : reverted.to,
                       .reason = request.reason,
                       .outcome = reverted.done ? "done" : "refused",
                       .message = reverted.message});
    return reverted;
  }

  SwitchOutcome switch_to(const SwitchRequest& request) {
    TrafficDraft now = traffic_.snapshot();
    const std::string from = version_or_none(now.current);
    if (!is_version_name(request.version)) {
      return refused(SwitchOutcome::Kind::kUnknownVersion, from, request.version,
                     "'" + request.version + "' is not the name of a version");
    }
    residents_.scan();
    Residents::Asked asked = residents_.version_asked(now, request.version);
    if (!request.directory.empty()) {  // outside models/, where a name says nothing
      auto found = asked_outside(request.directory, now, from);
      if (!found) return found.error();
      asked = std::move(*found);
    }
    const auto& [name, to] = asked;
    if (from == to && !request.dry_run) {
      SwitchOutcome outcome = refused(SwitchOutcome::Kind::kAlready, from, to, to + " answers already");
      if (request.persist) persist(name, to, outcome);
      return outcome;
    }
    now = {};  // it holds every bundle, and one may have to go
    const std::string directory = request.directory.empty() ? options_.models_directory + "/" + name : request.directory;
    const auto resident = obtain(asked, directory, from, !request.dry_run);
    if (!resident) return resident.error();
    const BundleProblems in_the_way = in_the_way_of(**resident);
    if (!in_the_way.empty() && !request.force) {
      SwitchOutcome outcome = refused(SwitchOutcome::Kind::kRefused, from, to, to + kWouldRefuse);
      outcome.problems = in_the_way;
      return outcome;
    }
    if (request.dry_run)
      return refused(SwitchOutcome::Kind::kDryRunGood, from, to, to + " is verified and resident; " + from + " stays current");
    bool promoted = false;
    traffic_.update([&](TrafficDraft& draft) {
      draft.previous = draft.current;
      draft.current = *resident;
      promoted = end_promoted_canary(draft.roles, to);
      end_promoted_shadow(draft.roles, to);
    });
    SwitchOutcome outcome =
        refused(SwitchOutcome::Kind::kPublished, from, to,
                to + (promoted ? " answers now, and is no canary any more" : " answers now") + consequence_of(in_the_way));
    if (request.directory.empty()) remember(to, outcome);  // else the link is the choice, and a start would not find the version
    if (request.persist) persist(name, to, outcome);
    return outcome;
  }

  SwitchOutcome roll_back() {
    const TrafficDraft now = traffic_.snapshot();
    const std::string from = version_or_none(now.current);
    if (!now.previous) return roll_back_refused(from);
    // A way back is never barred: who stands in it is told.
    const BundleProblems in_the_way = in_the_way_of(*now.previous);
    bool changed = false;  // by a guard, since we looked
    traffic_.update([&](TrafficDraft& draft) {
      changed = draft.current != now.current || draft.previous != now.previous;
      if (changed) return;
      draft.current = std::exchange(draft.previous, nullptr);
      draft.roles.canary.reset();
      end_promoted_shadow(draft.roles, draft.current->bundle->version);
    });
    if (changed) return roll_back_refused(version_or_none(traffic_.snapshot().current));
    const std::string to = now.previous->bundle->version;
    const std::string ended = now.roles.canary ? "; the canary " + now.roles.canary->version + " has ended" : "";
    SwitchOutcome outcome =
        refused(SwitchOutcome::Kind::kPublished, from, to, to + " answers again" + ended + consequence_of(in_the_way));
    remember(to, outcome);
    return outcome;
  }

  std::vector<VersionStatus> list() const {
    const TrafficDraft now = traffic_.snapshot();
    std::vector<VersionStatus> all = residents_.list();
    for (VersionStatus& status : all) {
      if (const auto resident = now.find(status.version)) {
        status.drift = {resident, &resident->drift};
        for (const auto& own : resident->by_worker) status.answered_rows += own.answered_rows.value();
      }
      status.roles = now.roles_of(status.version);
      if (now.roles.canary && now.roles.canary->version == status.version) status.canary_percent = now.roles.canary->percent();
      if (now.roles.shadow && now.roles.shadow->version == status.version) status.shadow_percent = now.roles.shadow->percent();
      status.pinned = now.roles.pins->pinned_to(status.version);
    }
    return all;
  }

  Roles roles() const {
    const TrafficDraft now = traffic_.snapshot();
    return {version_or_none(now.current), version_or_none(now.previous), now.roles, now.all_labels(), now.comparison, why_no_comparison(now)};
  }

 private:
  static SwitchOutcome roll_back_refused(const std::string& from) {
    return refused(SwitchOutcome::Kind::kRefused, from, {},
                   "there is no previous version to roll back to; next: ringside switch VERSION");
  }

  // The resident bundle of a version; one that is not is loaded, and answers by version from then on.
  Residents::Loaded obtain(const Residents::Asked& asked, const std::string& directory, const std::string& from,
                           bool may_set_aside = true) {
    if (auto resident = traffic_.snapshot().find(asked.version)) return resident;
    if (!is_version_directory(directory)) {
      return fail(refused(SwitchOutcome::Kind::kUnknownVersion, from, asked.version,
                          "no version " + asked.version + " in " + options_.models_directory));
    }
    auto loaded = residents_.make_room(asked.directory, directory, may_set_aside);
    if (loaded) loaded = residents_.load(asked.directory, directory);
    if (loaded) {
      traffic_.update([&](TrafficDraft& draft) { add_resident(draft, asked.directory, *loaded); });
    } else {
      loaded.error().from = from;
    }
    return loaded;
  }

  // A bundle outside models/ stands in the catalog under its path.
  Result<Residents::Asked, SwitchOutcome> asked_outside(const std::string& directory, const TrafficDraft& now,
                                                        const std::string& from) {
    const auto identity = identify_bundle(directory);
    if (!identity) {
      SwitchOutcome outcome = refused(SwitchOutcome::Kind::kFailedCheck, from, directory, directory + " is no bundle");
      outcome.problems = identity.error();
      return fail(std::move(outcome));
    }
    const auto resident = now.find(identity->version);
    if (resident && resident->bundle->facts.manifest_sha256 != identity->manifest_sha256) {
      return fail(refused(SwitchOutcome::Kind::kRefused, from, identity->version,
                          directory + " holds " + identity->version + ", and so does " + resident->bundle->facts.directory +
                              ", with another content; next: give it a version of its own"));
    }
    return Residents::Asked{directory, identity->version};
  }

  // For a role: by whatever name an operator gave.
  Result<std::string, SwitchOutcome> make_resident(const std::string& asked) {
    const std::string from = version_or_none(traffic_.snapshot().current);
    if (!is_version_name(asked)) {
      return fail(refused(SwitchOutcome::Kind::kUnknownVersion, from, asked, "'" + asked + "' is not the name of a version"));
    }
    residents_.scan();
    const Residents::Asked found = residents_.version_asked(traffic_.snapshot(), asked);
    const auto resident = obtain(found, options_.models_directory + "/" + found.directory, from);
    if (!resident) return fail(resident.error());
    return found.version;
  }

  [[nodiscard]] BundleProblems in_the_way_of(const Resident& resident) const {
    return options_.callers ? callers_in_the_way(options_.callers(), traffic_.snapshot(), resident) : BundleProblems();
  }

  void persist(const std::string& name, const std::string& version, SwitchOutcome& outcome) {
    if (const auto moved = move_current(options_.models_directory, name); !moved) {
      outcome.kind = SwitchOutcome::Kind::kPersistFailed;
      outcome.message += "; but models/current was not moved: " + moved.error();
    } else if (options_.remember) {
      remember(version, outcome);  // again: it keeps the `current` that it saw
    }
    if (outcome.kind != SwitchOutcome::Kind::kPersistFailed) {
      follower_.begin();  // this move was ours: it is no switch
    }
  }

  // A choice that cannot be kept is said, not hidden; it answers all the same.
  void remember(const std::string& version, SwitchOutcome& outcome) {
    if (!options_.remember) return;
    if (const auto kept = options_.remember(version, traffic_.snapshot().roles); !kept) outcome.message += not_kept(kept.error());
  }

  Options options_;
  std::mutex remembering_;
  TrafficPublisher& traffic_;
  Residents residents_;
  RoleDesk desk_{traffic_, options_, [this](const std::string& asked) { return make_resident(asked); },
                 [this](const std::string& name) { return residents_.is_known(name); }};
  LoaderThread loader_;
  ModelsFollower follower_;
};

Versions::Versions(Options options, TrafficPublisher& traffic) : state_(std::make_unique<State>(std::move(options), traffic)) {}
Versions::~Versions() = default;
void Versions::stop() { state_->stop(); }

Result<Done, SwitchOutcome> Versions::start(const std::string& bundle_directory, BeforeStart before) {
  return state_->start(bundle_directory, std::move(before));
}
void Versions::load_the_rest() {
  state_->post([state = state_.get()] { state->load_the_rest(); });
  state_->watch();
}
void Versions::switch_to(SwitchRequest request, std::function<void(SwitchOutcome)> done) {
  state_->post(
      [state = state_.get(), request = std::move(request), done = std::move(done)] { done(state->switch_and_record(request)); });
}
void Versions::roll_back(std::string reason, std::string actor, std::function<void(SwitchOutcome)> done) {
  state_->post([state = state_.get(), reason = std::move(reason), actor = std::move(actor), done = std::move(done)] {
    done(state->roll_back_and_record(reason, actor));
  });
}
void Versions::change_role(RoleRequest request, std::function<void(Result<RoleChange, SwitchOutcome>)> done) {
  state_->post([state = state_.get(), request = std::move(request), done = std::move(done)] {
    done(state->change_role_and_record(request));
  });
}
Reverted Versions::revert(const RevertRequest& request) { return state_->revert(request); }
std::vector<VersionStatus> Versions::list() const { return state_->list(); }
Roles Versions::roles() const { return state_->roles(); }

}  // namespace ringside::engine
