// audit replay: score recorded rows again, by the version that answered or by another, and say what differs. Needs no engine: bundles are read and
// checked as `check` does.
//
//   same version     recorded features ──▶ forest;  where they were withheld, recorded inputs ──▶ plan ──▶ forest, if all are plain
//   another version  recorded inputs ──▶ its plan ──▶ its forest
//
// Every bit is compared. What the schema filled in is filled in again.
#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/bundle/loader.h"
#include "engine/bundle/row_scorer.h"
#include "tools/cli/audit.h"
#include "tools/cli/audit_rows.h"
#include "tools/cli/audit_source.h"
#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

constexpr std::size_t kDifferencesShown = 100;
constexpr std::uint64_t kReplayLimitDefault = 1'000;

struct LoadedBundle {
  explicit LoadedBundle(std::unique_ptr<engine::Bundle> loaded) : bundle(std::move(loaded)), row(*bundle) {}
  std::unique_ptr<engine::Bundle> bundle;
  engine::RowScorer row;
};

// null: NaN; texts: infinities, as records write them.
double number_of(const Json& value) {
  if (value.is_null()) return std::nan("");
  if (value.is_string()) return value == "-Infinity" ? -HUGE_VAL : HUGE_VAL;
  return value.get<double>();
}

double taken(const engine::FloatBlock& from, std::size_t index) {
  if (from.type() == engine::FloatType::kFloat64) return from.as<double>()[index];
  return from.as<float>()[index];
}

// Bit by bit, but that NaN is NaN.
bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

bool same_numbers(const Json& recorded, const engine::FloatBlock& found, std::size_t count) {
  if (recorded.size() != count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    double value = number_of(recorded[i]);
    if (found.type() == engine::FloatType::kFloat32) value = static_cast<float>(value);
    if (!same(value, taken(found, i))) return false;
  }
  return true;
}

Json numbers(const engine::FloatBlock& found, std::size_t count) {
  Json list = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    const double value = taken(found, i);
    list.push_back(std::isnan(value) ? Json(nullptr) : Json(value));
  }
  return list;
}

class Replay {
 public:
  explicit Replay(const AuditOptions& options) : options_(options) {}

  void score(const Json& record) {
    ++records_;
    const Json& answered = record.at("model_version");
    if (record.at("status") != "success") return cannot("it was not scored");
    if (answered.is_null()) return cannot("its version is not known");
    const auto version = answered.get<std::string>();
    const bool is_same = options_.with.empty() || options_.with == version;
    LoadedBundle* const loaded = load(is_same ? version : options_.with);
    if (loaded == nullptr)
      return cannot("the bundle of " + (is_same ? version : options_.with) + " is not in " + options_.models);
    const Json& manifest = record.at("model_manifest");
    if (is_same && !manifest.is_null() && manifest != loaded->bundle->facts.manifest_sha256)
      return cannot("the bundle of " + version + " in " + options_.models + " has another content");
    if (record.value("outputs_withheld", false)) return cannot("its score was withheld");
    if (is_same && record.value("features_sealed", false)) return cannot(still_encrypted(record));
    if (const auto problem =
            is_same && !record.at("features").is_null() ? from_features(*loaded, record) : from_inputs(*loaded, record);
        problem)
      return cannot(*problem);
    compare(*loaded, record, is_same ? version : options_.with);
  }

  [[nodiscard]] bool differs() const noexcept { return different_ != 0; }

  [[nodiscard]] Json document() const {
    return {{"records", records_},
            {"equal", equal_},
            {"different", different_},
            {"not_replayable", cannot_},
            {"differences", differences_}};
  }

 private:
  void cannot(const std::string& reason) { cannot_[reason] = cannot_.value(reason, 0) + 1; }

  LoadedBundle* load(const std::string& version) {
    const auto known = bundles_.find(version);
    if (known != bundles_.end()) return known->second.get();
    std::unique_ptr<LoadedBundle> made;
    if (version.find('/') == std::string::npos && !version.starts_with('.')) {
      auto bundle =
          engine::load_bundle(options_.models + "/" + version, {.expected_task = "", .signature = {}, .trusted_keys = {}});
      if (bundle) made = std::make_unique<LoadedBundle>(std::move(*bundle));
    }
    return bundles_.emplace(version, std::move(made)).first->second.get();
  }

  static std::optional<std::string> from_features(LoadedBundle& loaded, const Json& record) {
    std::vector<double> features;
    for (const auto& feature : record.at("features")) features.push_back(number_of(feature));
    return loaded.row.score_features(features);
  }

