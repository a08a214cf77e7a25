#include "engine/admin/routes.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>

#include "engine/admin/comparison_document.h"
#include "engine/admin/documents.h"
#include "engine/admin/drift_document.h"
#include "engine/admin/metrics_page.h"
#include "engine/admin/role_routes.h"
#include "engine/admin/shadow_document.h"
#include "engine/admin/target.h"
#include "schemas/process/trace_id.h"

namespace ringside::engine {
namespace {

constexpr uid_t kOverflowUid = 65'534;  // what an unmapped user of another namespace looks like

HttpResponse document(const Json& json, unsigned status = 200) { return {.status = status, .body = to_text(json), .allow = ""}; }

// The body of a change: an object with known keys of known types.
struct ChangeBody {
  std::string version, reason;
  bool dry_run = false, persist = false, force = false;
  std::vector<std::string> problems;
};

void read_key(ChangeBody& body, const std::string& key, const nlohmann::json& value, bool is_switch) {
  const auto text = [&](std::string& target) {
    if (!value.is_string()) return body.problems.push_back(key + ": expected a text, found " + value.type_name());
    target = value.get<std::string>();
  };
  const auto flag = [&](bool& target) {
    if (!value.is_boolean()) return body.problems.push_back(key + ": expected true or false, found " + value.type_name());
    target = value.get<bool>();
  };
  if (key == "reason") return value.is_null() ? void() : text(body.reason);
  if (is_switch && key == "version") return text(body.version);
  if (is_switch && key == "dry_run") return flag(body.dry_run);
  if (is_switch && key == "persist") return flag(body.persist);
  if (is_switch && key == "force") return flag(body.force);
  body.problems.push_back(key + ": unknown key; known are " +
                          (is_switch ? "version, dry_run, persist, force, reason" : "reason"));
}

ChangeBody read_body(const std::string& text, bool is_switch) {
  ChangeBody body;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return body;
  try {
    // Nothing here nests; a deep body is refused while it is read.
    const auto depth_limited = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      if (depth > 8) throw std::length_error("nested too deeply");
      return true;
    };
    const auto root = nlohmann::json::parse(text, depth_limited);
    if (!root.is_object()) {
      body.problems.emplace_back("the body: expected a JSON object");
      return body;
    }
    for (const auto& [key, value] : root.items()) read_key(body, key, value, is_switch);
  } catch (const std::exception& error) {  // nlohmann's own, of many kinds
    body.problems.push_back(std::string("the body is not JSON: ") + error.what());
  }
  if (body.reason.size() > kReasonBytesMax)
    body.problems.push_back("reason: at most " + std::to_string(kReasonBytesMax) + " bytes");
  return body;
}

HttpResponse bad_request(const std::vector<std::string>& problems, const std::string& trace_id) {
  Json detail = Json::array();
  for (const std::string& problem : problems) detail.push_back({{"text", problem}});
  return document({{"error", problems.size() == 1 ? problems.front() : std::to_string(problems.size()) + " problems"},
                   {"detail", std::move(detail)},
                   {"trace_id", trace_id}},
                  400);
}

Routed change(const AdminCall& call, const Target& target, bool is_switch) {
  ChangeBody body = read_body(call.body, is_switch);
  for (const auto& [key, value] : target.parameters) {
    if (is_switch && key == "version" && body.version.empty()) {
      body.version = value;
    } else {
      body.problems.push_back("?" + key + ": " +
                              (is_switch && key == "version" ? "the version is given twice" : "unknown parameter"));
    }
  }
  if (is_switch && body.version.empty() && body.problems.empty()) {
    body.problems.emplace_back("version: required; next: GET /model/versions lists them");
  }
  if (!body.problems.empty()) return bad_request(body.problems, call.trace_id);
  if (!is_switch) return RollbackRequest{body.reason, call.actor};
  return SwitchRequest{.version = body.version,
                       .dry_run = body.dry_run,
                       .persist = body.persist,
                       .force = body.force,
                       .reason = body.reason,
                       .actor = call.actor};
}

Routed role_change(const AdminCall& call, const Target& target) {
  if (!target.parameters.empty())
    return bad_request({"?" + target.parameters.front().first + ": unknown parameter"}, call.trace_id);
  auto request = role_request(target.path, call.body);
  if (!request) return bad_request(request.error(), call.trace_id);
  request->actor = call.actor;
  return std::move(*request);
}

// Of the record of predictions: the ledger's to answer.
Routed audit(const AdminCall& call, const Target& target) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ns = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  if (target.path == "/audit/stats") {
    auto question = audit_stats_question(target.parameters, now_ns);
    if (!question) return bad_request({"?" + question.error()}, call.trace_id);
    return std::move(*question);
  }
  auto question = audit_question(target.parameters, now_ns);
  if (!question) return bad_request({"?" + question.error()}, call.trace_id);
  return std::move(*question);
}

HttpResponse no_version(const std::string& trace_id) {
  return error_response(503, "no version answers; next: ringside versions", trace_id);
}

