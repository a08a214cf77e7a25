// status, versions, schema, drift, shadow and compare: a document of the engine's, for people or as it came.
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include "client_lib/base/plain_number.h"
#include "tools/cli/admin_client.h"
#include "tools/cli/columns.h"
#include "tools/cli/commands.h"
#include "tools/cli/comparison_text.h"
#include "tools/cli/shadow_text.h"
#include "tools/cli/url_text.h"

namespace ringside::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// A member as a person reads it: texts bare, null as "-".
std::string plain(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || object[key].is_null()) return "-";
  const Json& value = object[key];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string rounded(const Json& value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value.is_number() ? value.get<double>() : 0.0);
  return text;
}

std::string words(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string joined(const Json& list) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : ", ") + (item.is_string() ? item.get<std::string>() : item.dump());
  return text;
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string canary_text(const Json& status) {
  if (status.at("canary").is_null()) return "-";
  return plain(status, "canary") + ", " + base::plain_number(status.at("canary_percent").get<double>()) + " % of route keys";
}

constexpr std::string_view kLabelRole = "label:";

// Those that select it, operators' and its own; its own in brackets where the name selects another version.
std::string labels_text(const Json& version) {
  std::string text;
  const std::string own = version.contains("label") && version["label"].is_string() ? version["label"].get<std::string>() : "";
  bool selected = own.empty();
  for (const auto& role : version.at("roles")) {
    const auto name = role.get<std::string>();
    if (!name.starts_with(kLabelRole)) continue;
    text += (text.empty() ? "" : ", ") + name.substr(kLabelRole.size());
    selected = selected || name.substr(kLabelRole.size()) == own;
  }
  if (!selected) text += (text.empty() ? "(" : ", (") + own + ")";
  return text.empty() ? "-" : text;
}

// "current, canary 5 %, pinned 12"
std::string roles_text(const Json& version) {
  std::string text;
  for (const auto& role : version.at("roles")) {
    if (role.get<std::string>().starts_with(kLabelRole)) continue;  // they have a column
    text += (text.empty() ? "" : ", ") + role.get<std::string>();
    if (role == "canary") text += " " + base::plain_number(version.at("canary_percent").get<double>()) + " %";
    if (role == "shadow") text += " " + base::plain_number(version.at("shadow_percent").get<double>()) + " %";
    if (role == "pinned") text += " " + plain(version, "pinned");
  }
  return text.empty() ? "-" : text;
}

// "0.31 % and 0.3 %": a measure of the version watched and of the other.
std::string both(const Json& figures, double scale, int digits, const char* unit) {
  if (!figures.is_object()) return "too few to say";
  return rounded(figures.at("version").get<double>() * scale, digits) + unit + " and " +
         rounded(figures.at("against").get<double>() * scale, digits) + unit;
}

std::string guard_text(const Json& guard) {
  std::string text;
  for (const auto& one : guard.at("watched")) {
    const bool after_switch = one.at("role") == "switch";
    text += "\nguard: " + plain(one, "version") + (after_switch ? " since the switch from " : ", canary beside ") +
            plain(one, "against");
    if (after_switch) text += ", for " + plain(one, "seconds_left") + " s more";
    text +=
        "\n" + columns(Rows{{"  rows", plain(one.at("rows"), "version") + " and " + plain(one.at("rows"), "against")},
                            {"  error rate", both(one.at("error_rate"), 100, 2, " %")},
                            {"  latency", both(one.at("latency_us"), 1, 2, " us")},
                            {"  score drift", one.at("score_psi").is_null() ? "too few to say" : rounded(one["score_psi"], 3)}});
  }
  if (const Json& reverts = guard.at("reverts"); !reverts.empty()) {
    const Json& last = reverts.front();
    text += "\nguard, " + plain(last, "at") + ": " + plain(last, "version") + " against " + plain(last, "against") + ": " +
            plain(last, "reason") + "\n  " + (last.at("done").get<bool>() ? "" : "not reverted: ") + plain(last, "message") +
            "\n";
  }
  return text;
}

