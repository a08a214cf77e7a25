#include "engine/versions/role_desk.h"

#include <utility>

namespace ringside::engine {

RoleDesk::RoleDesk(TrafficPublisher& traffic, const Versions::Options& options, MakeResident make_resident, IsKnown is_known)
    : traffic_(traffic), options_(options), make_resident_(std::move(make_resident)), is_known_(std::move(is_known)) {}

// The new roles are computed beside the table and published in one step: a million pins are never copied under the lock that the door waits
// on. Roles change on this thread alone, so nothing is lost in between, but for two: a guard may end the canary at any moment, and only a request
// for a canary is a later word on that; and the loader may retire a version that has no role yet.
Result<RoleChange, SwitchOutcome> RoleDesk::change(const RoleRequest& request, const std::string& version) {
  using enum SwitchOutcome::Kind;
  const auto refuse = [&](SwitchOutcome::Kind kind, const TrafficDraft& now, std::string why) {
    return fail(SwitchOutcome{.kind = kind,
                              .from = now.current ? now.current->bundle->version : "",
                              .to = version,
                              .message = std::move(why),
                              .problems = {}});
  };
  TrafficDraft now = traffic_.snapshot();
  OperatorRoles roles = now.roles;
  auto change = change_roles(request, version, now, is_known_, roles);
  if (!change) return refuse(kRefused, now, change.error());
  if (change->status == "unchanged") return std::move(*change);
  const bool is_canary = std::holds_alternative<CanaryRequest>(request.what);
  bool gone = false;
  traffic_.update([&](TrafficDraft& draft) {
    gone = !version.empty() && !draft.find(version);
    if (gone) return;
    if (!is_canary) roles.canary = draft.roles.canary;
    draft.roles = roles;
  });
  if (gone) return refuse(kUnknownVersion, now, version + " is not resident any more");
  if (const auto kept = keep(request, roles, *change); !kept) change->message += not_kept(kept.error());
  return std::move(*change);
}

Result<Done, std::string> RoleDesk::keep(const RoleRequest& request, const OperatorRoles& roles, const RoleChange& change) {
  if (std::holds_alternative<PinRequest>(request.what)) {
    return options_.remember_pins ? options_.remember_pins(*roles.pins, change.pin_changes) : Done{};
  }
  return options_.remember ? options_.remember({}, roles) : Done{};
}

// Roles are published first: a version that has one is not set aside for the next.
void RoleDesk::restore(OperatorRoles roles, const std::string& previous) {
  const auto current = traffic_.snapshot().current;
  if (current) {
    end_promoted_canary(roles, current->bundle->version);
    end_promoted_shadow(roles, current->bundle->version);
  }
  traffic_.update([&](TrafficDraft& draft) { draft.roles = roles; });
  for (const std::string& version : versions_with_roles(roles)) make_resident_or_say(version, "has a role and does not answer");
  if (previous.empty()) return;
  const std::string version = make_resident_or_say(previous, "was the previous version, and there is none to roll back to");
  if (version.empty() || (current && version == current->bundle->version)) return;
  traffic_.update([&](TrafficDraft& draft) { draft.previous = draft.find(version); });
}

std::string RoleDesk::make_resident_or_say(const std::string& version, const std::string& what) {
  auto resident = make_resident_(version);
  if (!resident && options_.warn) {
    const SwitchOutcome& why = resident.error();
    options_.warn(version + " " + what + ": " + (why.problems.empty() ? why.message : why.problems.front().text()));
  }
  return resident ? std::move(*resident) : std::string();
}

std::string not_kept(const std::string& why) { return "; but the choice will not survive a restart: " + why; }

}  // namespace ringside::engine
