#include "engine/versions/role_change.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "engine/shadow/match.h"

namespace ringside::engine {
namespace {

using Changed = Result<RoleChange, std::string>;

// Who asks twice, or for what is so already, has what they asked for.
RoleChange unchanged(const std::string& version, const std::string& why) {
  return {.status = "unchanged", .version = version, .message = "nothing to do: " + why};
}

Changed set_canary(const CanaryRequest& request, const std::string& version, const TrafficDraft& now, OperatorRoles& roles) {
  const std::optional<Canary> before = roles.canary;
  if (request.version.empty()) {
    if (!before) return unchanged("", "there is no canary");
    roles.canary.reset();
    return RoleChange{.status = "canary_off", .version = before->version, .message = before->version + " is no canary any more"};
  }
  if (now.current && now.current->bundle->version == version) {
    return fail(version + " is the current version: it answers everything already; next: ringside canary another version");
  }
  const bool same = before && before->version == version;
  std::string salt = request.salt;
  if (salt.empty()) salt = same ? before->salt : version;  // stays while the share changes: growth is monotone
  const Canary canary{version, request.buckets, salt};
  std::string message = version + " answers " + percent_text(canary.percent()) + " % of route keys";
  if (before == canary) return unchanged(version, message + " already");
  if (same && before->salt == salt) message += ", before " + percent_text(before->percent()) + " %";
  if (same && before->salt != salt) message += ", drawn anew by another salt";
  if (before && !same) message += " in place of " + before->version;
  roles.canary = canary;
  return RoleChange{.status = "canary_set", .version = version, .message = std::move(message)};
}

Changed set_shadow(const ShadowRequest& request, const std::string& version, const TrafficDraft& now, OperatorRoles& roles) {
  const std::optional<Shadow> before = roles.shadow;
  if (request.version.empty()) {
    if (!before) return unchanged("", "there is no shadow");
    roles.shadow.reset();
    return RoleChange{.status = "shadow_off", .version = before->version, .message = before->version + " is no shadow any more"};
  }
  const auto own = now.find(version);
  if (!now.current || !own) return fail("no version answers that " + version + " could be held against; next: ringside versions");
  if (now.current == own) return fail(version + " is the current version: it cannot be held against itself; next: ringside shadow another version");
  if (const auto match = match_shadow(*now.current->bundle, *own->bundle); !match) {
    return fail(version + " cannot shadow " + now.current->bundle->version + ": " + match.error() + "; next: ringside canary " + version +
                " --percent 1");
  }
  const Shadow shadow{version, request.buckets};
  std::string message = version + " scores " + (request.buckets == kBuckets ? "every row" : percent_text(shadow.percent()) + " % of the rows") +
                        " of " + now.current->bundle->version + " once more";
  if (before == shadow) return unchanged(version, message + " already");
  if (before && before->version != version) message += ", in place of " + before->version;
  roles.shadow = shadow;
  return RoleChange{.status = "shadow_set", .version = version, .message = std::move(message)};
}

std::string counted(std::size_t count, const char* what) { return std::to_string(count) + " " + what + (count == 1 ? "" : "s"); }

Changed set_pins(const PinRequest& request, const std::string& version, OperatorRoles& roles) {
  const bool pinning = !request.version.empty();
  if (request.all && !pinning) {
    const std::size_t gone = roles.pins->size();
    roles.pins = Pins::none();
    if (gone == 0) return unchanged("", "nothing is pinned");
    return RoleChange{.status = "unpinned", .message = counted(gone, "pin") + " removed"};
  }
  RoleChange change{.status = pinning ? "pinned" : "unpinned", .version = version};
  const auto add = [&](PinKind kind, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (roles.pins->version_of(kind, text) != version) change.pin_changes.push_back({kind, text, version});
    }
  };
  add(PinKind::kKey, request.keys);
  add(PinKind::kTag, request.tags);
  const std::size_t asked = request.keys.size() + request.tags.size();
  auto pins = change.pin_changes.empty() ? roles.pins : roles.pins->with(change.pin_changes);
  if (pins->size() > kPinsMax) {
    return fail("that would be " + counted(pins->size(), "pin") + ", more than " + std::to_string(kPinsMax) +
                "; next: ringside unpin what is no longer needed, or ringside canary");
  }
  roles.pins = std::move(pins);
  if (change.pin_changes.empty()) return unchanged(version, pinning ? "pinned to " + version + " already" : "not pinned");
  const std::string one = asked == 1 ? "'" + change.pin_changes.front().text + "'" : counted(change.pin_changes.size(), "pin");
  change.message = pinning ? one + (asked == 1 ? " is pinned to " : " set to ") + version
                           : one + (asked == 1 ? " is not pinned any more" : " removed");
  return change;
}

Changed set_label(const LabelRequest& request, const std::string& version, const TrafficDraft& now,
                  const std::function<bool(const std::string&)>& is_version, OperatorRoles& roles) {
  const auto found = std::ranges::find_if(roles.labels, [&](const auto& pair) { return pair.first == request.label; });
  if (request.version.empty()) {
    if (found == roles.labels.end()) {
      const std::string* own = now.version_of_label(request.label);
      if (own == nullptr) return unchanged("", "there is no label '" + request.label + "'");
      return fail("'" + request.label + "' is the label that " + *own + " brings along; next: ringside label " + request.label +
                  " another version");
    }
    RoleChange change{.status = "label_removed",
                      .version = found->second,
                      .message = "'" + request.label + "' is no label of " + found->second + " any more"};
    roles.labels.erase(found);
    return change;
  }
  if (is_version(request.label))
    return fail("'" + request.label + "' is a version's name: a label must not hide it; next: choose another");
  const std::string* before = now.version_of_label(request.label);
  std::string message = "'" + request.label + "' selects " + version;
  if (found != roles.labels.end() && found->second == version) return unchanged(version, message + " already");
  if (before != nullptr && *before != version) message += ", before " + *before;
  if (found != roles.labels.end()) {
    found->second = version;
  } else {
    roles.labels.emplace_back(request.label, version);
  }
  return RoleChange{.status = "labelled", .version = version, .message = std::move(message)};
}

}  // namespace

