#include "engine/shadow/report.h"

#include <algorithm>
#include <span>
#include <variant>

#include "engine/drift/psi.h"

namespace ringside::engine {
namespace {

std::string label_text(const ClassLabel& label) {
  if (const auto* number = std::get_if<std::int64_t>(&label)) return std::to_string(*number);
  return std::get<std::string>(label);
}

std::vector<ShadowReport::Flip> flips_of(const std::vector<ClassLabel>& classes, const std::vector<std::uint64_t>& matrix) {
  std::vector<ShadowReport::Flip> flips;
  if (matrix.empty()) return flips;
  for (std::size_t from = 0; from < classes.size(); ++from) {
    for (std::size_t to = 0; to < classes.size(); ++to) {
      const std::uint64_t rows = matrix[from * classes.size() + to];
      if (from != to && rows != 0) flips.push_back({label_text(classes[from]), label_text(classes[to]), rows});
    }
  }
  std::ranges::stable_sort(flips, std::ranges::greater(), &ShadowReport::Flip::rows);
  return flips;
}

}  // namespace

ShadowReport shadow_report(const ShadowComparison& comparison) {
  ShadowReport report{.current = comparison.current().version,
                      .shadow = comparison.shadow().version,
                      .input = comparison.input(),
                      .begun = comparison.begun(),
                      .totals = comparison.sum(),
                      .mean_difference = 0,
                      .flips = {},
                      .psi = {}};
  const DifferenceTotals& totals = report.totals;
  const std::uint64_t numbers = totals.compared - std::min(totals.compared, totals.decades[kDecadeCells - 1]);
  if (numbers != 0) report.mean_difference = totals.sum_difference / static_cast<double>(numbers);
  report.flips = flips_of(comparison.current().classes, totals.flip_matrix);
  const auto& edges = comparison.shape().score_edges;
  for (std::size_t value = 0; value < edges.size(); ++value) {
    const std::size_t bins = edges[value].size() + 1;
    const std::span<const std::uint64_t> shadow(&totals.shadow_scores[value * kBinsMax], bins),
        current(&totals.current_scores[value * kBinsMax], bins);
    report.psi.push_back({.psi = psi(shadow, current), .noise = noise(shadow, current)});
  }
  return report;
}

}  // namespace ringside::engine
