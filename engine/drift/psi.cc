#include "engine/drift/psi.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ringside::engine {
namespace {

double total(std::span<const std::uint64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
}

}  // namespace

double psi(std::span<const std::uint64_t> served, std::span<const std::uint64_t> training) {
  const double a_rows = total(served), e_rows = total(training);
  if (a_rows == 0 || e_rows == 0) return 0.0;
  const double half_a_row_each = 0.5 * static_cast<double>(training.size());
  double sum = 0.0;
  for (std::size_t bin = 0; bin < training.size(); ++bin) {
    const double a = (static_cast<double>(served[bin]) + 0.5) / (a_rows + half_a_row_each);
    const double e = (static_cast<double>(training[bin]) + 0.5) / (e_rows + half_a_row_each);
    sum += (a - e) * std::log(a / e);
  }
  return sum;
}

double noise(std::span<const std::uint64_t> served, std::span<const std::uint64_t> training) {
  const double a_rows = total(served), e_rows = total(training);
  if (a_rows == 0 || e_rows == 0) return 0.0;
  const auto filled = std::ranges::count_if(training, [](std::uint64_t count) { return count != 0; });
  const auto freedom = static_cast<double>(std::max<std::ptrdiff_t>(filled - 1, 1));
  constexpr double kNormal999 = 3.0902;  // the normal distribution's 99.9th percentile
  const double step = 2.0 / (9.0 * freedom);
  const double chi_square = freedom * std::pow(1.0 - step + kNormal999 * std::sqrt(step), 3);  // Wilson and Hilferty, 1931
  return chi_square * (1.0 / a_rows + 1.0 / e_rows);
}

std::string_view name(DriftVerdict verdict) noexcept {
  constexpr std::string_view kNames[] = {"not_judged", "no_baseline", "too_few_rows", "stable", "moderate", "major"};
  return kNames[static_cast<std::size_t>(verdict)];
}

DriftVerdict judge_psi(double psi, double noise, std::uint64_t rows) noexcept {
  if (rows < kRowsToJudge) return DriftVerdict::kTooFewRows;
  if (psi <= noise || psi < kPsiModerate) return DriftVerdict::kStable;
  return psi < kPsiMajor ? DriftVerdict::kModerate : DriftVerdict::kMajor;
}

DriftVerdict judge_rate(const Share& served, const Share& training) noexcept {
  if (served.rows < kRowsToJudge) return DriftVerdict::kTooFewRows;
  const Share both{served.count + training.count, served.rows + training.rows};
  const double variance = both.rate() * (1.0 - both.rate());
  const double error = std::sqrt(variance * (1.0 / static_cast<double>(served.rows) + 1.0 / static_cast<double>(training.rows)));
  const double off = std::abs(served.rate() - training.rate());
  if (off < kRateModerate || off <= 4.0 * error) return DriftVerdict::kStable;
  return off < kRateMajor ? DriftVerdict::kModerate : DriftVerdict::kMajor;
}

}  // namespace ringside::engine
