#include "engine/admin/shadow_document.h"

#include <cmath>

#include "engine/shadow/report.h"

namespace ringside::engine {
namespace {

Json finite_or_null(double number) { return std::isfinite(number) ? Json(number) : Json(nullptr); }

std::string_view name_of(ShadowInput input) {
  constexpr std::string_view kNames[] = {"features", "fields", "request"};
  return kNames[static_cast<std::size_t>(input)];
}

// All cells, with rows or without, so that two reports can be laid beside each other.
Json decades_document(const DifferenceTotals& totals) {
  Json list = Json::array();
  const auto add = [&](Json below, std::size_t cell) {
    list.push_back({{"below", std::move(below)}, {"rows", totals.decades[cell]}});
  };
  for (std::size_t i = 0; i < kDecades; ++i) add(std::pow(10.0, kFirstDecade + static_cast<int>(i)), i + 1);
  add(nullptr, kDecades + 1);
  return list;
}

Json counts_document(const DifferenceTotals& totals) {
  return {{"compared", totals.compared}, {"waiting", totals.waiting()}, {"shed", totals.shed}, {"refused", totals.refused}};
}

Json differences_document(const ShadowReport& report) {
  const DifferenceTotals& totals = report.totals;
  Json flips = Json::array(), psi = Json::array();
  for (const ShadowReport::Flip& flip : report.flips)
    flips.push_back({{"from", flip.from}, {"to", flip.to}, {"rows", flip.rows}});
  for (const ShadowReport::ScorePsi& one : report.psi) psi.push_back({{"psi", one.psi}, {"noise", one.noise}});
  return {{"equal_margins", totals.equal_margins},
          {"equal_values", totals.equal_values},
          {"mean_difference", finite_or_null(report.mean_difference)},
          {"max_difference", finite_or_null(totals.max_difference)},
          {"no_difference", totals.decades[0]},
          {"differences", decades_document(totals)},
          {"not_a_number", totals.decades[kDecadeCells - 1]},
          {"label_flips", totals.flips},
          {"flips", std::move(flips)},
          {"psi", std::move(psi)}};
}

}  // namespace

Json shadow_document(const Roles& roles, const std::string& task) {
  const auto& shadow = roles.assigned.shadow;
  Json document = {{"task", task},
                   {"current", roles.current.empty() ? Json(nullptr) : Json(roles.current)},
                   {"shadow", shadow ? Json(shadow->version) : Json(nullptr)},
                   {"percent", shadow ? Json(shadow->percent()) : Json(nullptr)},
                   {"reason", roles.no_comparison.empty() ? Json(nullptr) : Json(roles.no_comparison)},
                   {"comparison", nullptr}};
  if (!roles.comparison) return document;
  const ShadowReport report = shadow_report(*roles.comparison);
  Json comparison = {{"since", rfc3339(report.begun)}, {"input", name_of(report.input)}};
  comparison.update(counts_document(report.totals));
  comparison.update(differences_document(report));
  document["comparison"] = std::move(comparison);
  return document;
}

Json shadow_summary(const Roles& roles) {
  if (!roles.comparison) return nullptr;
  const ShadowReport report = shadow_report(*roles.comparison);
  Json summary = counts_document(report.totals);
  summary["equal_margins"] = report.totals.equal_margins;
  summary["mean_difference"] = finite_or_null(report.mean_difference);
  summary["max_difference"] = finite_or_null(report.totals.max_difference);
  summary["label_flips"] = report.totals.flips;
  return summary;
}

}  // namespace ringside::engine
