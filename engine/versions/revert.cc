#include "engine/versions/revert.h"

#include <utility>

#include "engine/versions/role_change.h"

namespace ringside::engine {

// Looked at and changed under the publisher's lock, in one step: an operator may have changed the roles a moment ago.
Reverted revert_roles(TrafficPublisher& traffic, const RevertRequest& request) {
  Reverted reverted;
  traffic.update([&](TrafficDraft& draft) {
    if (request.what == RevertRequest::What::kCanary) {
      if (!draft.roles.canary || draft.roles.canary->version != request.version) {
        reverted.message = request.version + " is no canary any more";
        return;
      }
      draft.roles.canary.reset();
      reverted = {true, {}, request.version + " is no canary any more"};
      return;
    }
    if (!draft.current || draft.current->bundle->version != request.version) {
      reverted.message = request.version + " is not the current version any more";
    } else if (!draft.previous) {
      reverted.message =
          "there is no previous version to roll back to: " + request.version + " answers on; next: ringside switch VERSION";
    } else {
      draft.current = std::exchange(draft.previous, nullptr);
      const std::string ended = draft.roles.canary ? "; the canary " + draft.roles.canary->version + " has ended" : "";
      draft.roles.canary.reset();
      end_promoted_shadow(draft.roles, draft.current->bundle->version);
      reverted = {true, draft.current->bundle->version, draft.current->bundle->version + " answers again" + ended};
    }
  });
  return reverted;
}

}  // namespace ringside::engine