// The version's view, where it is loaded; else why not.
Result<const VersionView*, HttpResponse> loaded(const AdminCall& call, const std::string& version, const AdminSnapshot& now) {
  const VersionView* view = now.find(version);
  if (view == nullptr)
    return fail(error_response(404, "no version '" + version + "' is known; next: ringside versions", call.trace_id));
  if (view->schema && view->facts) return view;
  const std::string reason = view->status.reason.empty() ? "" : " (" + view->status.reason + ")";
  return fail(error_response(
      409, version + " is not loaded: " + std::string(name(view->status.state)) + reason + "; next: ringside versions",
      call.trace_id));
}

// ?versions=V1,V2
HttpResponse comparison(const AdminCall& call, const Target& target, const AdminSnapshot& now) {
  std::vector<std::string> versions;
  for (const auto& [key, value] : target.parameters) {
    if (key != "versions") return bad_request({"?" + key + ": unknown parameter; known is versions"}, call.trace_id);
    const std::size_t comma = value.find(',');
    versions = {value.substr(0, comma), comma == std::string::npos ? "" : value.substr(comma + 1)};
  }
  if (versions.empty() || versions[0].empty() || versions[1].empty() || versions[1].find(',') != std::string::npos)
    return bad_request({"?versions: two versions, separated by a comma; next: GET /model/versions lists them"}, call.trace_id);
  const auto first = loaded(call, versions[0], now), second = loaded(call, versions[1], now);
  if (!first) return first.error();
  if (!second) return second.error();
  return document(comparison_document(**first, **second, now.task));
}

// /schema and /drift: of ?version=, by default of the one that answers.
HttpResponse of_version(const AdminCall& call, const Target& target, const AdminSnapshot& now) {
  std::string version = now.roles.current;
  for (const auto& [key, value] : target.parameters) {
    if (key != "version") return bad_request({"?" + key + ": unknown parameter; known is version"}, call.trace_id);
    version = value;
  }
  if (version.empty()) return no_version(call.trace_id);
  const auto found = loaded(call, version, now);
  if (!found) return found.error();
  const VersionView* view = *found;
  if (target.path == "/schema") return document(schema_document(*view, now.task));
  const auto drift = now.drift ? now.drift(version) : std::nullopt;
  if (!drift) return error_response(409, version + " has no counts yet; next: ask again", call.trace_id);  // loaded this moment
  return document(drift_document(*drift, now.task));
}

// ?limit=N: the newest N.
HttpResponse history(const AdminCall& call, const Target& target, AdminSnapshot now) {
  for (const auto& [key, value] : target.parameters) {
    std::size_t limit = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (key != "limit") return bad_request({"?" + key + ": unknown parameter; known is limit"}, call.trace_id);
    if (error != std::errc{} || stop != value.data() + value.size() || limit == 0)
      return bad_request({"?limit: a whole number from 1 on"}, call.trace_id);
    if (now.history.size() > limit) now.history.resize(limit);
  }
  return document(history_document(now.history));
}

// ?names=triton: under the names that dashboards made for Triton ask for.
HttpResponse metrics(const AdminCall& call, const Target& target, const AdminSnapshot& now) {
  MetricNames names = MetricNames::kOwn;
  for (const auto& [key, value] : target.parameters) {
    if (key != "names") return bad_request({"?" + key + ": unknown parameter; known is names"}, call.trace_id);
    if (value != "ringside" && value != "triton") return bad_request({"?names: ringside or triton"}, call.trace_id);
    names = value == "triton" ? MetricNames::kTriton : MetricNames::kOwn;
  }
  return metrics_page(now, names);
}

HttpResponse current_version(const AdminCall& call, const AdminSnapshot& now) {
  const VersionView* view = now.roles.current.empty() ? nullptr : now.find(now.roles.current);
  return view == nullptr ? no_version(call.trace_id) : document(version_document(*view));
}

HttpResponse look_up(const AdminCall& call, const Target& target, const AdminSnapshot& now) {
  if (target.path == "/status") return document(status_document(now));
  if (target.path == "/model/version") return current_version(call, now);
  if (target.path == "/model/versions") return document(versions_document(now));
  if (target.path == "/model/history") return history(call, target, now);
  if (target.path == "/model/compare") return comparison(call, target, now);
  if (target.path == "/model/pins") {
    const auto pins = pins_document(*now.roles.assigned.pins, target);
    return pins ? document(*pins) : bad_request(pins.error(), call.trace_id);
  }
  if (target.path == "/schema" || target.path == "/drift") return of_version(call, target, now);
  if (target.path == "/metrics") return metrics(call, target, now);
  if (target.path == "/shadow") return document(shadow_document(now.roles, now.task));
  if (target.path == "/config") return document(config_document(now));
  if (target.path == "/log-level") return document(log_level_document(now.log_level));
  if (target.path == "/healthz") return document(health_document(now), now.health.alive ? 200 : 503);
  return document(readiness_document(now), now.health.ready ? 200 : 503);  // /readyz
}

