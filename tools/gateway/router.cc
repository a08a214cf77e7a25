#include "tools/gateway/router.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "schemas/process/run_paths.h"
#include "tools/gateway/admin_routes.h"
#include "tools/gateway/engine_pages.h"
#include "tools/gateway/error_body.h"
#include "tools/gateway/pages.h"

namespace ringside::gateway {
namespace {

constexpr std::string_view kEnginePages[] = {"/model/version", "/model/versions", "/schema", "/drift", "/metrics"};

std::string now_rfc3339() {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

Response only(std::string_view method, const std::string& path, const std::string& trace_id) {
  Response response = error_response(405, path + " takes " + std::string(method), trace_id);
  response.headers.emplace_back("Allow", method);
  return response;
}

}  // namespace

Response Router::rows(const Request& request, const RequestTarget& target, std::string_view asked, Door door,
                      const std::string& trace_id) {
  if (!request.content_type.empty() && !request.content_type.starts_with("application/json") &&
      !request.content_type.starts_with("application/x-www-form-urlencoded")) {  // what curl -d says of JSON
    return error_response(415, "rows come as application/json, not " + request.content_type, trace_id);
  }
  auto caller = callers_.connected(asked, trace_id);
  if (!caller) return std::move(caller.error());
  if (door == Door::kCompare) return rows_.predict_ab(request, target, **caller, trace_id);
  return door == Door::kBatch ? rows_.predict_batch(request, target, **caller, trace_id)
                              : rows_.predict(request, target, **caller, trace_id);
}

Response Router::page(const RequestTarget& target, std::string_view route, std::string_view asked, const std::string& trace_id) {
  auto task = callers_.find(asked, trace_id);
  if (!task) return std::move(task.error());
  std::string passed(route);
  for (const auto& [key, value] : target.parameters) {
    if (key != "version") return error_response(400, "?" + key + ": known is version", trace_id);
    if (value.empty()) return error_response(400, "?version: empty", trace_id);
    const bool safe = std::ranges::all_of(
        value, [](unsigned char c) { return c > ' ' && c < 0x7F && c != '&' && c != '%' && c != '#' && c != '+'; });
    if (!safe) return error_response(404, "no such version", trace_id);
    passed += "?version=" + value;
  }
  return engine_page(callers_.run_dir(), *task, passed, trace_id);
}

Response Router::readiness() {
  const std::vector<std::string> tasks = callers_.served();
  Json states = Json::object();
  bool ready = !tasks.empty();
  for (const std::string& task : tasks) {
    TaskCaller& caller = callers_.of(task);
    std::string why;
    if (!caller.connect()) {
      why = caller.problem();
    } else if (caller.current() == nullptr) {
      why = "no version answers";
    }
    ready = ready && why.empty();
    states[task] = why.empty() ? Json(std::string(caller.current()->name)) : Json({{"reason", why}});
  }
  return json_response({{"ready", ready}, {"tasks", std::move(states)}}, ready ? 200 : 503);
}

bool Router::may_take_long(const Request& request) {
  const auto target = parse_request_target(request.target);
  if (!target) return false;
  if (std::ranges::any_of(kEnginePages, [&](std::string_view route) { return target->after(route).has_value(); })) return true;
  return admin_route(*target) || InferenceProtocol::asks_admin(target->path);
}

std::optional<Response> Router::turned_away(const Request& request, const RequestTarget& target, bool is_admin_route,
                                            Origin& origin, const std::string& trace_id) const {
  if (is_admin_route && !options_.admin_routes)
    return error_response(404, "no route " + target.path + " here: the gateway runs without --admin-routes", trace_id);
  constexpr std::string_view kOpen[] = {"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready",
                                        "/docs",    "/",       "/openapi.json"};
  if (options_.tokens == nullptr || std::ranges::find(kOpen, target.path) != std::end(kOpen)) return std::nullopt;
  const auto holder = options_.tokens->holder(request.authorization);
  if (!holder) {
    const bool none = request.authorization.empty();
    Response response =
        error_response(401, none ? "a token is needed: Authorization: Bearer TOKEN" : "the token is nobody's", trace_id);
    response.headers.emplace_back("WWW-Authenticate", none ? "Bearer" : "Bearer error=\"invalid_token\"");
    return response;
  }
  origin.token = holder->name;
  if (is_admin_route && !holder->is_admin)
    return error_response(403, "the token of " + holder->name + " is no admin's", trace_id);
  return std::nullopt;
}

Response Router::answer(const Request& request) {
  const std::string trace_id = trace_id_of(request);
  const auto target = parse_request_target(request.target);
  if (!target) return error_response(400, "the target is no path with well-formed escapes", trace_id);
  const auto admin = admin_route(*target);
  Origin origin{.address = request.peer, .token = {}};
  if (auto refused = turned_away(request, *target, admin.has_value(), origin, trace_id)) return *std::move(refused);
  if (!request.content_encoding.empty() && request.content_encoding != "identity")
    return error_response(415, "bodies come as they are, not as " + request.content_encoding, trace_id);
  try {
    if (!admin) return route(request, *target, trace_id);
    if (request.method != admin->method) return only(admin->method, target->path, trace_id);
    return answer_admin(*admin, request, origin, callers_, trace_id);
  } catch (const Json::exception& error) {  // of an engine's answer in another form than its schema's
    return error_response(502, std::string("an engine's answer is not understood: ") + error.what(), trace_id);
  }
}

Response Router::route(const Request& request, const RequestTarget& target, const std::string& trace_id) {
  const bool is_get = request.method == "GET", is_post = request.method == "POST";
  constexpr std::pair<std::string_view, Door> kDoors[] = {
      {"/predict", Door::kPredict}, {"/batch_predict", Door::kBatch}, {"/predict_ab", Door::kCompare}};
  for (const auto& [path, door] : kDoors) {
    if (const auto task = target.after(path))
      return is_post ? rows(request, target, *task, door, trace_id) : only("POST", target.path, trace_id);
  }
  for (const std::string_view route : kEnginePages) {
    if (const auto task = target.after(route))
      return is_get ? page(target, route, *task, trace_id) : only("GET", target.path, trace_id);
  }
  if (target.path.starts_with("/v2")) {
    if (auto response = protocol_.answer(request, target.path, trace_id)) return *std::move(response);
  }
  constexpr std::string_view kOwn[] = {"/", "/healthz", "/readyz", "/tasks", "/gateway/metrics", "/openapi.json", "/docs"};
  if (std::ranges::find(kOwn, target.path) == std::end(kOwn))
    return error_response(404, "no route " + target.path + "; next: GET /docs", trace_id);
  if (!is_get) return only("GET", target.path, trace_id);
  if (target.path == "/healthz") return json_response({{"status", "ok"}, {"timestamp", now_rfc3339()}});
  if (target.path == "/readyz") return readiness();
  if (target.path == "/tasks") return json_response({{"tasks", tasks_under(callers_.run_dir())}});
  if (target.path == "/gateway/metrics")
    return {.status = 200, .body = options_.counters->page(), .content_type = "text/plain; version=0.0.4"};
  if (target.path == "/openapi.json") return {.status = 200, .body = std::string(kOpenApiJson)};
  return {.status = 200, .body = std::string(kDocsHtml), .content_type = "text/html; charset=utf-8"};
}

}  // namespace ringside::gateway
