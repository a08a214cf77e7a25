// golden.jsonl: raw rows with everything that training computed from them. A bundle serves only after its golden rows have come
// out of the code that serves, in every bit.
//
//   {"kind":"score","row":{…},"features":["41d80000",…],"margin":["bfcfdc8c"],"values":["3e289c0a"],"label":0,
//    "filled":["home"],"unknown":[],"walk":"5d0c…"}
//   {"kind":"reject","row":{…},"errors":[{"field":"age","code":"TYPE_MISMATCH"}]}
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/document.h"
#include "engine/bundle/float_block.h"
#include "engine/bundle/problem.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

inline constexpr const char* kGoldenFile = "golden.jsonl";
inline constexpr std::size_t kGoldenProblemsMax = 20;

struct GoldenError {
  std::string field;
  wire::FieldCode code = wire::FieldCode::kNone;
  bool operator==(const GoldenError&) const = default;
};

struct GoldenRow {
  std::uint64_t line = 0;  // from 1
  bool scored = false;
  DocumentNode row;  // a map, as the caller sent it
  // Of a scored row. Floats as their bits; NaN is 7fc00000 or 7ff8000000000000.
  std::vector<std::uint64_t> features, margin, values;
  std::optional<ClassLabel> label;
  std::vector<std::string> filled, unknown;
  std::vector<std::string> clamped;  // optional in the file
  std::string walk;                  // golden_walk.h; empty where the file does not say it
  // Of a refused row.
  std::vector<GoldenError> errors;
};

// How wide the numbers of a file are: features as preprocess.json says, margins and values as the model's library gives them.
struct GoldenWidths {
  FloatType features = FloatType::kFloat32;
  FloatType outputs = FloatType::kFloat32;
};

// A number as golden.jsonl writes it: its bits, every NaN as 7fc00000 or 7ff8000000000000.
[[nodiscard]] std::uint64_t golden_bits(const FloatBlock& numbers, std::size_t index) noexcept;
[[nodiscard]] std::string golden_hex(std::uint64_t bits, FloatType type);  // 8 or 16 digits

// All rows; use them only if no problem was added. At least one scored row is needed: without one, nothing is proved.
[[nodiscard]] std::vector<GoldenRow> read_golden(std::string_view text, const GoldenWidths& widths, BundleProblems& problems);

// What replay computed, for a second opinion: the features of all scored rows, and what the forest made of them.
struct GoldenReplay {
  FloatBlock features;  // scored rows × plan.features()
  FloatBlock margins;   // scored rows × scorer.margins_per_row()
  FloatBlock values;    // scored rows × scorer.values_per_row()
  std::uint64_t scored = 0, refused = 0;
  std::uint64_t values_one_ulp_off = 0;  // allowed only where `one_ulp` is
  std::uint64_t features_off = 0;        // within feature_bounds
};

// What may differ from the recorded bits.
struct GoldenTolerance {
  bool one_ulp = false;  // values (not margins) by one unit in the last place, because another libm trained
  std::span<const std::uint64_t> feature_bounds =
      {};  // features by so many units in the last place: they come from inexact steps
};

// Sends every row through wire body, read_call, gather, plan and forest: alone, then in tiles of 64. Says the first
// kGoldenProblemsMax differences. Where a feature differs within its bound, the forest is given the recorded one, so that margins are
// judged by their bits all the same.
[[nodiscard]] GoldenReplay replay_golden(const Bundle& bundle, const std::vector<GoldenRow>& rows,
                                         const GoldenTolerance& tolerance, BundleProblems& problems);

}  // namespace ringside::engine
