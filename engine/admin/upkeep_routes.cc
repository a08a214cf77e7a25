#include "engine/admin/upkeep_routes.h"

#include <algorithm>
#include <exception>
#include <iterator>

namespace ringside::engine {
namespace {

Json changes_document(const std::vector<KeyChange>& changes) {
  Json list = Json::array();
  for (const KeyChange& change : changes) list.push_back({{"key", change.path}, {"from", change.from}, {"to", change.to}});
  return list;
}

}  // namespace

Result<LogLevelRequest, Problems> log_level_request(const std::string& body) {
  const std::string wanted = "level: one of debug, info, warn, error";
  nlohmann::json root;
  try {
    root = nlohmann::json::parse(body);
  } catch (const std::exception& error) {  // nlohmann's own, of many kinds
    return fail(Problems{std::string("the body is not JSON: ") + error.what()});
  }
  if (!root.is_object()) return fail(Problems{"the body: expected a JSON object"});
  Problems problems;
  for (const auto& [key, value] : root.items()) {
    if (key != "level") problems.push_back(key + ": unknown key; known is level");
  }
  const std::string level = root.contains("level") && root["level"].is_string() ? root["level"].get<std::string>() : "";
  const auto* const found = std::ranges::find(kLogLevelNames, level);
  if (found == std::end(kLogLevelNames)) problems.push_back(wanted);
  if (!problems.empty()) return fail(std::move(problems));
  return LogLevelRequest{static_cast<LogLevel>(found - std::begin(kLogLevelNames))};
}

Json log_level_document(LogLevel level) { return {{"level", name(level)}}; }

Json health_document(const AdminSnapshot& now) {
  Json document = {{"status", now.health.alive ? "ok" : "stuck"}, {"timestamp", rfc3339(now.now)}};
  if (!now.health.alive) document["reasons"] = now.health.reasons;
  return document;
}

Json readiness_document(const AdminSnapshot& now) {
  return {{"ready", now.health.ready},
          {"current", now.health.current.empty() ? Json(nullptr) : Json(now.health.current)},
          {"reasons", now.health.reasons},
          {"warnings", now.health.warnings}};
}

HttpResponse reload_response(const Result<ReloadPlan, ConfigProblems>& outcome, const std::string& trace_id) {
  if (outcome) {
    return {.status = 200,
            .body = to_text(
                {{"applied", changes_document(outcome->applied)}, {"need_restart", changes_document(outcome->need_restart)}}),
            .allow = ""};
  }
  Json detail = Json::array();
  for (const ConfigProblem& problem : outcome.error()) detail.push_back({{"text", problem.text()}});
  const std::size_t count = outcome.error().size();
  const Json document = {{"error", "the configuration has " + std::to_string(count) + (count == 1 ? " problem" : " problems") +
                                       ", nothing was changed; next: ringsided --check-config"},
                         {"detail", std::move(detail)},
                         {"trace_id", trace_id}};
  return {.status = 400, .body = to_text(document), .allow = ""};
}

}  // namespace ringside::engine
