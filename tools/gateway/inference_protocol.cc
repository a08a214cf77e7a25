#include "tools/gateway/inference_protocol.h"

#include <algorithm>
#include <utility>

#include <ringside/version.h>

#include "tools/gateway/engine_pages.h"
#include "tools/gateway/infer_response.h"
#include "tools/gateway/infer_route.h"

namespace ringside::gateway {
namespace {

constexpr std::string_view kPlatform = "ringside";
constexpr std::size_t kRepositoryBodyMax = 64 * 1024;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view part = path.substr(0, path.find('/'));
    parts.push_back(part);
    path.remove_prefix(part.size());
  }
  return parts;
}

Response only(std::string_view method, std::string_view path, const std::string& trace_id) {
  Response response = error_response(405, std::string(path) + " takes " + std::string(method), trace_id);
  response.headers.emplace_back("Allow", method);
  return response;
}

Datatype datatype_of_field(Dtype dtype) {
  switch (dtype) {
    case Dtype::kInt:
      return Datatype::kInt64;
    case Dtype::kFloat:
      return Datatype::kFp64;
    case Dtype::kBool:
      return Datatype::kBool;
    case Dtype::kAny:
    case Dtype::kStr:
      break;
  }
  return Datatype::kBytes;
}

// As metadata: {"name","datatype","shape"}; as Triton's configuration: {"name","data_type","dims"}.
Json tensor_document(std::string_view tensor, Datatype datatype, std::uint64_t width, bool as_configuration) {
  Json shape = Json::array({-1});
  if (width != 0) shape.push_back(width);
  if (!as_configuration) return {{"name", tensor}, {"datatype", name(datatype)}, {"shape", std::move(shape)}};
  const std::string type = datatype == Datatype::kBytes ? "TYPE_STRING" : "TYPE_" + std::string(name(datatype));
  return {{"name", tensor}, {"data_type", type}, {"dims", std::move(shape)}};
}

std::string_view repository_state(std::string_view state) {
  if (state == "resident") return "READY";
  if (state == "loading" || state == "verifying") return "LOADING";
  if (state == "retiring") return "UNLOADING";
  return "UNAVAILABLE";
}

}  // namespace

// All but what is answered in memory.
bool InferenceProtocol::asks_admin(std::string_view path) {
  if (path == "/v2/repository/index") return true;
  if (!path.starts_with("/v2/models/") || path.ends_with("/infer") || path.ends_with("/stats")) return false;
  return !path.ends_with("/ready") || path.find("/versions/") != std::string_view::npos;  // a probe waits for nobody
}

bool InferenceProtocol::all_ready() {
  const auto tasks = callers_.served();
  return !tasks.empty() && std::ranges::all_of(tasks, [this](const std::string& task) {
    TaskCaller& caller = callers_.of(task);
    return caller.connect() && caller.current() != nullptr;
  });
}

std::optional<Response> InferenceProtocol::answer(const Request& request, std::string_view path, const std::string& trace_id) {
  const std::vector<std::string_view> parts = parts_of(path);
  const bool is_get = request.method == "GET";
  if (path == "/v2") {
    if (!is_get) return only("GET", path, trace_id);
    return json_response(
        {{"name", "ringside"},
         {"version", RINGSIDE_VERSION_STRING},
         {"extensions", {"binary_tensor_data", "parameters", "model_repository", "model_configuration", "statistics"}}});
  }
  if (path == "/v2/health/live") return is_get ? json_response({{"live", true}}) : only("GET", path, trace_id);
  if (path == "/v2/health/ready") {
    if (!is_get) return only("GET", path, trace_id);
    const bool ready = all_ready();
    return json_response({{"live", true}, {"ready", ready}}, ready ? 200 : 503);
  }
  if (path == "/v2/repository/index")
    return request.method == "POST" ? repository_index(request, trace_id) : only("POST", path, trace_id);
  if (path == "/v2/models/stats") return is_get ? statistics({}, trace_id) : only("GET", path, trace_id);
  if (parts.size() >= 3 && parts[1] == "models") return model_route(request, parts, trace_id);
  return std::nullopt;
}

// parts: v2 models M [versions V] [ready|config|stats|infer]
std::optional<Response> InferenceProtocol::model_route(const Request& request, const std::vector<std::string_view>& parts,
                                                       const std::string& trace_id) {
  Address model{.model = parts[2], .version = {}};
  std::size_t next = 3;
  if (parts.size() >= 5 && parts[3] == "versions") {
    model.version = parts[4];
    next = 5;
    if (model.version.empty()) return std::nullopt;
  }
  if (model.model.empty() || parts.size() > next + 1) return std::nullopt;
  const std::string_view what = parts.size() == next ? "" : parts[next];
  if (what == "infer") return request.method == "POST" ? infer(request, model, trace_id) : only("POST", request.target, trace_id);
  if (what != "" && what != "ready" && what != "config" && what != "stats") return std::nullopt;
  if (parts.size() > next && what.empty()) return std::nullopt;  // ".../m/"
  if (request.method != "GET") return only("GET", request.target, trace_id);
  if (what == "ready") return readiness(model, trace_id);
  if (what == "stats") return statistics(model, trace_id);
  return metadata(model, what == "config", trace_id);
}

