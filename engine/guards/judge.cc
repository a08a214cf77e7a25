#include "engine/guards/judge.h"

#include <cmath>
#include <cstdio>
#include <numeric>

#include "engine/drift/psi.h"

namespace ringside::engine {
namespace {

constexpr double kStandardErrors = 4.0;
constexpr std::uint64_t kBadCallsMin = 5;
constexpr std::uint64_t kScoreBins = 10;

std::uint64_t total(std::span<const std::uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

template <class... Values>
std::string text(const char* format, Values... values) {
  std::array<char, 256> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

const char* beside(Pairing pairing) { return pairing == Pairing::kSameWindow ? "beside it" : "before it"; }

double error_rate(const ArmCounts& of) { return of.calls() == 0 ? 0.0 : of.bad_shares() / static_cast<double>(of.calls()); }

// As if one more call had been good and one bad. The variance is that of calls that are wholly bad or good: the largest there can be.
struct Rate {
  double rate, variance;
};
Rate careful_rate(const ArmCounts& of) {
  const double calls = static_cast<double>(of.calls()) + 2.0, rate = (of.bad_shares() + 1.0) / calls;
  return {rate, rate * (1.0 - rate) / calls};
}

void judge_errors(const ArmCounts& judged, const ArmCounts& other, double limit, Pairing pairing, Judgement& judgement) {
  judgement.error_rate = Figures{error_rate(judged), error_rate(other)};
  if (judged.bad_calls() < kBadCallsMin) return;
  const Rate ours = careful_rate(judged), theirs = careful_rate(other);
  if (ours.rate - theirs.rate - kStandardErrors * std::sqrt(ours.variance + theirs.variance) <= limit) return;
  judgement.reason =
      text("error rate %.3g %% in %llu calls, %.3g %% in %llu %s: more than %.3g %% above it", 100 * judgement.error_rate->judged,
           static_cast<unsigned long long>(judged.calls()), 100 * judgement.error_rate->other,
           static_cast<unsigned long long>(other.calls()), beside(pairing), 100 * limit);
}

// The bucket of the value of a rank, from 1.
std::uint32_t bucket_of_rank(std::span<const std::uint64_t> latency, double rank) {
  double seen = 0;
  for (std::uint32_t bucket = 0; bucket < latency.size(); ++bucket) {
    seen += static_cast<double>(latency[bucket]);
    if (seen >= rank) return bucket;
  }
  return static_cast<std::uint32_t>(latency.size()) - 1;
}

struct Quantile {
  double low_ns, ns;              // at the least, nearest rank
  std::optional<double> high_ns;  // at the most; none: too few calls to say
};
Quantile quantile(std::span<const std::uint64_t> latency, double share) {
  const auto calls = static_cast<double>(total(latency));
  const double rank = calls * share, off = kStandardErrors * std::sqrt(calls * share * (1.0 - share));
  const auto ns = [&](double at) {
    return static_cast<double>(LatencyHistogram::lower_bound_ns(bucket_of_rank(latency, std::max(std::floor(at), 1.0))));
  };
  Quantile found{.low_ns = ns(rank - off), .ns = ns(std::ceil(rank)), .high_ns = {}};
  if (rank + off <= calls) {
    const std::uint32_t bucket = bucket_of_rank(latency, std::ceil(rank + off));
    found.high_ns = static_cast<double>(LatencyHistogram::lower_bound_ns(bucket + 1));
  }
  return found;
}

bool is_slower(const Quantile& judged, const Quantile& other, double ratio) {
  return other.high_ns && judged.low_ns > ratio * *other.high_ns;
}

void judge_latency(const ArmCounts& judged, const ArmCounts& other, const GuardSettings& settings, Pairing pairing,
                   Judgement& judgement) {
  if (total(judged.latency()) == 0 || total(other.latency()) == 0) return;
  const double share = settings.latency_percentile / 100.0;
  const Quantile ours = quantile(judged.latency(), share), theirs = quantile(other.latency(), share);
  if (!theirs.high_ns) return;
  judgement.latency_us = Figures{ours.ns / 1'000, theirs.ns / 1'000};
  if (judgement.broken() || !is_slower(ours, theirs, settings.latency_ratio)) return;
  if (pairing == Pairing::kBefore &&
      !is_slower(quantile(judged.latency(), 0.5), quantile(other.latency(), 0.5), settings.latency_ratio)) {
    return;
  }
  judgement.reason =
      text("p%u latency %.3g us in %llu calls, %.3g us in %llu %s: more than %.3g times as long", settings.latency_percentile,
           judgement.latency_us->judged, static_cast<unsigned long long>(total(judged.latency())), judgement.latency_us->other,
           static_cast<unsigned long long>(total(other.latency())), beside(pairing), settings.latency_ratio);
}

// Neighbouring bins together, until each has about a tenth of both versions' margins: PSI needs few and filled bins.
struct Binned {
  std::vector<std::uint64_t> judged, other;
};
Binned bins_of_pool(std::span<const std::uint64_t> judged, std::span<const std::uint64_t> other) {
  Binned bins{{0}, {0}};
  const double a_bin = 1.0 / static_cast<double>(kScoreBins);
  const auto all_judged = static_cast<double>(total(judged)), all_other = static_cast<double>(total(other));
  double filled = 0;
  for (std::size_t bin = 0; bin < judged.size(); ++bin) {
    if (judged[bin] + other[bin] == 0) continue;
    // A version weighs as much as the other, however many it has.
    const double share = (static_cast<double>(judged[bin]) / all_judged + static_cast<double>(other[bin]) / all_other) / 2;
    if (filled > 0 && filled + share / 2 > a_bin) {
      bins.judged.push_back(0);
      bins.other.push_back(0);
      filled = 0;
    }
    bins.judged.back() += judged[bin];
    bins.other.back() += other[bin];
    filled += share;
  }
  return bins;
}

void judge_scores(const ArmCounts& judged, const ArmCounts& other, double limit, Pairing pairing, Judgement& judgement) {
  const auto margins = static_cast<double>(total(judged.margins())), theirs = static_cast<double>(total(other.margins()));
  if (margins == 0 || theirs == 0) return;
  const Binned bins = bins_of_pool(judged.margins(), other.margins());
  const double index = psi(bins.judged, bins.other);
  judgement.score_psi = index;
  // noise() takes each count for an observation of its own; here a call is one.
  const double a_call =
      std::max({1.0, margins / static_cast<double>(judged.calls()), theirs / static_cast<double>(other.calls())});
  if (judgement.broken() || index - a_call * noise(bins.judged, bins.other) <= limit) return;
  judgement.reason = text("scores have moved: PSI %.3g between %llu calls and %llu %s, more than %.3g", index,
                          static_cast<unsigned long long>(judged.calls()), static_cast<unsigned long long>(other.calls()),
                          beside(pairing), limit);
}

}  // namespace

std::uint64_t ArmCounts::all_rows() const noexcept { return total(rows()); }

Judgement judge(const ArmCounts& judged, const ArmCounts& other, const GuardSettings& settings, Pairing pairing) {
  Judgement judgement{.judged_rows = judged.all_rows(),
                      .other_rows = other.all_rows(),
                      .error_rate = {},
                      .latency_us = {},
                      .score_psi = {},
                      .reason = {}};
  if (judgement.judged_rows < std::max<std::uint64_t>(settings.min_rows, 1)) return judgement;
  if (judgement.other_rows < std::max<std::uint64_t>(settings.min_rows, 1)) return judgement;
  if (settings.error_rate > 0) judge_errors(judged, other, settings.error_rate, pairing, judgement);
  if (settings.latency_ratio > 0) judge_latency(judged, other, settings, pairing, judgement);
  if (settings.score_drift > 0) judge_scores(judged, other, settings.score_drift, pairing, judgement);
  return judgement;
}

}  // namespace ringside::engine