struct OutcomeWords {
  unsigned http;
  std::string_view name;
  bool is_error;
};

OutcomeWords words(SwitchOutcome::Kind kind) {
  switch (kind) {
    case SwitchOutcome::Kind::kPublished:
      return {200, "switched", false};
    case SwitchOutcome::Kind::kAlready:
      return {200, "already_current", false};
    case SwitchOutcome::Kind::kDryRunGood:
      return {200, "dry_run_good", false};
    case SwitchOutcome::Kind::kUnknownVersion:
      return {404, "unknown_version", true};
    case SwitchOutcome::Kind::kRefused:
      return {409, "refused", true};
    case SwitchOutcome::Kind::kFailedCheck:
      return {422, "failed_check", true};
    case SwitchOutcome::Kind::kPersistFailed:
      return {500, "persist_failed", true};
  }
  return {500, "refused", true};
}

}  // namespace

AdminRole role_of(uid_t peer, uid_t own, const std::vector<uid_t>& operators) {
  if (peer == static_cast<uid_t>(-1)) return AdminRole::kNone;
  if (peer == 0 || peer == own) return AdminRole::kOperator;
  if (peer == kOverflowUid) return AdminRole::kNone;
  return std::ranges::find(operators, peer) == operators.end() ? AdminRole::kNone : AdminRole::kOperator;
}

HttpResponse error_response(unsigned status, const std::string& error, const std::string& trace_id) {
  return document({{"error", error}, {"detail", Json::array()}, {"trace_id", trace_id}}, status);
}

HttpResponse outcome_response(const SwitchOutcome& outcome, const std::string& reason, const std::string& trace_id) {
  const OutcomeWords said = words(outcome.kind);
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  if (!said.is_error) {
    return document({{"status", said.name},
                     {"version", outcome.to},
                     {"reason", or_null(reason)},
                     {"from", or_null(outcome.from)},
                     {"to", or_null(outcome.to)},
                     {"message", outcome.message}},
                    said.http);
  }
  Json detail = Json::array();
  for (const BundleProblem& problem : outcome.problems) detail.push_back(problem_document(problem));
  return document({{"error", outcome.message},
                   {"detail", std::move(detail)},
                   {"trace_id", trace_id},
                   {"outcome", said.name},
                   {"from", or_null(outcome.from)},
                   {"to", or_null(outcome.to)}},
                  said.http);
}

HttpResponse role_change_response(const Result<RoleChange, SwitchOutcome>& change, const std::string& reason,
                                  const std::string& trace_id) {
  return change ? document(role_change_document(*change, reason)) : outcome_response(change.error(), reason, trace_id);
}

std::string trace_id_of(const HttpRequest& request, const std::string& made) {
  std::string given = given_trace_id(request.traceparent, request.request_id);
  return given.empty() ? made : given;
}

Routed route(const AdminCall& call, const std::function<AdminSnapshot()>& look) {
  if (call.role == AdminRole::kNone) {
    return error_response(403, call.actor + " may not use the admin socket; next: ask for an entry in access.admin.users",
                          call.trace_id);
  }
  const auto target = parse_target(call.target);
  if (!target) return error_response(400, "the target is no path with well-formed escapes", call.trace_id);

  constexpr std::string_view kReads[] = {"/status",     "/model/version", "/model/versions", "/model/history", "/model/compare",
                                         "/model/pins", "/schema",        "/drift",          "/shadow",        "/metrics",
                                         "/config",     "/healthz",       "/readyz",         "/log-level",
                                         "/audit",      "/audit/stats"};
  const bool is_read = std::ranges::find(kReads, target->path) != std::end(kReads);
  const bool is_switch = target->path == "/model/switch";
  const bool is_rollback = target->path == "/model/rollback";
  const bool is_level = target->path == "/log-level" && call.method == "PUT";
  const bool is_reload = target->path == "/config/reload";
  const bool is_role = std::ranges::find(kRoleRoutes, target->path) != std::end(kRoleRoutes);
  if (!is_read && !is_switch && !is_rollback && !is_role && !is_reload) {
    return error_response(404, "no route " + target->path, call.trace_id);
  }
  const std::string allowed = target->path == "/log-level" ? "GET, PUT" : is_read ? "GET" : "POST";
  if (call.method != allowed && (allowed != "GET, PUT" || (call.method != "GET" && !is_level))) {
    HttpResponse response = error_response(405, target->path + " takes " + allowed, call.trace_id);
    response.allow = allowed;
    return response;
  }
  if (target->path.starts_with("/audit")) return audit(call, *target);
  if (is_read && !is_level) return look_up(call, *target, look());
  if (call.role != AdminRole::kOperator) return error_response(403, call.actor + " may look, not change", call.trace_id);
  if (is_level) {
    const auto request = log_level_request(call.body);
    return request ? Routed(*request) : Routed(bad_request(request.error(), call.trace_id));
  }
  if (is_reload) return ReloadRequest{};
  return is_role ? role_change(call, *target) : change(call, *target, is_switch);
}

}  // namespace ringside::engine
