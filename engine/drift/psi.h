// How far two sets of counts over the same bins are apart: the population stability index, and how much of it is chance.
//
//   PSI = Σ over the bins (a − e) · ln(a / e)          a, e: the bin's share of the rows served, of the rows of training
//
// It is Jeffreys' divergence of the two, symmetric, 0 where they are equal (N. Siddiqi, Credit Risk Scorecards, 2006, gives the bands below).
// A share is (count + 1/2) / (rows + bins / 2), Jeffreys' prior: an empty bin gives a finite term, which fades as rows come, and no share
// depends on an arbitrary epsilon. Where training and serving are alike, PSI is about χ²(bins − 1) · (1 / rows served + 1 / rows of training)
// (B. Yurdakul, J. Naranjo, Statistical properties of the population stability index, Journal of Risk Model Validation 14, 2020): noise() is its
// 99.9th percentile, and a PSI below that says nothing.
//
// Thread safety: pure functions. Cost: one logarithm a bin.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ringside::engine {

// 0 where either side has no rows. REQUIRES: as many of both.
[[nodiscard]] double psi(std::span<const std::uint64_t> served, std::span<const std::uint64_t> training);

[[nodiscard]] double noise(std::span<const std::uint64_t> served, std::span<const std::uint64_t> training);

// What is said of a number, the worse the later.
enum class DriftVerdict : std::uint8_t {
  kNotJudged,   // of a field that no step reads (role: meta): what callers leave out of it moves no score
  kNoBaseline,  // the bundle has none
  kTooFewRows,  // fewer than kRowsToJudge served in the window
  kStable,
  kModerate,
  kMajor,
};
[[nodiscard]] std::string_view name(DriftVerdict verdict) noexcept;

// The bands are a convention of credit scoring and no statistics; noise is what keeps few rows from crossing them by chance.
inline constexpr double kPsiModerate = 0.1, kPsiMajor = 0.25;
inline constexpr std::uint64_t kRowsToJudge = 1'000;

[[nodiscard]] DriftVerdict judge_psi(double psi, double noise, std::uint64_t rows) noexcept;

// A rate, such as missing values of a field: moderate from half a percent of the rows off, and more than four standard errors.
inline constexpr double kRateModerate = 0.005, kRateMajor = 0.05;

struct Share {
  std::uint64_t count = 0, rows = 0;
  [[nodiscard]] double rate() const noexcept { return rows == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(rows); }
};
[[nodiscard]] DriftVerdict judge_rate(const Share& served, const Share& training) noexcept;

}  // namespace ringside::engine
