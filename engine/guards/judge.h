// Does a version do worse than the one beside it? Two sets of counts to a verdict, with the reason in words and figures.
//
//   Judgement judged = judge(canary_counts, current_counts, settings, Pairing::kSameWindow);
//   if (judged.broken()) …  judged.reason: "error rate 31.2 % of 500 rows, 0.1 % of 9500 beside it: more than 1 % above it"
//
// Nothing is judged below min_rows of either version, and no limit is broken by its figure alone: the limit must lie outside what chance leaves
// open, because a guard looks five times a second for hours. A call is one observation (counters/arm_counters.h). The margins:
//
//   error rate   the mean share of a call's rows without a score: difference − 4 standard errors > limit, and 5 bad calls at least. Rates and errors after Agresti and Caffo (Simple and
//                effective confidence intervals, The American Statistician 54, 2000): none is zero for want of rows.
//   latency      the lower end of the judged percentile / the upper end of the other's > limit. Ends are order statistics 4 standard
//                errors off (ranks n·q ± 4·√(n·q·(1 − q))), so the other version needs 304 calls for p95, 1,584 for p99.
//   scores       PSI − the 99.9th percentile of its chance part (drift/psi.h) > limit, over ten bins of the two versions' pooled margins.
//
// 4 standard errors are a chance of 1 in 30,000 for one look at a version that is just at the limit. For one that is like the other the limit
// itself comes on top; judge_test.cc counts false alarms over seeded windows of such.
//
// Thread safety: pure functions over values. Cost: some microseconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/counters/arm_counters.h"
#include "engine/guards/settings.h"

namespace ringside::engine {

// Counts of one arm over a window, by ArmLayout. Empty: none.
struct ArmCounts {
  std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(ArmLayout::kSize);

  [[nodiscard]] std::uint64_t calls() const noexcept { return counts[ArmLayout::kCalls]; }
  [[nodiscard]] std::uint64_t bad_calls() const noexcept { return counts[ArmLayout::kBadCalls]; }
  [[nodiscard]] std::span<const std::uint64_t> rows() const noexcept { return part(ArmLayout::kRows, wire::kStatusCount); }
  [[nodiscard]] std::span<const std::uint64_t> latency() const noexcept {
    return part(ArmLayout::kLatency, LatencyHistogram::kBuckets);
  }
  [[nodiscard]] std::span<const std::uint64_t> margins() const noexcept { return part(ArmLayout::kMargins, MarginBins::kCount); }
  [[nodiscard]] std::uint64_t all_rows() const noexcept;
  [[nodiscard]] double bad_shares() const noexcept {
    return static_cast<double>(counts[ArmLayout::kBadShares]) / ArmLayout::kWhole;
  }

 private:
  [[nodiscard]] std::span<const std::uint64_t> part(std::size_t at, std::size_t size) const noexcept {
    return std::span(counts).subspan(at, size);
  }
};

enum class Pairing : std::uint8_t {
  kSameWindow,  // the same minutes: what befalls the machine befalls both
  // The other version's last window. Latency is then too high only where the median is, too: a neighbour's load moves the tail, a slower
  // model moves both.
  kBefore,
};

// A measure of both versions; both in the unit of the measure.
struct Figures {
  double judged = 0, other = 0;
  bool operator==(const Figures&) const = default;
};

struct Judgement {
  std::uint64_t judged_rows = 0, other_rows = 0;
  // None: not asked for, or not enough to say.
  std::optional<Figures> error_rate;  // mean share of a call's rows
  std::optional<Figures> latency_us;  // at the settings' percentile
  std::optional<double> score_psi;
  std::string reason;  // of the first limit that is broken; empty: none is

  [[nodiscard]] bool broken() const noexcept { return !reason.empty(); }
};

[[nodiscard]] Judgement judge(const ArmCounts& judged, const ArmCounts& other, const GuardSettings& settings, Pairing pairing);

}  // namespace ringside::engine
