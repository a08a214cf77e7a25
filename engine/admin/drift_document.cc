#include "engine/admin/drift_document.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kWorstOnStatus = 3;

Json histograms_document(const std::vector<HistogramDrift>& drifts) {
  Json list = Json::array();
  for (const HistogramDrift& drift : drifts) {
    list.push_back({{"name", drift.name},
                    {"psi", drift.psi},
                    {"noise", drift.noise},
                    {"missing", drift.missing},
                    {"expected_missing", drift.expected_missing},
                    {"verdict", name(drift.verdict)}});
  }
  return list;
}

Json fields_document(const std::vector<FieldDrift>& drifts, bool has_baseline) {
  Json list = Json::array();
  for (const FieldDrift& drift : drifts) {
    Json field = {{"name", drift.name}};
    for (std::size_t i = 0; i < kFieldCounts; ++i) {
      field[std::string(name(static_cast<FieldCount>(i)))] = {
          {"rate", drift.rates[i]},
          {"expected", has_baseline ? Json(drift.expected[i]) : Json(nullptr)},
          {"verdict", name(drift.verdicts[i])}};
    }
    field["verdict"] = name(drift.verdict);
    list.push_back(std::move(field));
  }
  return list;
}

}  // namespace

Json drift_document(const DriftReport& report, const std::string& task) {
  Json windows = Json::array();
  for (const WindowDrift& window : report.windows) {
    windows.push_back({{"window", window.name},
                       {"over_s", window.over_s},
                       {"rows", window.rows},
                       {"refused", window.refused},
                       {"verdict", name(window.verdict)},
                       {"scores", histograms_document(window.scores)},
                       {"features", histograms_document(window.features)},
                       {"fields", fields_document(window.fields, report.has_baseline)}});
  }
  return {{"task", task},
          {"version", report.version},
          {"baseline_rows", report.has_baseline ? Json(report.baseline_rows) : Json(nullptr)},
          {"rows_to_judge", kRowsToJudge},
          {"telling_window", telling_window(report).name},
          {"windows", std::move(windows)}};
}

Json drift_summary(const DriftReport& report) {
  const WindowDrift& window = telling_window(report);
  Json list = Json::array();
  for (const DriftOffender& offender : worst(window, kWorstOnStatus)) {
    Json one = {{"kind", offender.kind}, {"name", offender.name}, {"what", offender.what}, {"value", offender.value}};
    if (offender.kind == "field") one["expected"] = offender.expected;
    one["verdict"] = name(offender.verdict);
    list.push_back(std::move(one));
  }
  return {{"version", report.version},
          {"window", window.name},
          {"rows", window.rows},
          {"verdict", name(window.verdict)},
          {"worst", std::move(list)}};
}

}  // namespace ringside::engine
