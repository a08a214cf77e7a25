// Canary, shadow, pins and labels over HTTP: bodies → requests, what was done → documents. Pure, as routes.h is, which calls it.
//
//   POST /model/canary {"version":V,"percent":P,"salt":S} or {"off":true}
//   POST /model/shadow {"version":V,"percent":P} (100 by default) or {"off":true}
//   POST /model/pin    {"version":V,"keys":[…],"tags":["segment=vip"]}
//   POST /model/unpin  {"keys":[…],"tags":[…]} or {"all":true}
//   POST /model/label  {"label":NAME,"version":V} or {"label":NAME,"remove":true}       each with "reason", too
//   GET  /model/pins[?from=N&limit=N] · ?key=K · ?tag=T
//
// Thread safety: no state.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <ringside/result.h>

#include "engine/admin/documents.h"
#include "engine/admin/target.h"
#include "engine/versions/role_change.h"

namespace ringside::engine {

inline constexpr std::string_view kRoleRoutes[] = {"/model/canary", "/model/shadow", "/model/pin", "/model/unpin", "/model/label"};

inline constexpr std::size_t kReasonBytesMax = 1'024;  // of every change's

using Problems = std::vector<std::string>;

// What a POST to one of kRoleRoutes asks for; `actor` is left to the caller. Error: every problem of the body.
[[nodiscard]] Result<RoleRequest, Problems> role_request(std::string_view path, const std::string& body);

[[nodiscard]] Json role_change_document(const RoleChange& change, const std::string& reason);

// GET /model/pins. Pages end at least `limit` pins on; "next" is the `from` of the one that follows, null: there is none.
[[nodiscard]] Result<Json, Problems> pins_document(const Pins& pins, const Target& target);

// 12.34 → 123400 of kBuckets. Error: out of range, or more than two decimals.
[[nodiscard]] Result<std::uint32_t, std::string> buckets_of_percent(double percent);

}  // namespace ringside::engine
