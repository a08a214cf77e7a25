// Carries out switch and rollback between versions that are resident: asks who is in the way, publishes, keeps the choice on disk. It loads
// nothing, so that a rollback waits for no load.
//
// Thread safety: one thread, rs-roles. A guard may revert, and the loader may retire a version, at any moment: what was looked at is looked at again
// under the publisher's lock.
#pragma once

#include <optional>
#include <string>

#include "engine/traffic/publisher.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

class CurrentDesk {
 public:
  CurrentDesk(TrafficPublisher& traffic, const Versions::Options& options) : traffic_(traffic), options_(options) {}

  // `version` is the request's, as its manifest calls it. None: it is not resident (any more), and nothing was done. models/current is not
  // moved here.
  [[nodiscard]] std::optional<SwitchOutcome> switch_to(const SwitchRequest& request, const std::string& version);
  [[nodiscard]] SwitchOutcome roll_back();

  // A choice that cannot be kept is said, not hidden; it answers all the same.
  void remember(const std::string& version, SwitchOutcome& outcome);

 private:
  [[nodiscard]] BundleProblems in_the_way_of(const TrafficDraft& now, const Resident& resident) const;

  TrafficPublisher& traffic_;
  const Versions::Options& options_;
};

}  // namespace ringside::engine
