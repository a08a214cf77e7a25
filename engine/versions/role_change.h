// What operators assign beside switch and rollback: a canary, a shadow, pins, labels. A request names the version that it is about; versions.cc makes
// that one resident first, and change_roles() then says what becomes of the roles, or why not.
//
//   canary V --percent P ──▶ CanaryRequest ┐
//   shadow V             ──▶ ShadowRequest ┤
//   pin KEY V, unpin KEY ──▶ PinRequest    ├──▶ version resident? ──▶ change_roles() ──▶ published ──▶ kept on disk
//   label NAME V         ──▶ LabelRequest  ┘
//
// Thread safety: pure functions over values. Cost: that of Pins::with.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <ringside/result.h>

#include "engine/traffic/table.h"

namespace ringside::engine {

struct CanaryRequest {
  std::string version;        // empty: the canary ends
  std::uint32_t buckets = 0;  // of kBuckets
  std::string salt;           // empty: as it was for this version, else the version
};

struct ShadowRequest {
  std::string version;               // empty: the shadow ends
  std::uint32_t buckets = kBuckets;  // of kBuckets rows
};

struct PinRequest {
  std::string version;  // empty: no longer pinned
  std::vector<std::string> keys, tags;
  bool all = false;  // with an empty version: every pin goes
};

struct LabelRequest {
  std::string label;
  std::string version;  // empty: the operator's label goes
};

struct RoleRequest {
  std::variant<CanaryRequest, PinRequest, LabelRequest, ShadowRequest> what;
  std::string reason, actor;

  // The version that must be resident first; empty: none.
  [[nodiscard]] const std::string& version() const noexcept;
};

// What was done.
struct RoleChange {
  // "canary_set", "canary_off", "shadow_set", "shadow_off", "pinned", "unpinned", "labelled",
  // "label_removed"; "unchanged": there was nothing to do, and no history tells it
  std::string status = {};
  std::string version = {};                 // that it is about; empty: none
  std::string message = {};                 // for people
  std::uint64_t pins = 0;                   // now, in all
  std::vector<PinChange> pin_changes = {};  // in order; empty with "unpinned": every pin went
};

// The roles after `request`, written to `roles`; `version` is the request's, as its manifest calls it. `is_version`: is there a version or
// directory of that name? Error: why it is refused, and what to type; `roles` is as it was.
[[nodiscard]] Result<RoleChange, std::string> change_roles(const RoleRequest& request, const std::string& version,
                                                           const TrafficDraft& now,
                                                           const std::function<bool(const std::string&)>& is_version,
                                                           OperatorRoles& roles);

// Ends the canary where `current` is its version: it was promoted. True: it was.
bool end_promoted_canary(OperatorRoles& roles, const std::string& current);

// The same of the shadow: a version is not held against itself.
bool end_promoted_shadow(OperatorRoles& roles, const std::string& current);

// Every version that a role of `roles` names, once.
[[nodiscard]] std::vector<std::string> versions_with_roles(const OperatorRoles& roles);

// "5", "12.25": as operators write it.
[[nodiscard]] std::string percent_text(double percent);

}  // namespace ringside::engine
