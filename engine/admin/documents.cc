#include "engine/admin/documents.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string_view>

#include "engine/admin/drift_document.h"
#include "engine/admin/guard_document.h"
#include "engine/admin/shadow_document.h"

namespace ringside::engine {
namespace {

Json name_or_null(const std::string& name) { return name.empty() ? Json(nullptr) : Json(name); }

Json stage_document(const StageTimes& times) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1'000.0; };
  return {{"count", times.count}, {"p50_us", us(times.p50_ns)}, {"p95_us", us(times.p95_ns)}, {"p99_us", us(times.p99_ns)}};
}

Json clients_document(const std::vector<ClientStatus>& clients) {
  Json list = Json::array();
  for (const ClientStatus& client : clients) {
    list.push_back({{"id", client.id},
                    {"name", client.name},
                    {"uid", client.uid},
                    {"gid", client.gid},
                    {"pid", client.pid},
                    {"channels", client.channels},
                    {"segment_bytes", client.segment_bytes}});
  }
  return list;
}

Json journal_document(const std::optional<JournalStatus>& journal) {
  if (!journal) return nullptr;
  const RecorderStatus& recorder = journal->recorder;
  Json index = nullptr;
  if (journal->index) {
    index = {{"records", journal->index->records},
             {"lag_bytes", journal->index->lag_bytes},
             {"problem", name_or_null(journal->index->problem)}};
  }
  Json keeping = nullptr;
  if (journal->keeping) {
    const KeepingStatus& kept = *journal->keeping;
    keeping = {{"files", kept.files},     {"bytes", kept.bytes}, {"compressed", kept.sealed},
               {"expired", kept.expired}, {"held", kept.held},   {"problem", name_or_null(kept.problem)}};
  }
  return {{"records", journal->records},
          {"unrecorded_rows", journal->unrecorded_rows},
          {"sampled_out_rows", journal->sampled_out_rows},
          {"waiting_bytes", recorder.waiting_bytes},
          {"written_bytes", recorder.written_bytes},
          {"durable_bytes", recorder.durable_bytes},
          {"failures", recorder.failures},
          {"problem", recorder.problem.empty() ? Json(nullptr) : Json(recorder.problem)},
          {"file", recorder.file},
          {"epoch", recorder.epoch},
          {"keeping", std::move(keeping)},
          {"index", std::move(index)}};
}

Json grace_document(const GraceStatus& grace) {
  return {{"waiting", grace.waiting},
          {"oldest_ms", static_cast<double>(grace.oldest_ns) / 1'000'000.0},
          {"held_by_workers", grace.held_by_workers}};
}

Json pairs_document(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json object = Json::object();
  for (const auto& [key, value] : pairs) object[key] = value;
  return object;
}

std::string hex16(std::uint64_t value) {  // as text: many JSON readers keep 53 bits of a number
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::string_view name_of(OnMissing what) {
  constexpr std::string_view kNames[] = {"fill", "pass", "reject"};
  return kNames[static_cast<std::size_t>(what)];
}
std::string_view name_of(OnOutOfRange what) {
  constexpr std::string_view kNames[] = {"reject", "clamp", "flag"};
  return kNames[static_cast<std::size_t>(what)];
}
std::string_view name_of(Sensitivity what) {
  constexpr std::string_view kNames[] = {"plain", "mask", "hash", "encrypt", "drop"};
  return kNames[static_cast<std::size_t>(what)];
}

// As a caller would write it: an int field's 27 is not 27.0.
Json number_of(const Field& field, double value) {
  if (field.dtype == Dtype::kBool) return value != 0;
  const bool whole = std::abs(value) <= 9'007'199'254'740'992.0 && value == std::trunc(value);  // an int field's bound may be 0.5
  if (field.dtype == Dtype::kInt && whole) return static_cast<std::int64_t>(value);
  return value;
}

Json field_document(const Field& field) {
  Json object = {{"name", field.name},
                 {"dtype", wire::name(field.dtype)},
                 {"required", field.required},
                 {"role", field.meta ? "meta" : "feature"}};
  object["on_missing"] = name_of(field.on_missing);
  if (field.on_missing == OnMissing::kFill && !field.required) {
    object["fill"] = field.is_text() ? Json(field.fill_text) : number_of(field, field.fill_number);
  }
  if (std::isfinite(field.low)) object["min"] = number_of(field, field.low);
  if (std::isfinite(field.high)) object["max"] = number_of(field, field.high);
  if (!field.allowed.empty()) object["allowed"] = field.allowed;
  if (std::isfinite(field.low) || std::isfinite(field.high) || !field.allowed.empty())
    object["on_out_of_range"] = name_of(field.on_out_of_range);
  if (field.sensitivity != Sensitivity::kPlain) object["sensitive"] = name_of(field.sensitivity);
  return object;
}

}  // namespace

std::string to_text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  const std::int64_t of_second = (ms % 1'000 + 1'000) % 1'000;
  const std::time_t seconds = static_cast<std::time_t>((ms - of_second) / 1'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(of_second));
  return text;
}

Json status_document(const AdminSnapshot& now) {
  Json rows = Json::object();
  for (std::uint8_t status = 0; status < wire::kStatusCount; ++status) {
    rows[std::string(wire::name(static_cast<wire::Status>(status)))] = now.totals.rows[status];
  }
  const auto& canary = now.roles.assigned.canary;
  Json labels = Json::object();
  for (const auto& [label, version] : now.roles.labels) labels[label] = version;
  const auto uptime = std::chrono::duration<double>(now.now - now.started).count();
  std::optional<DriftReport> drift;
  if (now.drift && !now.roles.current.empty()) drift = now.drift(now.roles.current);
  return {
      {"task", now.task},
      {"ready", !now.roles.current.empty()},
      {"current", name_or_null(now.roles.current)},
      {"previous", name_or_null(now.roles.previous)},
      {"canary", canary ? Json(canary->version) : Json(nullptr)},
      {"canary_percent", canary ? Json(canary->percent()) : Json(nullptr)},
      {"canary_salt", canary ? Json(canary->salt) : Json(nullptr)},
      {"shadow", now.roles.assigned.shadow ? Json(now.roles.assigned.shadow->version) : Json(nullptr)},
      {"guard", guard_document(now.guard)},
      {"pins", {{"keys", now.roles.assigned.pins->keys()}, {"tags", now.roles.assigned.pins->tags()}}},
      {"labels", std::move(labels)},
      {"engine", {{"pid", now.pid}, {"epoch", hex16(now.engine_epoch)}, {"started", rfc3339(now.started)}, {"uptime_s", uptime}}},
      {"retired", grace_document(now.grace)},
      {"journal", journal_document(now.journal)},
      {"clients", clients_document(now.clients)},
      {"rates", {{"calls_per_s", now.rates.calls_per_s}, {"rows_per_s", now.rates.rows_per_s}, {"over_s", now.rates.over_s}}},
      {"counters",
       {{"calls", now.totals.calls},
        {"rows", std::move(rows)},
        {"dropped_values", now.totals.dropped_values},
        {"parks", now.totals.parks},
        {"wakes", now.totals.wakes},
        {"lies", now.totals.lies}}},
      {"latency",
       {{"queue", stage_document(now.totals.queue)},
        {"decode", stage_document(now.totals.decode)},
        {"preprocess", stage_document(now.totals.preprocess)},
        {"forest", stage_document(now.totals.forest)},
        {"respond", stage_document(now.totals.respond)},
        {"total", stage_document(now.totals.total)}}},
      {"drift", drift ? drift_summary(*drift) : Json(nullptr)},
      {"shadow_comparison", shadow_summary(now.roles)}};
}

Json problem_document(const BundleProblem& problem) {
  Json object = {{"text", problem.text()}};
  if (!problem.file.empty()) object["file"] = problem.file;
  if (!problem.key.empty()) object["key"] = problem.key;
  if (problem.row != 0) object["row"] = problem.row;
  if (!problem.expected.empty()) object["expected"] = problem.expected;
  if (!problem.found.empty()) object["found"] = problem.found;
  return object;
}

Json versions_document(const AdminSnapshot& now) {
  Json list = Json::array();
  for (const VersionView& view : now.versions) {
    const VersionStatus& status = view.status;
    Json object = {{"version", status.version},
                   {"state", name(status.state)},
                   {"roles", status.roles},
                   {"reason", name_or_null(status.reason)},
                   {"directory", status.directory},
                   {"answered_rows", status.answered_rows},
                   {"found_at", rfc3339(status.found_at)}};
    if (status.resident_at != std::chrono::system_clock::time_point{}) object["resident_at"] = rfc3339(status.resident_at);
    if (status.canary_percent) object["canary_percent"] = *status.canary_percent;
    if (status.shadow_percent) object["shadow_percent"] = *status.shadow_percent;
    if (status.pinned != 0) object["pinned"] = status.pinned;
    if (Json reverted = revert_document(now.guard, status.version); !reverted.is_null()) object["reverted"] = std::move(reverted);
    if (!status.problems.empty()) {
      object["problems"] = Json::array();
      for (const BundleProblem& problem : status.problems) object["problems"].push_back(problem_document(problem));
    }
    if (view.facts) {
      const BundleFacts& facts = *view.facts;
      object["label"] = name_or_null(facts.label);
      object["manifest_sha256"] = facts.manifest_sha256;
      object["golden_rows"] = facts.golden_rows;
      object["golden_rejects"] = facts.golden_rejects;
      object["signature"] = facts.signature;
      object["kernel"] = facts.kernel;
      object["reference"] = facts.reference;
      object["inexact"] = facts.inexact_steps;
      object["warnings"] = facts.warnings;
      object["notes"] = facts.notes;
      object["bytes"] = facts.bytes;
      object["load_ms"] = std::chrono::duration<double, std::milli>(facts.load_time).count();
      object["packages"] = pairs_document(facts.packages);
      object["metadata"] = pairs_document(facts.metadata);
      object["evaluation"] = pairs_document(facts.evaluation);
    }
    list.push_back(std::move(object));
  }
  return list;
}

Json event_document(const VersionEvent& event) {
  return {{"at", rfc3339(event.at)},      {"actor", event.actor},
          {"action", event.action},       {"from", name_or_null(event.from)},
          {"to", name_or_null(event.to)}, {"reason", name_or_null(event.reason)},
          {"outcome", event.outcome},     {"message", name_or_null(event.message)}};
}

Json history_document(const std::vector<VersionEvent>& events) {
  Json list = Json::array();
  for (const VersionEvent& event : events) list.push_back(event_document(event));
  return list;
}

Json version_document(const VersionView& current) {
  return {{"version", current.status.version},
          {"version_path", current.status.directory},
          {"version_info", current.facts ? pairs_document(current.facts->metadata) : Json::object()}};
}

Json schema_document(const VersionView& view, const std::string& task) {
  Json fields = Json::array();
  for (const Field& field : view.schema->fields()) fields.push_back(field_document(field));
  return {{"task", task},
          {"version", view.status.version},
          {"schema_hash", hex16(view.schema->hash())},
          {"coerce", view.schema->coerces() ? "pandas" : "strict"},
          {"extra_fields", view.schema->rejects_extra_fields() ? "reject" : "ignore"},
          {"fields", std::move(fields)}};
}

Json config_document(const AdminSnapshot& now) {
  Json list = Json::array();
  for (const ConfigRow& row : now.config) {
    list.push_back({{"key", row.path}, {"value", row.value}, {"source", row.source}, {"reload", row.live ? "live" : "restart"}, {"meaning", row.meaning}});
  }
  return {{"keys", std::move(list)}};
}

}  // namespace ringside::engine
