#include "engine/admin/routes.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>

#include "engine/admin/documents.h"
#include "engine/admin/drift_document.h"
#include "engine/admin/metrics_page.h"
#include "engine/admin/role_routes.h"
#include "engine/admin/target.h"

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

// /schema and /drift: of ?version=, by default of the one that answers.
HttpResponse of_version(const AdminCall& call, const Target& target, const AdminSnapshot& now) {
  std::string version = now.roles.current;
  for (const auto& [key, value] : target.parameters) {
    if (key != "version") return bad_request({"?" + key + ": unknown parameter; known is version"}, call.trace_id);
    version = value;
  }
  if (version.empty()) return no_version(call.trace_id);
  const VersionView* view = now.find(version);
  if (view == nullptr)
    return error_response(404, "no version '" + version + "' is known; next: ringside versions", call.trace_id);
  if (!view->schema) {
    const std::string reason = view->status.reason.empty() ? "" : " (" + view->status.reason + ")";
    return error_response(
        409, version + " is not loaded: " + std::string(name(view->status.state)) + reason + "; next: ringside versions",
        call.trace_id);
  }
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

HttpResponse current_version(const AdminCall& call, const AdminSnapshot& now) {
  const VersionView* view = now.roles.current.empty() ? nullptr : now.find(now.roles.current);
  return view == nullptr ? no_version(call.trace_id) : document(version_document(*view));
}

HttpResponse look_up(const AdminCall& call, const Target& target, const AdminSnapshot& now) {
  if (target.path == "/status") return document(status_document(now));
  if (target.path == "/model/version") return current_version(call, now);
  if (target.path == "/model/versions") return document(versions_document(now));
  if (target.path == "/model/history") return history(call, target, now);
  if (target.path == "/model/pins") {
    const auto pins = pins_document(*now.roles.assigned.pins, target);
    return pins ? document(*pins) : bad_request(pins.error(), call.trace_id);
  }
  if (target.path == "/schema" || target.path == "/drift") return of_version(call, target, now);
  if (target.path == "/metrics") return metrics_page(now);
  if (target.path == "/config") return document(config_document(now));
  if (target.path == "/healthz") return document({{"status", "ok"}, {"timestamp", rfc3339(now.now)}});
  const bool ready = !now.roles.current.empty();  // /readyz
  return document({{"ready", ready}, {"current", ready ? Json(now.roles.current) : Json(nullptr)}}, ready ? 200 : 503);
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
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const std::string& parent = request.traceparent;  // 00-<32 hex>-<16 hex>-<2 hex>
  if (parent.size() >= 55 && parent[2] == '-' && parent[35] == '-' &&
      std::all_of(parent.begin() + 3, parent.begin() + 35, is_hex)) {
    return parent.substr(3, 32);
  }
  if (!request.request_id.empty()) return request.request_id.substr(0, wire::kRequestIdBytesMax);
  return made;
}

Routed route(const AdminCall& call, const std::function<AdminSnapshot()>& look) {
  if (call.role == AdminRole::kNone) {
    return error_response(403, call.actor + " may not use the admin socket; next: ask for an entry in access.admin.users",
                          call.trace_id);
  }
  const auto target = parse_target(call.target);
  if (!target) return error_response(400, "the target is no path with well-formed escapes", call.trace_id);

  constexpr std::string_view kReads[] = {"/status", "/model/version", "/model/versions", "/model/history", "/model/pins",
                                         "/schema", "/drift",         "/metrics",        "/config",        "/healthz",     "/readyz",
                                         "/audit",  "/audit/stats"};
  const bool is_read = std::ranges::find(kReads, target->path) != std::end(kReads);
  const bool is_switch = target->path == "/model/switch";
  const bool is_rollback = target->path == "/model/rollback";
  const bool is_role = std::ranges::find(kRoleRoutes, target->path) != std::end(kRoleRoutes);
  if (!is_read && !is_switch && !is_rollback && !is_role) {
    return error_response(404, "no route " + target->path, call.trace_id);
  }
  const std::string allowed = is_read ? "GET" : "POST";
  if (call.method != allowed) {
    HttpResponse response = error_response(405, target->path + " takes " + allowed, call.trace_id);
    response.allow = allowed;
    return response;
  }
  if (target->path.starts_with("/audit")) return audit(call, *target);
  if (is_read) return look_up(call, *target, look());
  if (call.role != AdminRole::kOperator) return error_response(403, call.actor + " may look, not change", call.trace_id);
  return is_role ? role_change(call, *target) : change(call, *target, is_switch);
}

}  // namespace ringside::engine
