// What one worker counts of the calls that one arm of one version answered: what guards compare versions by.
//
//   worker   arm.add_call(statuses of its rows, total_ns); arm.add_margins(first scored row);      behind the answer
//   guard    ArmSums now = zero; arm.add_to(now);                                   several times a second
//
// A call is one observation, however many rows it has: rows of one call stand and fall together, and a few large ones must not outvote the rest.
// So a call brings the share of its rows that have no score, and the margins of one row.
//
// Margins, not scores: a probability near 1 moves little where its margin moves much. Their bins are fixed, the same for every version, so two
// versions compare whatever they were trained on: zero, then 16 a power of two on either side, as latencies have (6 % a bin).
//
// Thread safety: one writer, its worker; any reader. A reader may catch a call between two counts; guards judge hundreds of calls.
// Cost: four adds a call, and one a margin of one row. Memory: 13 KiB.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/counters/counters.h"

namespace ringside::engine {

// Margins below 2^-12 are zero, those of 2^20 and more count in the last bin of their side. NaN counts as a huge one.
struct MarginBins {
  static constexpr std::uint32_t kSide = 32 << 4;  // 32 powers of two, 16 each
  static constexpr std::uint32_t kCount = 2 * kSide;

  // In the order of the numbers; zero is kSide.
  static constexpr std::uint32_t bin(float margin) noexcept {
    constexpr std::uint32_t kLeast = (127u - 12u) << 4;  // 2^-12 in the bits below, of which four are the mantissa's
    const auto bits = std::bit_cast<std::uint32_t>(margin);
    const std::uint32_t size = (bits & 0x7FFF'FFFFu) >> 19;
    const std::uint32_t above = size < kLeast ? 0 : std::min(size - kLeast + 1, kSide - 1);
    return (bits >> 31) != 0 ? kSide - above : kSide + above;
  }
};
inline constexpr std::size_t kMarginsCounted = 4;  // of a row that has more, the first

// Where each count stands in a flat list of them.
struct ArmLayout {
  static constexpr std::size_t kCalls = 0, kBadCalls = 1;  // bad: with a row that has no score
  static constexpr std::size_t kBadShares = 2;             // of the bad calls, in kWhole-ths
  static constexpr std::size_t kRows = 3;                  // by status
  static constexpr std::size_t kLatency = kRows + wire::kStatusCount;
  static constexpr std::size_t kMargins = kLatency + LatencyHistogram::kBuckets;
  static constexpr std::size_t kSize = kMargins + MarginBins::kCount;

  static constexpr std::uint32_t kWhole = 1'024;
};
using ArmSums = std::array<std::uint32_t, ArmLayout::kSize>;  // modulo 2^32: differences are right

struct alignas(wire::kPairBytes) ArmCounters {
  Counter calls, bad_calls, bad_shares;
  std::array<Counter, wire::kStatusCount> rows;
  LatencyHistogram total_ns;  // of calls that reached the forest
  std::array<Counter, MarginBins::kCount> margins;

  // Answered by the steps; timeout: rows that the deadline left without a score.
  void add_call(std::uint32_t ok, std::uint32_t invalid, std::uint32_t timeout, std::uint64_t ns) noexcept {
    add_rows(ok, wire::Status::kOk);
    if (invalid != 0) add_rows(invalid, wire::Status::kInvalid);
    if (timeout != 0) add_rows(timeout, wire::Status::kTimeout);
    calls.add(1);
    if (const std::uint32_t bad = invalid + timeout; bad != 0) {
      bad_calls.add(1);
      bad_shares.add(std::max(ArmLayout::kWhole * bad / (ok + bad), 1u));
    }
    total_ns.record(ns);
  }
  // Refused whole.
  void add_refused_call(std::uint32_t count, wire::Status status) noexcept {
    add_rows(count, status);
    calls.add(1);
    bad_calls.add(1);
    bad_shares.add(ArmLayout::kWhole);
  }
  template <class Number>
  void add_margins(const Number* of_row, std::size_t margins_per_row) noexcept {
    const std::size_t counted = std::min(margins_per_row, kMarginsCounted);
    for (std::size_t i = 0; i < counted; ++i) margins[MarginBins::bin(static_cast<float>(of_row[i]))].add(1);
  }
  void add_to(ArmSums& sums) const noexcept {
    const auto add = [&](std::size_t at, std::uint64_t count) { sums[at] += static_cast<std::uint32_t>(count); };
    add(ArmLayout::kCalls, calls.value());
    add(ArmLayout::kBadCalls, bad_calls.value());
    add(ArmLayout::kBadShares, bad_shares.value());
    for (std::size_t i = 0; i < rows.size(); ++i) add(ArmLayout::kRows + i, rows[i].value());
    for (std::uint32_t i = 0; i < LatencyHistogram::kBuckets; ++i) add(ArmLayout::kLatency + i, total_ns.count(i));
    for (std::size_t i = 0; i < margins.size(); ++i) add(ArmLayout::kMargins + i, margins[i].value());
  }

 private:
  void add_rows(std::uint32_t count, wire::Status status) noexcept { rows[static_cast<std::uint8_t>(status)].add(count); }
};

// Of a version. A canary is drawn from calls with a route key, so it is compared with such calls alone.
struct VersionArms {
  ArmCounters drawn;    // with a route key, by the arms canary and current
  ArmCounters keyless;  // by the arm current
};

}  // namespace ringside::engine