  static std::string still_encrypted(const Json& record) {
    const std::string state = record.at("encryption").at("state");
    if (state == "not_asked") return "it is encrypted; next: --decrypt";
    return state == "no_key" ? "it is encrypted, and its key is not there" : "its encrypted part was altered";
  }

  static std::optional<std::string> from_inputs(LoadedBundle& loaded, const Json& record) {
    Json inputs = record.at("input_features");
    for (const auto& [name, value] : inputs.items()) {
      if (value.is_object()) return value.contains("sealed") ? still_encrypted(record) : "inputs were withheld";
    }
    if (inputs.size() != record.at("input_size").get<std::size_t>()) return "the names of its inputs are not known";
    for (const auto& name : record.at("filled")) inputs.erase(name.get<std::string>());
    auto row = engine::parse_json(json_text(inputs));
    if (!row) return "its inputs cannot be read";
    return loaded.row.score_inputs(std::move(*row));
  }

  void compare(const LoadedBundle& loaded, const Json& record, const std::string& version) {
    const engine::Bundle& bundle = *loaded.bundle;
    const std::size_t margins = bundle.scorer.margins_per_row(), values = bundle.scorer.values_per_row();
    const std::int32_t index = loaded.row.label_index();
    Json label = nullptr;
    if (index >= 0) {
      const engine::ClassLabel& named = bundle.classes[static_cast<std::size_t>(index)];
      const auto* number = std::get_if<std::int64_t>(&named);
      label = number != nullptr ? Json(*number) : Json(std::get<std::string>(named));
    }
    const bool equal = same_numbers(record.at("margins"), loaded.row.margins(), margins) &&
                       same_numbers(record.at("values"), loaded.row.values(), values) &&
                       (index < 0 || record.at("prediction") == label);
    if (equal) {
      ++equal_;
      return;
    }
    ++different_;
    if (differences_.size() >= kDifferencesShown) return;
    differences_.push_back({{"timestamp", record.at("timestamp")},
                            {"request_id", record.at("request_id")},
                            {"cursor", record.at("cursor")},
                            {"recorded",
                             {{"version", record.at("model_version")},
                              {"prediction", record.at("prediction")},
                              {"values", record.at("values")},
                              {"margins", record.at("margins")}}},
                            {"replayed",
                             {{"version", version},
                              {"prediction", index < 0 ? Json(nullptr) : label},
                              {"values", numbers(loaded.row.values(), values)},
                              {"margins", numbers(loaded.row.margins(), margins)}}}});
  }

  const AuditOptions& options_;
  std::map<std::string, std::unique_ptr<LoadedBundle>> bundles_;
  std::uint64_t records_ = 0, equal_ = 0, different_ = 0;
  Json cannot_ = Json::object(), differences_ = Json::array();
};

void print_text(const Json& said) {
  std::printf("%llu records: %llu equal in every bit, %llu different\n", said.at("records").get<unsigned long long>(),
              said.at("equal").get<unsigned long long>(), said.at("different").get<unsigned long long>());
  for (const auto& [reason, count] : said.at("not_replayable").items())
    std::printf("%llu not_replayable: %s\n", count.get<unsigned long long>(), reason.c_str());
  std::vector<std::vector<std::string>> table{{"time", "request id", "recorded by", "values", "replayed by", "values"}};
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "-" : value.dump();
  };
  for (const auto& one : said.at("differences")) {
    const Json &recorded = one.at("recorded"), &replayed = one.at("replayed");
    table.push_back({text(one.at("timestamp")), text(one.at("request_id")), text(recorded.at("version")),
                     text(recorded.at("values")), text(replayed.at("version")), text(replayed.at("values"))});
  }
  if (table.size() > 1) std::fputs(columns(table).c_str(), stdout);
}

}  // namespace

int audit_replay(const Globals& globals, const AuditOptions& options) {
  auto source = AuditSource::of(globals, options);
  if (!source) return report(globals, source.error());
  Replay replay(options);
  const auto more = each_record(*source, options.parameters(), options.cursor, options.limit == 0 ? kReplayLimitDefault : options.limit,
                                [&](const Json& record) {
                                  replay.score(record);
                                  return true;
                                });
  if (!more) return report(globals, more.error());
  const Json said = replay.document();
  globals.json ? print_line(said) : print_text(said);
  if (!more->empty()) std::fprintf(stderr, "there is more; next: --cursor %s\n", more->c_str());
  // Another version may well differ: that is what it was asked for.
  return replay.differs() && options.with.empty() ? static_cast<int>(ExitStatus::kCheckFailed) : 0;
}

}  // namespace ringside::cli