std::string status_text(const Json& status) {
  const Json& engine = status.at("engine");
  const Json& rates = status.at("rates");
  Rows rows = {{"task", plain(status, "task")},
               {"ready", status.at("ready").get<bool>() ? "yes" : "no: no version answers"},
               {"current", plain(status, "current")},
               {"previous", plain(status, "previous")},
               {"canary", canary_text(status)},
               {"shadow", shadow_line(status)},
               {"pins", counted(status.at("pins").at("keys"), "key") + ", " + counted(status.at("pins").at("tags"), "tag")},
               {"engine", "pid " + plain(engine, "pid") + ", up " + rounded(engine.at("uptime_s"), 0) + " s, since " +
                              plain(engine, "started")},
               {"rates", rounded(rates.at("calls_per_s"), 1) + " calls/s, " + rounded(rates.at("rows_per_s"), 1) +
                             " rows/s over the last " + rounded(rates.at("over_s"), 1) + " s"}};
  if (!status.at("guard").at("enabled").get<bool>()) rows.push_back({"guard", "off (guards.enabled)"});
  std::string text = columns(rows) + guard_text(status.at("guard"));

  text += "\nrows so far\n";
  rows.clear();
  for (const auto& [status_name, count] : status.at("counters").at("rows").items()) {
    if (status_name == "ok" || count != 0) rows.push_back({"  " + status_name, count.dump()});
  }
  text += columns(rows);

  if (const Json& drift = status.value("drift", Json()); drift.is_object()) {
    text += "\ndrift over " + plain(drift, "window") + ": " + words(plain(drift, "verdict")) + "\n";
    rows.clear();
    for (const auto& one : drift.at("worst")) {
      std::string value = plain(one, "what") + " " + rounded(one.at("value"), 3);
      if (one.contains("expected")) value += ", " + rounded(one["expected"], 3) + " in training";
      rows.push_back({"  " + plain(one, "kind") + " " + plain(one, "name"), value, plain(one, "verdict")});
    }
    text += columns(rows);
  }

  text += "\nlatency, microseconds\n";
  rows = {{"  stage", "p50", "p95", "p99", "calls"}};
  for (const auto& [stage, times] : status.at("latency").items()) {
    rows.push_back({"  " + stage, rounded(times.at("p50_us"), 2), rounded(times.at("p95_us"), 2), rounded(times.at("p99_us"), 2),
                    times.at("count").dump()});
  }
  text += columns(rows);

  if (const Json& retired = status.at("retired"); retired.at("waiting") != 0) {
    text += "\nretired and not freed yet: " + plain(retired, "waiting") + ", the oldest for " +
            rounded(retired.at("oldest_ms"), 1) + " ms";
    const std::string workers = joined(retired.at("held_by_workers"));
    text += (workers.empty() ? "" : ", held by worker " + workers) + "\n";
  }

  const Json& clients = status.at("clients");
  text += "\nclients: " + std::to_string(clients.size()) + "\n";
  rows = {{"  name", "pid", "uid", "channels", "memory"}};
  for (const auto& client : clients) {
    rows.push_back({"  " + plain(client, "name"), plain(client, "pid"), plain(client, "uid"), plain(client, "channels"),
                    rounded(client.at("segment_bytes").get<double>() / (1 << 20), 1) + " MiB"});
  }
  return clients.empty() ? text : text + columns(rows);
}

