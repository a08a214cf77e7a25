#include "tools/gateway/router.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "schemas/process/run_paths.h"
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

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Response only(std::string_view method, const std::string& path, const std::string& trace_id) {
  Response response = error_response(405, path + " takes " + std::string(method), trace_id);
  response.headers.emplace_back("Allow", method);
  return response;
}

}  // namespace

Result<std::string, Response> Router::task_of(std::string_view asked, const std::string& trace_id) const {
  const auto tasks = tasks_under(options_.run_dir);
  if (!asked.empty()) {
    // Only a name that is there becomes part of a path.
    if (std::ranges::find(tasks, asked) != tasks.end()) return std::string(asked);
    return fail(error_response(404, "no task '" + std::string(asked) + "' is served here", trace_id));
  }
  if (!options_.task.empty()) return options_.task;
  if (tasks.size() == 1) return tasks.front();
  if (!tasks.empty()) return fail(error_response(400, "several tasks are served: " + joined(tasks) + "; name one in the path", trace_id));
  Response response = error_response(503, "no engine has a socket in " + options_.run_dir, trace_id);
  response.headers.emplace_back("Retry-After", "1");
  return fail(std::move(response));
}

TaskCaller& Router::caller_of(const std::string& task) {
  auto& caller = callers_[task];
  if (!caller) caller = std::make_unique<TaskCaller>(options_.run_dir, task);
  return *caller;
}

Response Router::rows(const Request& request, const RequestTarget& target, std::string_view asked, bool is_batch,
                      const std::string& trace_id) {
  if (!request.content_type.empty() && !request.content_type.starts_with("application/json") &&
      !request.content_type.starts_with("application/x-www-form-urlencoded")) {  // what curl -d says of JSON
    return error_response(415, "rows come as application/json, not " + request.content_type, trace_id);
  }
  auto task = task_of(asked, trace_id);
  if (!task) return std::move(task.error());
  TaskCaller& caller = caller_of(*task);
  if (!caller.connect()) {
    Response response = error_response(503, caller.problem(), trace_id);
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  return is_batch ? rows_.predict_batch(request, target, caller, trace_id) : rows_.predict(request, target, caller, trace_id);
}

Response Router::page(const RequestTarget& target, std::string_view route, std::string_view asked, const std::string& trace_id) {
  auto task = task_of(asked, trace_id);
  if (!task) return std::move(task.error());
  std::string passed(route);
  for (const auto& [key, value] : target.parameters) {
    if (key != "version") return error_response(400, "?" + key + ": known is version", trace_id);
    const bool safe = std::ranges::all_of(value, [](unsigned char c) { return c > ' ' && c < 0x7F && c != '&' && c != '%' && c != '#' && c != '+'; });
    if (!safe) return error_response(404, "no such version", trace_id);
    passed += "?version=" + value;
  }
  return engine_page(options_.run_dir, *task, passed, trace_id);
}

Response Router::readiness() {
  std::vector<std::string> tasks = tasks_under(options_.run_dir);
  if (!options_.task.empty()) tasks = {options_.task};
  Json states = Json::object();
  bool ready = !tasks.empty();
  for (const std::string& task : tasks) {
    TaskCaller& caller = caller_of(task);
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

Response Router::answer(const Request& request) {
  const std::string trace_id = trace_id_of(request);
  const auto target = parse_request_target(request.target);
  if (!target) return error_response(400, "the target is no path with well-formed escapes", trace_id);
  const bool is_get = request.method == "GET", is_post = request.method == "POST";
  if (const auto task = target->after("/predict")) {
    return is_post ? rows(request, *target, *task, false, trace_id) : only("POST", target->path, trace_id);
  }
  if (const auto task = target->after("/batch_predict")) {
    return is_post ? rows(request, *target, *task, true, trace_id) : only("POST", target->path, trace_id);
  }
  for (const std::string_view route : kEnginePages) {
    if (const auto task = target->after(route)) return is_get ? page(*target, route, *task, trace_id) : only("GET", target->path, trace_id);
  }
  constexpr std::string_view kOwn[] = {"/", "/healthz", "/readyz", "/tasks", "/openapi.json", "/docs"};
  if (std::ranges::find(kOwn, target->path) == std::end(kOwn))
    return error_response(404, "no route " + target->path + "; next: GET /docs", trace_id);
  if (!is_get) return only("GET", target->path, trace_id);
  if (target->path == "/healthz") return json_response({{"status", "ok"}, {"timestamp", now_rfc3339()}});
  if (target->path == "/readyz") return readiness();
  if (target->path == "/tasks") return json_response({{"tasks", tasks_under(options_.run_dir)}});
  if (target->path == "/openapi.json") return {.status = 200, .body = std::string(kOpenApiJson)};
  return {.status = 200, .body = std::string(kDocsHtml), .content_type = "text/html; charset=utf-8"};
}

}  // namespace ringside::gateway