Result<Json, Response> InferenceProtocol::versions_of(const std::string& task, const std::string& trace_id) const {
  Response page = engine_page(callers_.run_dir(), task, "/model/versions", trace_id);
  if (page.status != 200) return fail(std::move(page));
  Json list = Json::parse(page.body, nullptr, false);
  if (!list.is_array())
    return fail(error_response(502, "the engine of " + task + " told its versions in no form that is known here", trace_id));
  return list;
}

Response InferenceProtocol::metadata(const Address& model, bool as_configuration, const std::string& trace_id) {
  auto caller = callers_.connected(model.model, trace_id);
  if (!caller) return std::move(caller.error());
  const auto version = model.version.empty() ? (*caller)->current() : (*caller)->version(model.version);
  if (version == nullptr) {
    const bool named = !model.version.empty();
    return error_response(named ? 404 : 503, named ? "no version '" + std::string(model.version) + "'" : "no version answers",
                          trace_id);
  }
  Json inputs = Json::array(), outputs = Json::array();
  for (const VersionInfo::Field& field : version->fields)
    inputs.push_back(tensor_document(field.name, datatype_of_field(field.dtype), 0, as_configuration));
  for (const OutputSpec& output : outputs_of(*version))
    outputs.push_back(tensor_document(output.name, output.datatype, output.width, as_configuration));
  if (as_configuration) {
    return json_response({{"name", model.model},
                          {"platform", kPlatform},
                          {"backend", kPlatform},
                          {"max_batch_size", 0},
                          {"input", std::move(inputs)},
                          {"output", std::move(outputs)}});
  }
  Json document = {{"name", model.model}};
  // Optional in the protocol: left out where the engine does not tell the gateway's user.
  if (const auto list = versions_of(std::string(model.model), trace_id)) {
    Json names = Json::array();
    for (const Json& each : *list) {
      if (each.value("state", "") == "resident") names.push_back(each.value("version", ""));
    }
    document["versions"] = std::move(names);
  }
  document["platform"] = kPlatform;
  document["inputs"] = std::move(inputs);
  document["outputs"] = std::move(outputs);
  return json_response(document);
}

Response InferenceProtocol::readiness(const Address& model, const std::string& trace_id) {
  const auto task = callers_.find(model.model, trace_id);
  if (!task) return task.error();
  TaskCaller& caller = callers_.of(*task);
  bool ready = caller.connect() && caller.current() != nullptr;
  if (ready && !model.version.empty()) {
    const auto list = versions_of(*task, trace_id);
    if (!list) return list.error();
    const auto named = std::ranges::find_if(*list, [&](const Json& each) { return each.value("version", "") == model.version; });
    if (named == list->end()) return error_response(404, "no version '" + std::string(model.version) + "'", trace_id);
    ready = named->value("state", "") == "resident";
  }
  return json_response({{"name", model.model}, {"ready", ready}}, ready ? 200 : 503);
}

Response InferenceProtocol::statistics(const Address& model, const std::string& trace_id) {
  if (!model.model.empty()) {
    if (const auto task = callers_.find(model.model, trace_id); !task) return task.error();
  }
  return json_response({{"model_stats", callers_.statistics().document(model.model, model.version)}});
}

Response InferenceProtocol::infer(const Request& request, const Address& model, const std::string& trace_id) {
  auto caller = callers_.connected(model.model, trace_id);
  if (!caller) return std::move(caller.error());
  return gateway::infer(request, {.model = model.model, .version = model.version}, **caller, trace_id);
}

Response InferenceProtocol::repository_index(const Request& request, const std::string& trace_id) {
  bool ready_alone = false;
  if (request.body.size() > kRepositoryBodyMax) return error_response(413, "the body is larger than its route takes", trace_id);
  if (request.body.find_first_not_of(" \t\r\n") != std::string::npos) {  // tritonclient sends nothing
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object() || (body.contains("ready") && !body["ready"].is_boolean()))
      return error_response(400, "the body: expected {\"ready\":true or false}, or nothing", trace_id);
    ready_alone = body.value("ready", false);
  }
  Json models = Json::array();
  for (const std::string& task : callers_.served()) {
    const auto list = versions_of(task, trace_id);
    if (!list) {
      if (!ready_alone) models.push_back({{"name", task}, {"state", "UNAVAILABLE"}, {"reason", "its engine does not answer"}});
      continue;
    }
    for (const Json& each : *list) {
      const std::string_view state = repository_state(each.value("state", ""));
      if (ready_alone && state != "READY") continue;
      const bool has_reason = each.contains("reason") && each["reason"].is_string();
      models.push_back({{"name", task},
                        {"version", each.value("version", "")},
                        {"state", state},
                        {"reason", has_reason ? each["reason"] : Json("")}});
    }
  }
  return json_response(models);
}

}  // namespace ringside::gateway