const std::string& RoleRequest::version() const noexcept {
  return std::visit([](const auto& request) -> const std::string& { return request.version; }, what);
}

Changed change_roles(const RoleRequest& request, const std::string& version, const TrafficDraft& now,
                     const std::function<bool(const std::string&)>& is_version, OperatorRoles& roles) {
  Changed change = [&]() -> Changed {
    if (const auto* canary = std::get_if<CanaryRequest>(&request.what)) return set_canary(*canary, version, now, roles);
    if (const auto* shadow = std::get_if<ShadowRequest>(&request.what)) return set_shadow(*shadow, version, now, roles);
    if (const auto* pin = std::get_if<PinRequest>(&request.what)) return set_pins(*pin, version, roles);
    return set_label(std::get<LabelRequest>(request.what), version, now, is_version, roles);
  }();
  if (change) change->pins = roles.pins->size();
  return change;
}

bool end_promoted_canary(OperatorRoles& roles, const std::string& current) {
  if (!roles.canary || roles.canary->version != current) return false;
  roles.canary.reset();
  return true;
}

bool end_promoted_shadow(OperatorRoles& roles, const std::string& current) {
  if (!roles.shadow || roles.shadow->version != current) return false;
  roles.shadow.reset();
  return true;
}

std::vector<std::string> versions_with_roles(const OperatorRoles& roles) {
  std::vector<std::string> versions;
  const auto add = [&](const std::string& version) {
    if (std::ranges::find(versions, version) == versions.end()) versions.push_back(version);
  };
  if (roles.canary) add(roles.canary->version);
  if (roles.shadow) add(roles.shadow->version);
  for (const std::string& version : roles.pins->versions()) {
    if (roles.pins->pinned_to(version) != 0) add(version);
  }
  for (const auto& [label, version] : roles.labels) add(version);
  return versions;
}

std::string percent_text(double percent) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", percent);
  return text;
}

}  // namespace ringside::engine