std::string versions_text(const Json& versions) {
  if (versions.empty()) return "no bundles known\n";
  Rows rows = {{"version", "state", "roles", "rows answered", "labels"}};
  for (const auto& version : versions) {
    rows.push_back({plain(version, "version"), plain(version, "state"), roles_text(version), plain(version, "answered_rows"),
                    labels_text(version)});
  }
  std::string text = columns(rows);
  for (const auto& version : versions) {
    std::string about;
    const bool failed = plain(version, "state") == "failed";
    if (!version.at("reason").is_null()) about += (failed ? "  failed: " : "  ") + plain(version, "reason") + "\n";
    if (version.contains("problems")) {
      for (std::size_t i = 1; i < version["problems"].size(); ++i)
        about += "          " + plain(version["problems"][i], "text") + "\n";
    }
    if (version.contains("reverted"))
      about +=
          "  reverted by the guard, " + plain(version["reverted"], "at") + ": " + plain(version["reverted"], "reason") + "\n";
    if (version.contains("reference")) {
      about += "  golden rows: " + plain(version, "golden_rows") + " scored, " + plain(version, "golden_rejects") + " refused; " +
               plain(version, "reference") + "\n";
      about += "  signature: " + version.value("signature", std::string("?")) + "\n";
      about += "  forest: " + version.value("kernel", std::string("?")) + ", " + plain(version, "bytes") + " bytes in all\n";
      if (!version.at("inexact").empty()) about += "  inexact: " + joined(version["inexact"]) + "\n";
      for (const auto& warning : version.value("warnings", Json::array()))
        about += "  warning: " + warning.get<std::string>() + "\n";
      for (const auto& note : version.at("notes")) about += "  note: " + note.get<std::string>() + "\n";
      for (const auto& [key, value] : version.at("metadata").items())
        about += "  " + key + ": " + value.get<std::string>() + "\n";
      const Json evaluation = version.value("evaluation", Json::object());
      for (const auto& [key, value] : evaluation.items()) about += "  evaluation " + key + ": " + value.get<std::string>() + "\n";
    }
    if (!about.empty()) text += "\n" + plain(version, "version") + "\n" + about;
  }
  return text;
}

// Oldest first: the newest stands where the eye ends.
std::string history_text(const Json& events) {
  if (events.empty()) return "nothing has happened yet\n";
  Rows rows = {{"when", "who", "what", "outcome", "from", "to", "reason"}};
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    rows.push_back({plain(*event, "at"), plain(*event, "actor"), plain(*event, "action"), plain(*event, "outcome"),
                    plain(*event, "from"), plain(*event, "to"), plain(*event, "reason")});
    // A switch says all in its columns; what was pinned, labelled or refused stands in the message.
    const std::string action = plain(*event, "action");
    const bool told = action == "switch" || action == "rollback" || action == "start" || action == "load";
    if ((plain(*event, "outcome") != "done" || !told) && plain(*event, "message") != "-")
      rows.back().back() += "  (" + plain(*event, "message") + ")";
  }
  return columns(rows);
}

// A fill or bound: numbers as a person writes them, texts in quotes.
std::string value_text(const Json& value) {
  return value.is_number_float() ? base::plain_number(value.get<double>()) : value.dump();
}

std::string schema_text(const Json& schema) {
  std::string text = plain(schema, "version") + " takes these fields (others: " + plain(schema, "extra_fields") + ")\n";
  if (plain(schema, "coerce") == "pandas")
    text += "coerce: pandas: a value of another dtype becomes what pandas makes of it, and a missing one where that is nothing\n";
  text += "\n";
  Rows rows = {{"name", "dtype", "missing", "bounds", ""}};
  for (const auto& field : schema.at("fields")) {
    std::string missing = plain(field, "on_missing");
    if (field.contains("fill")) missing += " " + value_text(field["fill"]);
    if (field.at("required").get<bool>()) missing = "required";
    std::string bounds;
    if (field.contains("min") || field.contains("max")) {
      bounds = "[" + (field.contains("min") ? value_text(field["min"]) : "") + ", " +
               (field.contains("max") ? value_text(field["max"]) : "") + "]";
    }
    if (field.contains("allowed")) bounds = "one of " + joined(field["allowed"]);
    if (!bounds.empty()) bounds += " else " + plain(field, "on_out_of_range");
    rows.push_back({plain(field, "name"), plain(field, "dtype"), missing, bounds.empty() ? "-" : bounds,
                    plain(field, "role") == "meta" ? "not modelled" : ""});
  }
  return text + columns(rows);
}

// Scores as they come, then features, those that are furthest off first.
Rows histogram_rows(const Json& window) {
  constexpr std::size_t kFeaturesMost = 20;
  Rows rows = {{"  name", "psi", "by chance", "missing", "in training", ""}};
  const auto add = [&](const Json& one) {
    rows.push_back({"  " + plain(one, "name"), rounded(one.at("psi"), 4), rounded(one.at("noise"), 4),
                    rounded(one.at("missing"), 4), rounded(one.at("expected_missing"), 4), words(plain(one, "verdict"))});
  };
  for (const auto& score : window.at("scores")) add(score);
  std::vector<Json> features(window.at("features").begin(), window.at("features").end());
  std::ranges::stable_sort(features, [](const Json& a, const Json& b) { return a.at("psi") > b.at("psi"); });
  for (std::size_t i = 0; i < features.size() && i < kFeaturesMost; ++i) add(features[i]);
  if (features.size() > kFeaturesMost)
    rows.push_back({"  … and " + std::to_string(features.size() - kFeaturesMost) + " more: --json"});
  return rows;
}

