#include "tools/cli/top_view.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;
constexpr std::array kStages{"queue", "decode", "preprocess", "forest", "respond", "total"};
constexpr std::array<std::pair<const char*, double>, 3> kQuantiles{{{"p50_us", 0.5}, {"p95_us", 0.95}, {"p99_us", 0.99}}};

// Of counters between two pages.
class Between {
 public:
  Between(const MetricsSample& before, const MetricsSample& after, double seconds)
      : before_(before), after_(after), seconds_(seconds) {}

  // A counter that is new, or began anew, has grown by what it is.
  [[nodiscard]] double rate(std::string_view name, const MetricsSample::Labels& labels = {}) const {
    const double was = before_.value(name, labels), is = after_.value(name, labels);
    return (is < was ? is : is - was) / seconds_;
  }

 private:
  const MetricsSample& before_;
  const MetricsSample& after_;
  double seconds_;
};

double upper_bound_of(const std::string& le) {
  if (le == "+Inf") return std::numeric_limits<double>::infinity();
  double bound = std::numeric_limits<double>::quiet_NaN();
  std::from_chars(le.data(), le.data() + le.size(), bound);
  return bound;
}

Json stages_document(const MetricsSample& before, const MetricsSample& after, const Between& between) {
  Json stages = Json::object();
  for (const char* stage : kStages) {
    const MetricsSample::Labels labels{{"stage", stage}};
    Json one{{"calls_per_s", between.rate("ringside_stage_seconds_count", labels)}};
    for (const auto& [key, q] : kQuantiles) {
      const double seconds = quantile_between(before, after, "ringside_stage_seconds", labels, q);
      one[key] = std::isfinite(seconds) ? Json(seconds * 1e6) : Json();
    }
    stages[stage] = std::move(one);
  }
  return stages;
}

Json versions_document(const MetricsSample& after, const Between& between) {
  Json versions = Json::array();
  for (const auto* series : after.of("ringside_version_rows_total")) {
    const std::string& version = series->labels.at("version");
    Json roles = Json::array();
    for (const auto* role : after.of("ringside_version_role")) {
      if (role->labels.at("version") == version) roles.push_back(role->labels.at("role"));
    }
    versions.push_back({{"version", version},
                        {"roles", std::move(roles)},
                        {"rows_per_s", between.rate("ringside_version_rows_total", {{"version", version}})}});
  }
  return versions;
}

Json clients_document(const MetricsSample& after, const Between& between) {
  Json clients = Json::array();
  for (const auto* series : after.of("ringside_clients")) {
    const auto rows = [&](const char* status) {
      MetricsSample::Labels labels = series->labels;
      labels.emplace("status", status);
      return between.rate("ringside_client_rows_total", labels);
    };
    clients.push_back({{"client", series->labels.at("client")},
                       {"uid", series->labels.at("uid")},
                       {"processes", series->value},
                       {"channels", after.value("ringside_client_channels", series->labels)},
                       {"segment_bytes", after.value("ringside_client_segment_bytes", series->labels)},
                       {"ok_rows_per_s", rows("ok")},
                       {"other_rows_per_s", rows("other")}});
  }
  const auto rows = [](const Json& client) {
    return client.at("ok_rows_per_s").get<double>() + client.at("other_rows_per_s").get<double>();
  };
  std::stable_sort(clients.begin(), clients.end(), [&](const Json& a, const Json& b) { return rows(a) > rows(b); });
  return clients;
}

std::string number(const Json& value, int digits = 0) {
  if (!value.is_number()) return "-";
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value.get<double>());
  return text;
}

std::string megabytes(const Json& bytes) { return number(bytes.get<double>() / 1e6, 1) + " MB"; }

}  // namespace

double quantile_between(const MetricsSample& before, const MetricsSample& after, const std::string& histogram,
                        const MetricsSample::Labels& labels, double q) {
  struct Bucket {
    double bound, count;  // cumulative
  };
  std::vector<Bucket> buckets;
  const std::string name = histogram + "_bucket";
  for (const auto* series : after.of(name)) {
    MetricsSample::Labels rest = series->labels;
    const auto le = rest.find("le");
    if (le == rest.end()) continue;
    const double bound = upper_bound_of(le->second);
    rest.erase(le);
    if (rest != labels) continue;
    const double was = before.value(name, series->labels);
    buckets.push_back({bound, series->value < was ? series->value : series->value - was});
  }
  std::ranges::sort(buckets, {}, &Bucket::bound);
  if (buckets.empty() || buckets.back().count <= 0) return std::numeric_limits<double>::quiet_NaN();
  const double rank = q * buckets.back().count;
  const auto found = std::ranges::find_if(buckets, [rank](const Bucket& bucket) { return bucket.count >= rank; });
  const Bucket below = found == buckets.begin() ? Bucket{0, 0} : found[-1];
  if (std::isinf(found->bound)) return below.bound;  // the highest that is known
  return below.bound + (found->bound - below.bound) * (rank - below.count) / std::max(found->count - below.count, 1.0);
}

