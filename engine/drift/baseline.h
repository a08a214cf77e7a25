// What training saw: the counts of baseline.json, which serving is held against.
//
//   feature age   edges 18 25 … 90.00001      bin 0: x < 18     bin 1: 18 <= x < 25     …     last: beyond what training saw
//                 counts 0 812 … 0            missing: NaN, and a value that is not finite
//   field income  of all rows: 412 missing, 412 filled, 0 unknown, 0 out of range, 3 refused for it
//
// Thread safety: a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::engine {

// Sixteen bins: a row of edges is one cache line of float32, compared at once, and the noise of PSI grows with the bins (psi.h).
inline constexpr std::size_t kBinsMax = 16;
inline constexpr std::size_t kEdgesMax = kBinsMax - 1;

struct Histogram {
  std::string name;
  std::vector<double> edges;          // rising, at most kEdgesMax; bin i holds edges[i - 1] <= x < edges[i]
  std::vector<std::uint64_t> counts;  // one more than edges
  std::uint64_t missing = 0;
};

// What can be odd about a field of a row. Of a refused row only the fields count that it was refused for.
enum class FieldCount : std::uint8_t {
  kMissing,     // null, NaN, absent; what came of it is the schema's business
  kFilled,      // missing and filled
  kUnknown,     // a text that no encoder knows
  kOutOfRange,  // beyond min, max or allowed, whether clamped, flagged or refused
  kRefused,     // the row was refused for this field, for whatever reason
};
inline constexpr std::size_t kFieldCounts = 5;
using FieldCounts = std::array<std::uint64_t, kFieldCounts>;  // by FieldCount

struct Baseline {
  std::uint64_t rows = 0;                // all of the sample, refused ones too: what the fields' counts are of
  std::uint64_t scored = 0;              // what the histograms count
  std::vector<Histogram> features = {};  // in the plan's order
  std::vector<Histogram> scores = {};    // one a value of the model
  std::vector<FieldCounts> fields = {};  // in the schema's order
};

}  // namespace ringside::engine