// A rate, and what it was in training.
Rows field_rows(const Json& window) {
  constexpr const char* kRates[] = {"missing", "filled", "unknown", "out_of_range", "refused"};
  Rows rows = {{"  name"}};
  for (const char* rate : kRates) rows[0].push_back(words(rate));
  rows[0].emplace_back("");
  for (const auto& field : window.at("fields")) {
    rows.push_back({"  " + plain(field, "name")});
    for (const char* rate : kRates) {
      const Json& one = field.at(rate);
      rows.back().push_back(rounded(one.at("rate"), 4) +
                            (one.at("expected").is_null() ? "" : " (" + rounded(one["expected"], 4) + ")"));
    }
    rows.back().push_back(words(plain(field, "verdict")));
  }
  return rows;
}

std::string drift_text(const Json& drift) {
  const bool has_baseline = !drift.at("baseline_rows").is_null();
  std::string text = plain(drift, "version") +
                     (has_baseline ? " against the " + plain(drift, "baseline_rows") + " rows of its training sample"
                                   : " has no baseline.json: rates alone, and nothing is judged") +
                     "\n\n";
  Rows rows = {{"window", "rows", "refused", "verdict"}};
  const Json* telling = nullptr;
  for (const auto& window : drift.at("windows")) {
    rows.push_back({plain(window, "window"), plain(window, "rows"), plain(window, "refused"), words(plain(window, "verdict"))});
    if (window.at("window") == drift.at("telling_window")) telling = &window;
  }
  text += columns(rows);
  if (telling == nullptr) return text;
  if (has_baseline) text += "\nscore and features over " + plain(*telling, "window") + "\n" + columns(histogram_rows(*telling));
  return text + "\nfields over " + plain(*telling, "window") + ", shares of the rows" + (has_baseline ? " (in training)" : "") +
         "\n" + columns(field_rows(*telling));
}

int show(const Globals& globals, const std::string& target, std::string (*as_text)(const Json&)) {
  const auto document = get(globals, target);
  if (!document) return report(globals, document.error());
  if (globals.json) {
    print_line(*document);
    return 0;
  }
  try {
    print(as_text(*document));
  } catch (const nlohmann::json::exception& error) {  // an engine of another release
    return report(
        globals, trouble(ExitStatus::kFailed, std::string("the engine's answer has another form than expected: ") + error.what() +
                                                  "; next: use the ringside that came with the engine, or --json"));
  }
  return 0;
}

}  // namespace

int show_status(const Globals& globals) { return show(globals, "/status", status_text); }
int show_versions(const Globals& globals) { return show(globals, "/model/versions", versions_text); }
int show_history(const Globals& globals, unsigned limit) {
  return show(globals, "/model/history?limit=" + std::to_string(limit), history_text);
}
int show_schema(const Globals& globals, const std::string& version) {
  return show(globals, version.empty() ? "/schema" : "/schema?version=" + url_text(version), schema_text);
}

int show_metrics(const Globals& globals, const std::string& names) {
  const auto text = get_text(globals, "/metrics?names=" + names);
  if (!text) return report(globals, text.error());
  if (globals.json) {
    print_line({{"exposition", *text}});
  } else {
    print(*text);
  }
  return 0;
}

int show_comparison(const Globals& globals, const std::string& first, const std::string& second) {
  return show(globals, "/model/compare?versions=" + url_text(first) + "," + url_text(second), comparison_text);
}

int show_shadow(const Globals& globals) { return show(globals, "/shadow", shadow_text); }

int show_drift(const Globals& globals, const std::string& version) {
  return show(globals, version.empty() ? "/drift" : "/drift?version=" + url_text(version), drift_text);
}

}  // namespace ringside::cli
