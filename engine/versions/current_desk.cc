#include "engine/versions/current_desk.h"

#include <memory>
#include <utility>

#include "engine/versions/residents.h"
#include "engine/versions/role_change.h"
#include "engine/versions/role_desk.h"

namespace ringside::engine {
namespace {

SwitchOutcome outcome_of(SwitchOutcome::Kind kind, const std::string& from, const std::string& to, std::string message) {
  return {.kind = kind, .from = from, .to = to, .message = std::move(message), .problems = {}};
}

SwitchOutcome no_way_back(const std::string& from) {
  return outcome_of(SwitchOutcome::Kind::kRefused, from, {},
                    "there is no previous version to roll back to; next: ringside switch VERSION");
}

}  // namespace

std::optional<SwitchOutcome> CurrentDesk::switch_to(const SwitchRequest& request, const std::string& version) {
  using enum SwitchOutcome::Kind;
  const TrafficDraft now = traffic_.snapshot();
  const auto resident = now.find(version);
  if (!resident) return std::nullopt;
  std::string from = version_or_none(now.current);
  if (from == version && !request.dry_run) return outcome_of(kAlready, from, version, version + " answers already");
  const BundleProblems in_the_way = in_the_way_of(now, *resident);
  if (!in_the_way.empty() && !request.force) {
    SwitchOutcome outcome = outcome_of(kRefused, from, version, version + kWouldRefuse);
    outcome.problems = in_the_way;
    return outcome;
  }
  if (request.dry_run) {
    return outcome_of(kDryRunGood, from, version, version + " is verified and resident; " + from + " stays current");
  }
  bool gone = false, promoted = false;
  traffic_.update([&](TrafficDraft& draft) {
    gone = draft.find(version) != resident;
    if (gone) return;
    from = version_or_none(draft.current);
    if (draft.current == resident) return;  // a guard went back to it meanwhile
    draft.previous = std::exchange(draft.current, resident);
    promoted = end_promoted_canary(draft.roles, version);
    end_promoted_shadow(draft.roles, version);
  });
  if (gone) return std::nullopt;
  if (from == version) return outcome_of(kAlready, from, version, version + " answers already");
  SwitchOutcome outcome =
      outcome_of(kPublished, from, version,
                 version + (promoted ? " answers now, and is no canary any more" : " answers now") + consequence_of(in_the_way));
  if (request.directory.empty())
    remember(version, outcome);  // else the link is the choice, and a start would not find the version
  return outcome;
}

SwitchOutcome CurrentDesk::roll_back() {
  const TrafficDraft now = traffic_.snapshot();
  const std::string from = version_or_none(now.current);
  if (!now.previous) return no_way_back(from);
  // A way back is never barred: who stands in it is told.
  const BundleProblems in_the_way = in_the_way_of(now, *now.previous);
  bool changed = false;  // by a guard, since we looked
  traffic_.update([&](TrafficDraft& draft) {
    changed = draft.current != now.current || draft.previous != now.previous;
    if (changed) return;
    draft.current = std::exchange(draft.previous, nullptr);
    draft.roles.canary.reset();
    end_promoted_shadow(draft.roles, draft.current->bundle->version);
  });
  if (changed) return no_way_back(version_or_none(traffic_.snapshot().current));
  const std::string to = now.previous->bundle->version;
  const std::string ended = now.roles.canary ? "; the canary " + now.roles.canary->version + " has ended" : "";
  SwitchOutcome outcome =
      outcome_of(SwitchOutcome::Kind::kPublished, from, to, to + " answers again" + ended + consequence_of(in_the_way));
  remember(to, outcome);
  return outcome;
}

void CurrentDesk::remember(const std::string& version, SwitchOutcome& outcome) {
  if (!options_.remember) return;
  if (const auto kept = options_.remember(version, traffic_.snapshot().roles); !kept) outcome.message += not_kept(kept.error());
}

BundleProblems CurrentDesk::in_the_way_of(const TrafficDraft& now, const Resident& resident) const {
  return options_.callers ? callers_in_the_way(options_.callers(), now, resident) : BundleProblems();
}

}  // namespace ringside::engine
