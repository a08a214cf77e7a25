#include "tools/gateway/admin_routes.h"

#include <chrono>
#include <utility>

#include "schemas/process/run_paths.h"
#include "tools/admin_exchange/admin_exchange.h"
#include "tools/gateway/engine_pages.h"
#include "tools/gateway/error_body.h"

namespace ringside::gateway {
namespace {

constexpr std::string_view kReads[] = {"/status", "/config", "/model/history", "/model/pins", "/audit", "/audit/stats"};
constexpr std::string_view kChanges[] = {"/model/switch", "/model/rollback", "/model/canary", "/model/shadow",
                                         "/model/pin",    "/model/unpin",    "/model/label"};
constexpr std::string_view kRepository = "/v2/repository/models/";
constexpr std::chrono::minutes kChangeTime{5};  // as long as a bundle may need to be loaded and verified
constexpr std::size_t kBodyMax = 1u << 20;      // what admin.sock takes

std::optional<AdminRoute> repository_route(std::string_view path) {
  if (!path.starts_with(kRepository)) return std::nullopt;
  path.remove_prefix(kRepository.size());
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
  AdminRoute route{.path = {}, .method = "POST", .task = path.substr(0, slash)};
  const std::string_view verb = path.substr(slash + 1);
  if (verb != "load" && verb != "unload") return std::nullopt;
  route.kind = verb == "load" ? AdminRoute::Kind::kLoad : AdminRoute::Kind::kUnload;
  return route;
}

Response ask(const std::string& task, AdminQuestion question, const Request& request, const Origin& origin, TaskCallers& callers,
             const std::string& trace_id) {
  question.headers.emplace_back("X-Ringside-Actor", origin.token + " at " + origin.address);
  if (!request.traceparent.empty()) question.headers.emplace_back("traceparent", request.traceparent);
  return engine_answer(callers.run_dir(), task, question, kChangeTime, trace_id);
}

// {"parameters":{"version":V}} → V. Error: what is not taken.
Result<std::string, std::string> version_to_load(const std::string& body) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) return std::string();
  const Json document = Json::parse(body, nullptr, false);
  if (!document.is_object()) return fail(std::string("the body is no JSON object"));
  if (!document.contains("parameters") || document["parameters"].is_null()) return std::string();
  if (!document["parameters"].is_object()) return fail(std::string("parameters: expected an object"));
  std::string version;
  for (const auto& [key, value] : document["parameters"].items()) {
    if (key != "version")
      return fail("parameters." + key.substr(0, 64) + ": not taken; a model comes from the engine's models directory alone");
    if (!value.is_string()) return fail(std::string("parameters.version: expected a text"));
    version = value.get<std::string>();
  }
  return version;
}

Response load(const AdminRoute& route, const Request& request, const Origin& origin, TaskCallers& callers,
              const std::string& trace_id) {
  const auto version = version_to_load(request.body);
  if (!version) return error_response(400, version.error(), trace_id);
  if (version->empty()) {
    auto caller = callers.connected(route.task, trace_id);
    if (!caller) return std::move(caller.error());
    if ((*caller)->current() != nullptr) return json_response(Json::object());
    return error_response(400, "no version of " + std::string(route.task) + " answers; next: name one in parameters.version",
                          trace_id);
  }
  const auto task = callers.find(route.task, trace_id);
  if (!task) return task.error();
  const Json change = {{"version", *version}, {"reason", "load"}};
  return ask(*task, {.method = "POST", .target = "/model/switch", .body = to_text(change)}, request, origin, callers, trace_id);
}

}  // namespace

std::optional<AdminRoute> admin_route(const RequestTarget& target) {
  for (const std::string_view path : kReads) {
    if (const auto task = target.after(path)) {
      if (path == "/audit" && *task == "stats") continue;  // a route, and so no task's name
      return AdminRoute{.path = path, .method = "GET", .task = *task};
    }
  }
  for (const std::string_view path : kChanges) {
    if (const auto task = target.after(path)) return AdminRoute{.path = path, .method = "POST", .task = *task};
  }
  return repository_route(target.path);
}

Response answer_admin(const AdminRoute& route, const Request& request, const Origin& origin, TaskCallers& callers,
                      const std::string& trace_id) {
  if (request.body.size() > kBodyMax) return error_response(413, "the body is larger than its route takes", trace_id);
  if (route.kind == AdminRoute::Kind::kLoad) return load(route, request, origin, callers, trace_id);
  const auto task = callers.find(route.task, trace_id);
  if (!task) return task.error();
  if (route.kind == AdminRoute::Kind::kUnload)
    return error_response(501, "a task ends with its engine; next: switch to another version, or stop " + *task + "'s ringsided",
                          trace_id);
  // The query goes on as it came: it was looked at, and its escapes are the engine's to undo.
  const std::size_t question = request.target.find('?');
  std::string asked(route.path);
  if (question != std::string::npos) asked += request.target.substr(question);
  return ask(*task, {.method = request.method, .target = asked, .body = request.body}, request, origin, callers, trace_id);
}

}  // namespace ringside::gateway
