#include "engine/versions/versions.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <mutex>
#include <utility>

#include "engine/shadow/match.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/announcement.h"
#include "engine/versions/current_desk.h"
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

// What was asked, and waits for rs-loader.
struct ToCome {
  std::string version;  // that is loaded for it; empty: none is
  std::string text;     // "the switch to loan_default_v1.2.0"
};

// "; still to come, after a load: the switch to loan_default_v1.2.0"; empty: nothing is.
std::string still_to_come(const std::deque<ToCome>& waiting) {
  if (waiting.empty()) return {};
  const std::string more = waiting.size() == 1 ? "" : ", and " + std::to_string(waiting.size() - 1) + " more";
  return "; still to come, after a load: " + waiting.front().text + more;
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

// Two threads. rs-roles decides and publishes, in order; it reads no bundle, so what concerns resident versions waits for no load. For a version
// that is not resident rs-loader loads it first, and then has rs-roles decide: it waits for that, so nothing sets the version aside in between.
// rs-roles never waits for rs-loader.
class Versions::State {
 public:
  State(Options options, TrafficPublisher& traffic)
      : options_(std::move(options)),
        traffic_(traffic),
        residents_(options_, traffic),
        loader_(options_.cpus),
        follower_(options_, residents_,
                  {.post = [this](std::function<void()> work) { post(std::move(work)); },
                   .switch_to = [this](const SwitchRequest& request) { return load_and_switch(request); }}) {
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
    loader_.stop();  // first: it may be waiting for the other
    deciding_.stop();
    residents_.retired().close();
  }

  void switch_to(const SwitchRequest& request, std::function<void(SwitchOutcome)> done) {
    deciding_.post([this, request, done = std::move(done)] {
      auto outcome = waits_for_another(request.version) ? std::nullopt : switch_at_once(request);
      if (outcome && !(request.persist && is_current_now(*outcome))) {
        record(request, *outcome);
        return done(told(std::move(*outcome)));
      }
      to_come_.push_back(outcome ? ToCome{"", "models/current as " + outcome->to}
                                 : ToCome{request.version, "the switch to " + request.version});
      post([this, request, outcome = std::move(outcome), done] {
        const SwitchOutcome ended = outcome ? persist_and_record(request, *outcome) : load_and_switch(request);
        deciding_.do_and_wait([&] {
          to_come_.pop_front();
          done(told(ended));
        });
      });
    });
  }

  void roll_back(const std::string& reason, const std::string& actor, std::function<void(SwitchOutcome)> done) {
    deciding_.post([this, reason, actor, done = std::move(done)] {
      const SwitchOutcome outcome = current_desk_.roll_back();
      record("rollback", actor, reason, outcome);
      done(told(outcome));
    });
  }

  void change_role(const RoleRequest& request, std::function<void(Result<RoleChange, SwitchOutcome>)> done) {
    deciding_.post([this, request, done = std::move(done)] {
      if (auto change = waits_for_another(request.version()) ? std::nullopt : change_role_at_once(request)) {
        record(request, *change);
        return done(told(std::move(*change)));
      }
      to_come_.push_back({request.version(), "the " + name_of(request) + " of " + request.version()});
      post([this, request, done] {
        const auto version = make_resident(request.version());
        deciding_.do_and_wait([&] {
          to_come_.pop_front();
          auto change = version ? desk_.change(request, *version) : Changed(fail(version.error()));
          record(request, change);
          done(told(std::move(change)));
        });
      });
    });
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

  std::vector<VersionStatus> list() const {
    const TrafficDraft now = traffic_.snapshot();
    std::vector<VersionStatus> all = residents_.list();
    for (VersionStatus& status : all) {
      if (const auto resident = now.find(status.version)) {
        status.drift = {resident, &resident->drift};
        for (const auto& own : resident->by_worker) {
          status.answered_rows += own.answered_rows.value();
          status.compared_rows += own.compared_rows.value();
          status.differing_rows += own.differing_rows.value();
        }
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
    return {version_or_none(now.current), version_or_none(now.previous), now.roles, now.all_labels(), now.comparison,
            why_no_comparison(now)};
  }

 private:
  using Changed = Result<RoleChange, SwitchOutcome>;

  static bool is_current_now(const SwitchOutcome& outcome) {
    return outcome.kind == SwitchOutcome::Kind::kPublished || outcome.kind == SwitchOutcome::Kind::kAlready;
  }

  // Of two who ask for a version that is not resident the first is served first, though the second may find it loaded.
  [[nodiscard]] bool waits_for_another(const std::string& version) const {
    return !version.empty() && std::ranges::any_of(to_come_, [&](const ToCome& one) { return one.version == version; });
  }

  // On rs-roles. None: it is the loader's turn.
  std::optional<SwitchOutcome> switch_at_once(const SwitchRequest& request) {
    if (!request.directory.empty()) return std::nullopt;  // a name says nothing of what it holds
    return current_desk_.switch_to(request, residents_.version_asked(traffic_.snapshot(), request.version).version);
  }
  std::optional<Changed> change_role_at_once(const RoleRequest& request) {
    std::string version;
    if (!request.version().empty()) {
      const TrafficDraft now = traffic_.snapshot();
      version = residents_.version_asked(now, request.version()).version;
      if (!now.find(version)) return std::nullopt;
    }
    auto change = desk_.change(request, version);
    if (!change && change.error().kind == SwitchOutcome::Kind::kUnknownVersion) return std::nullopt;  // it retired meanwhile
    return change;
  }

  // On rs-loader.
  SwitchOutcome load_and_switch(const SwitchRequest& request) {
    const auto version = make_resident(request.version, !request.dry_run, request.directory);
    SwitchOutcome outcome;
    deciding_.do_and_wait([&] {
      // It stays resident: only this thread could change that, and it waits.
      outcome = version ? *current_desk_.switch_to(request, *version) : version.error();
      if (!request.persist || !is_current_now(outcome)) record(request, outcome);
    });
    return request.persist && is_current_now(outcome) ? persist_and_record(request, std::move(outcome)) : outcome;
  }

  // Moves models/current to what is current now. An operator who asked for it is answered when that is done; callers were long ago.
  SwitchOutcome persist_and_record(const SwitchRequest& request, SwitchOutcome outcome) {
    const std::string name =
        request.directory.empty() ? residents_.version_asked(traffic_.snapshot(), outcome.to).directory : request.directory;
    const auto moved = move_current(options_.models_directory, name);
    if (moved) follower_.begin();  // this move was ours: it is no switch
    deciding_.do_and_wait([&] {
      if (moved) {
        current_desk_.remember(outcome.to, outcome);  // again: it keeps the `current` that it saw
      } else {
        outcome.kind = SwitchOutcome::Kind::kPersistFailed;
        outcome.message += "; but models/current was not moved: " + moved.error();
      }
      record(request, outcome);
    });
    return outcome;
  }

  // The resident bundle of a version; one that is not is loaded, and answers by version from then on.
  Residents::Loaded obtain(const Residents::Asked& asked, const std::string& directory, bool may_set_aside) {
    if (auto resident = traffic_.snapshot().find(asked.version)) return resident;
    if (!is_version_directory(directory)) {
      return fail(refused(SwitchOutcome::Kind::kUnknownVersion, current(), asked.version,
                          "no version " + asked.version + " in " + options_.models_directory));
    }
    auto loaded = residents_.make_room(asked.directory, directory, may_set_aside);
    if (loaded) loaded = residents_.load(asked.directory, directory);
    if (loaded) {
      traffic_.update([&](TrafficDraft& draft) { add_resident(draft, asked.directory, *loaded); });
    } else {
      loaded.error().from = current();
    }
    return loaded;
  }

  // A bundle outside models/ stands in the catalog under its path.
  Result<Residents::Asked, SwitchOutcome> asked_outside(const std::string& directory) {
    const auto identity = identify_bundle(directory);
    if (!identity) {
      SwitchOutcome outcome = refused(SwitchOutcome::Kind::kFailedCheck, current(), directory, directory + " is no bundle");
      outcome.problems = identity.error();
      return fail(std::move(outcome));
    }
    const auto resident = traffic_.snapshot().find(identity->version);
    if (resident && resident->bundle->facts.manifest_sha256 != identity->manifest_sha256) {
      return fail(refused(SwitchOutcome::Kind::kRefused, current(), identity->version,
                          directory + " holds " + identity->version + ", and so does " + resident->bundle->facts.directory +
                              ", with another content; next: give it a version of its own"));
    }
    return Residents::Asked{directory, identity->version};
  }

  // By whatever name an operator gave: the version's own.
  Result<std::string, SwitchOutcome> make_resident(const std::string& asked, bool may_set_aside = true,
                                                   const std::string& outside = {}) {
    if (!is_version_name(asked)) {
      return fail(
          refused(SwitchOutcome::Kind::kUnknownVersion, current(), asked, "'" + asked + "' is not the name of a version"));
    }
    residents_.scan();
    auto found = outside.empty() ? residents_.version_asked(traffic_.snapshot(), asked) : asked_outside(outside);
    if (!found) return fail(found.error());
    const auto resident =
        obtain(*found, outside.empty() ? options_.models_directory + "/" + found->directory : outside, may_set_aside);
    if (!resident) return fail(resident.error());
    return (*resident)->bundle->version;
  }

  [[nodiscard]] std::string current() const { return version_or_none(traffic_.snapshot().current); }

  void record(const std::string& action, const std::string& actor, const std::string& reason, const SwitchOutcome& outcome) {
    residents_.record({.actor = actor,
                       .action = action,
                       .from = outcome.from,
                       .to = outcome.to,
                       .reason = reason,
                       .outcome = outcome_word(outcome.kind),
                       .message = outcome.message});
  }
  void record(const SwitchRequest& request, const SwitchOutcome& outcome) {
    // The link came to where an operator had switched before: no event.
    if (request.actor == kFollowActor && outcome.kind == SwitchOutcome::Kind::kAlready) return;
    record(request.dry_run ? "dry run" : "switch", request.actor, request.reason, outcome);
  }
  void record(const RoleRequest& request, const Changed& change) {
    if (change && change->status == "unchanged") return;
    residents_.record({.actor = request.actor,
                       .action = name_of(request),
                       .from = {},
                       .to = change ? change->version : change.error().to,
                       .reason = request.reason,
                       .outcome = change ? "done" : outcome_word(change.error().kind),
                       .message = change ? change->message : change.error().message});
  }

  // What was asked before and is not decided yet may change again what this one is told.
  SwitchOutcome told(SwitchOutcome outcome) const {
    outcome.message += still_to_come(to_come_);
    return outcome;
  }
  Changed told(Changed change) const {
    if (!change) return fail(told(std::move(change.error())));
    change->message += still_to_come(to_come_);
    return change;
  }

  Options options_;
  std::mutex remembering_;
  TrafficPublisher& traffic_;
  Residents residents_;
  CurrentDesk current_desk_{traffic_, options_};
  RoleDesk desk_{traffic_, options_, [this](const std::string& asked) { return make_resident(asked); },
                 [this](const std::string& name) { return residents_.is_known(name); }};
  std::deque<ToCome> to_come_;  // what rs-roles left to rs-loader, in order; rs-roles' own
  SerialThread deciding_{"rs-roles"};
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
  state_->switch_to(request, std::move(done));
}
void Versions::roll_back(std::string reason, std::string actor, std::function<void(SwitchOutcome)> done) {
  state_->roll_back(reason, actor, std::move(done));
}
void Versions::change_role(RoleRequest request, std::function<void(Result<RoleChange, SwitchOutcome>)> done) {
  state_->change_role(request, std::move(done));
}
Reverted Versions::revert(const RevertRequest& request) { return state_->revert(request); }
std::vector<VersionStatus> Versions::list() const { return state_->list(); }
Roles Versions::roles() const { return state_->roles(); }

}  // namespace ringside::engine
