#include "engine/drift/report.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace ringside::engine {
namespace {

using Counts = std::span<const std::uint64_t>;

HistogramDrift histogram_drift(const Histogram& training, Counts cells, std::uint64_t scored) {
  // Cells of bins that this histogram does not have are 0.
  const std::size_t bins = training.counts.size();
  std::vector<std::uint64_t> served(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(bins));
  served.push_back(cells[kBinsMax]);
  std::vector<std::uint64_t> expected = training.counts;
  expected.push_back(training.missing);
  std::uint64_t trained = 0;
  for (const std::uint64_t count : expected) trained += count;
  HistogramDrift drift{.name = training.name, .psi = psi(served, expected), .noise = noise(served, expected)};
  drift.missing = Share{served.back(), scored}.rate();
  drift.expected_missing = Share{training.missing, trained}.rate();
  drift.verdict = judge_psi(drift.psi, drift.noise, scored);
  return drift;
}

FieldDrift field_drift(const Field& field, Counts counts, std::uint64_t rows, const FieldCounts* training,
                       std::uint64_t trained) {
  FieldDrift drift{.name = field.name};
  if (field.meta) {
    drift.verdicts.fill(DriftVerdict::kNotJudged);
    drift.verdict = DriftVerdict::kNotJudged;
  }
  for (std::size_t i = 0; i < kFieldCounts; ++i) {
    const Share served{std::min<std::uint64_t>(counts[i], rows), rows};  // a count may be ahead of the rows
    drift.rates[i] = served.rate();
    if (training == nullptr) continue;
    const Share expected{(*training)[i], trained};
    drift.expected[i] = expected.rate();
    if (field.meta) continue;
    drift.verdicts[i] = judge_rate(served, expected);
    drift.verdict = std::max(drift.verdict, drift.verdicts[i]);
  }
  return drift;
}

}  // namespace

std::string_view name(FieldCount count) noexcept {
  constexpr std::string_view kNames[] = {"missing", "filled", "unknown", "out_of_range", "refused"};
  return kNames[static_cast<std::size_t>(count)];
}

WindowDrift window_drift(const DriftCounters& counters, const std::vector<std::uint64_t>& counts) {
  const DriftLayout& layout = counters.layout();
  const Baseline* baseline = counters.baseline();
  const Counts all(counts);
  const std::uint64_t scored = counts[DriftLayout::kScored];
  WindowDrift window{.refused = counts[DriftLayout::kRefused]};
  window.rows = scored + window.refused;
  if (baseline != nullptr) {
    for (std::size_t i = 0; i < layout.scores; ++i)
      window.scores.push_back(histogram_drift(baseline->scores[i], all.subspan(layout.score(i), kHistogramCells), scored));
    for (std::size_t i = 0; i < layout.features; ++i)
      window.features.push_back(histogram_drift(baseline->features[i], all.subspan(layout.feature(i), kHistogramCells), scored));
  }
  for (std::size_t i = 0; i < layout.fields; ++i) {
    window.fields.push_back(field_drift(counters.schema().fields()[i], all.subspan(layout.field(i), kFieldCounts), window.rows,
                                        baseline == nullptr ? nullptr : &baseline->fields[i],
                                        baseline == nullptr ? 0 : baseline->rows));
  }
  for (const auto* histograms : {&window.scores, &window.features})
    for (const HistogramDrift& drift : *histograms) window.verdict = std::max(window.verdict, drift.verdict);
  for (const FieldDrift& drift : window.fields) window.verdict = std::max(window.verdict, drift.verdict);
  return window;
}

const WindowDrift& telling_window(const DriftReport& report) {
  const auto enough = std::ranges::find_if(report.windows, [](const WindowDrift& window) { return window.rows >= kRowsToJudge; });
  return enough == report.windows.end() ? report.windows.back() : *enough;
}

std::vector<DriftOffender> worst(const WindowDrift& window, std::size_t most) {
  std::vector<std::pair<double, DriftOffender>> ranked;
  const auto add_histograms = [&](std::string_view kind, const std::vector<HistogramDrift>& drifts) {
    for (const HistogramDrift& drift : drifts) {
      if (drift.verdict >= DriftVerdict::kModerate)
        ranked.push_back({drift.psi / kPsiMajor,
                          {.kind = kind, .name = drift.name, .what = "psi", .value = drift.psi, .verdict = drift.verdict}});
    }
  };
  add_histograms("score", window.scores);
  add_histograms("feature", window.features);
  for (const FieldDrift& drift : window.fields) {
    for (std::size_t i = 0; i < kFieldCounts; ++i) {
      if (drift.verdicts[i] < DriftVerdict::kModerate) continue;
      ranked.push_back({std::abs(drift.rates[i] - drift.expected[i]) / kRateMajor,
                        {.kind = "field",
                         .name = drift.name,
                         .what = name(static_cast<FieldCount>(i)),
                         .value = drift.rates[i],
                         .expected = drift.expected[i],
                         .verdict = drift.verdicts[i]}});
    }
  }
  std::ranges::stable_sort(ranked, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<DriftOffender> offenders;
  for (auto& [rank, offender] : ranked) {
    if (offenders.size() < most) offenders.push_back(std::move(offender));
  }
  return offenders;
}

}  // namespace ringside::engine