Json top_document(const MetricsSample& before, const MetricsSample& after, double seconds) {
  const bool restarted = before.value("process_start_time_seconds") != after.value("process_start_time_seconds");
  const MetricsSample nothing;
  const MetricsSample& since = restarted ? nothing : before;
  const Between between(since, after, seconds);
  Json document = Json::object();
  const auto ready = after.of("ringside_ready");
  document["task"] = ready.empty() ? Json() : Json(ready.front()->labels.at("task"));
  document["ready"] = !ready.empty() && ready.front()->value == 1;
  document["restarted"] = restarted;
  document["over_s"] = seconds;
  document["calls_per_s"] = between.rate("ringside_calls_total");
  Json rows = Json::object();
  for (const auto* series : after.of("ringside_rows_total")) {
    rows[series->labels.at("status")] = between.rate("ringside_rows_total", series->labels);
  }
  document["rows_per_s"] = std::move(rows);
  document["parks_per_s"] = between.rate("ringside_worker_parks_total");
  document["wakes_per_s"] = between.rate("ringside_worker_wakes_total");
  document["processors"] = between.rate("process_cpu_seconds_total");
  document["resident_bytes"] = after.value("process_resident_memory_bytes");
  document["latency"] = stages_document(since, after, between);
  document["versions"] = versions_document(after, between);
  document["clients"] = clients_document(after, between);
  return document;
}

std::string top_text(const Json& document) {
  std::string refused;
  for (const auto& [status, rate] : document.at("rows_per_s").items()) {
    if (status != "ok" && rate.get<double>() > 0) refused += ", " + number(rate) + " " + status;
  }
  std::string text = columns(Rows{
      {"task", document.at("task").is_string() ? document["task"].get<std::string>() : "-"},
      {"ready", document.at("ready").get<bool>() ? "yes" : "no"},
      {"over", number(document.at("over_s"), 1) + " s" + (document.at("restarted").get<bool>() ? ", restarted" : "")},
      {"calls/s", number(document.at("calls_per_s"))},
      {"rows/s", number(document.at("rows_per_s").value("ok", Json(0))) + " ok" + refused},
      {"worker", number(document.at("parks_per_s")) + " parks/s, " + number(document.at("wakes_per_s")) + " clients woken/s"},
      {"process", number(document.at("processors"), 2) + " processors, " + megabytes(document.at("resident_bytes"))}});
  text += "\nlatency, microseconds\n";
  Rows stages{{"  stage", "p50", "p95", "p99", "calls/s"}};
  for (const auto& [stage, one] : document.at("latency").items()) {
    stages.push_back({"  " + stage, number(one.at("p50_us"), 2), number(one.at("p95_us"), 2), number(one.at("p99_us"), 2),
                      number(one.at("calls_per_s"))});
  }
  text += columns(stages) + "\n";
  Rows versions{{"version", "rows/s", "roles"}};
  for (const Json& one : document.at("versions")) {
    std::string roles;
    for (const Json& role : one.at("roles")) roles += (roles.empty() ? "" : ", ") + role.get<std::string>();
    versions.push_back({one.at("version").get<std::string>(), number(one.at("rows_per_s")), roles.empty() ? "-" : roles});
  }
  text += columns(versions) + "\n";
  Rows clients{{"client", "uid", "processes", "channels", "memory", "ok rows/s", "other rows/s"}};
  for (const Json& one : document.at("clients")) {
    clients.push_back({one.at("client").get<std::string>(), one.at("uid").get<std::string>(), number(one.at("processes")),
                       number(one.at("channels")), megabytes(one.at("segment_bytes")), number(one.at("ok_rows_per_s")),
                       number(one.at("other_rows_per_s"))});
  }
  return text + (clients.size() == 1 ? "no clients\n" : columns(clients));
}

}  // namespace ringside::cli
