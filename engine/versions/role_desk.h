// Carries out what operators ask of canary, shadow, pins and labels: publishes the roles, keeps them on disk. Only a restart loads here.
//
// Thread safety: one thread at a time: the start, then rs-roles.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/traffic/publisher.h"
#include "engine/versions/role_change.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

class RoleDesk {
 public:
  // By whatever name an operator gave: the version's own, once it is resident. Loads where it must.
  using MakeResident = std::function<Result<std::string, SwitchOutcome>(const std::string& asked)>;
  using IsKnown = std::function<bool(const std::string& name)>;

  RoleDesk(TrafficPublisher& traffic, const Versions::Options& options, MakeResident make_resident, IsKnown is_known);

  // `version` is the request's, as its manifest calls it; empty: it names none. kUnknownVersion: that is not resident (any more), and nothing
  // was changed.
  Result<RoleChange, SwitchOutcome> change(const RoleRequest& request, const std::string& version);

  // After a restart, before the first call. A version that cannot be made resident is told, and keeps its role; but for `previous` (empty:
  // none), without which there is nothing to roll back to.
  void restore(OperatorRoles roles, const std::string& previous);

 private:
  std::string make_resident_or_say(const std::string& version, const std::string& what);
  Result<Done, std::string> keep(const RoleRequest& request, const OperatorRoles& roles, const RoleChange& change);

  TrafficPublisher& traffic_;
  const Versions::Options& options_;
  MakeResident make_resident_;
  IsKnown is_known_;
};

// "…; but it will not survive a restart: disk full"
[[nodiscard]] std::string not_kept(const std::string& why);

}  // namespace ringside::engine
