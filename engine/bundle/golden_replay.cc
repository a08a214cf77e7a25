#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "engine/bundle/golden.h"
#include "engine/bundle/golden_call.h"
#include "engine/bundle/inexact.h"
#include "engine/bundle/workspace.h"
#include "engine/decode/gather.h"

namespace ringside::engine {
namespace {

bool one_ulp_apart(std::uint64_t a, std::uint64_t b) noexcept { return a - b == 1 || b - a == 1; }

std::string shown(const std::optional<ClassLabel>& label) {
  if (!label) return "null";
  if (const auto* number = std::get_if<std::int64_t>(&*label)) return std::to_string(*number);
  return in_quotes(std::get<std::string>(*label));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) text.append(text.size() == 1 ? "" : ", ").append(name);
  return text + "]";
}

std::string joined(const std::vector<GoldenError>& errors) {
  std::string text;
  for (const GoldenError& error : errors) {
    text.append(text.empty() ? "" : ", ").append(error.field).append(" ").append(wire::name(error.code));
  }
  return text;
}

// An unknown field's name is cut where errors are kept.
bool same_error(const GoldenError& expected, const GoldenError& found) {
  if (expected.code != found.code) return false;
  return expected.field == found.field ||
         (expected.field.size() > wire::kErrorNameBytesMax && !found.field.empty() && expected.field.starts_with(found.field));
}

class Replay {
 public:
  Replay(const Bundle& bundle, const GoldenTolerance& tolerance, BundleProblems& problems)
      : bundle_(bundle),
        one_ulp_(tolerance.one_ulp),
        bounds_(tolerance.feature_bounds),
        problems_(problems),
        call_(bundle.schema),
        work_(bundle) {}

  // `together`: rows a call, at most one tile.
  void run(std::span<const GoldenRow> rows, std::size_t together, GoldenReplay* kept) {
    kept_ = kept;
    suffix_ = together == 1 ? "" : ", in a tile of " + std::to_string(together);
    for (std::size_t first = 0; first < rows.size(); first += together)
      send(rows.subspan(first, std::min(together, rows.size() - first)));
  }

  [[nodiscard]] std::uint64_t differences() const noexcept { return differences_; }
  [[nodiscard]] std::uint64_t one_ulp_off() const noexcept { return one_ulp_off_; }
  [[nodiscard]] std::uint64_t features_off() const noexcept { return features_off_; }

 private:
  void send(std::span<const GoldenRow> rows) {
    if (call_.send(rows) != CallShape::kGood)
      return differs(rows.front(), "row", "a row that can be sent", "one that the engine refuses whole");
    GatherCursor cursor;
    while (cursor.next_row < rows.size()) {
      const auto first = cursor.next_row;
      const GatherOutcome outcome = gather(call_.call(), call_.adapter(), bundle_.schema, kTileRows, cursor, work_.tile);
      if (outcome.malformed) return differs(rows[first], "row", "a row that can be sent", "one that the engine calls malformed");
      score(rows.subspan(first, outcome.rows));
    }
  }

  void score(std::span<const GoldenRow> rows) {
    bundle_.plan.run(work_.tile, *work_.plan, work_.features.data(), work_.stride);
    take_inexact_features(rows);
    bundle_.scorer.score(work_.features.data(), rows.size(), work_.stride, work_.margins.data(), work_.values.data());
    bundle_.label_indices(work_.values.data(), rows.size(), labels_.data());
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      rows[i].scored ? compare_score(rows[i], i) : compare_refusal(rows[i], i);
    }
  }

  // What differs within its bound becomes what was recorded: beyond the plan every bit counts.
  void take_inexact_features(std::span<const GoldenRow> rows) {
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      for (std::size_t j = 0; j < bounds_.size() && j < rows[row].features.size(); ++j) {
        const std::size_t at = row * work_.stride + j;
        const std::uint64_t bits = golden_bits(work_.features, at), expected = rows[row].features[j];
        const FloatType type = work_.features.type();
        if (bounds_[j] == 0 || bits == expected || !within(bits, expected, type, bounds_[j])) continue;
        std::memcpy(work_.features.at(at), &expected, float_bytes(type));  // little-endian: the low bytes are the float32
        ++features_off_;
      }
    }
  }

  void differs(const GoldenRow& row, std::string key, std::string expected, std::string found) {
    if (++differences_ > kGoldenProblemsMax) return;
    problems_.push_back({kGoldenFile, std::move(key) + suffix_, row.line, std::move(expected), std::move(found)});
  }

  [[nodiscard]] std::vector<GoldenError> errors_of(std::uint32_t row) const {
    std::vector<GoldenError> found;
    const RowErrors& errors = work_.tile.errors();
    for (std::uint32_t i = 0; i < errors.count(row); ++i) {
      const RowError error = errors.at(row, i);
      found.push_back(
          {error.field == wire::kNoField ? std::string(error.name) : bundle_.schema.fields()[error.field].name, error.code});
    }
    return found;
  }

  void compare_refusal(const GoldenRow& row, std::uint32_t at) {
    const std::vector<GoldenError> found = errors_of(at);
    if (!std::equal(row.errors.begin(), row.errors.end(), found.begin(), found.end(), same_error)) {
      differs(row, "errors", joined(row.errors), found.empty() ? "none: a score" : joined(found));
    }
  }

  void compare_score(const GoldenRow& row, std::uint32_t at) {
    if ((work_.tile.invalid() >> at & 1) != 0) return differs(row, "errors", "none: a score", joined(errors_of(at)));
    const std::size_t features = bundle_.plan.features();
    const std::size_t margins = bundle_.scorer.margins_per_row();
    const std::size_t values = bundle_.scorer.values_per_row();
    compare_floats(row, "features", row.features, work_.features, at * work_.stride, features);
    compare_floats(row, "margin", row.margin, work_.margins, at * margins, margins);
    compare_floats(row, "values", row.values, work_.values, at * values, values);
    compare_label(row, labels_[at]);
    compare_mask(row, "filled", row.filled, at, [this](std::uint32_t field) { return work_.tile.filled(field); });
    compare_mask(row, "unknown", row.unknown, at, [this](std::uint32_t field) { return work_.tile.unknown(field); });
    compare_mask(row, "clamped", row.clamped, at, [this](std::uint32_t field) { return work_.tile.clamped(field); });
    if (kept_ == nullptr) return;
    keep(work_.features, at * work_.stride, features, kept_->features);
    keep(work_.margins, at * margins, margins, kept_->margins);
    keep(work_.values, at * values, values, kept_->values);
    ++kept_rows_;
  }

  // One row's numbers behind those of the rows before it.
  void keep(const FloatBlock& from, std::size_t first, std::size_t count, FloatBlock& to) const {
    std::memcpy(to.at(kept_rows_ * count), from.at(first), count * float_bytes(from.type()));
  }

  // Of `found` the numbers [first, first + count).
  void compare_floats(const GoldenRow& row, const std::string& key, const std::vector<std::uint64_t>& expected,
                      const FloatBlock& found, std::size_t first, std::size_t count) {
    if (expected.size() != count) return differs(row, key, std::to_string(expected.size()) + " numbers", std::to_string(count));
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t bits = golden_bits(found, first + i);
      if (bits == expected[i]) continue;
      if (one_ulp_ && key == "values" && one_ulp_apart(bits, expected[i])) {
        ++one_ulp_off_;
        continue;
      }
      std::string where = indexed(key, i);
      if (key == "features") where += " (" + bundle_.plan.feature_names()[i] + ")";
      differs(row, std::move(where), golden_hex(expected[i], found.type()), golden_hex(bits, found.type()));
    }
  }

  void compare_label(const GoldenRow& row, std::int32_t index) {
    std::optional<ClassLabel> found;
    if (index >= 0) found = bundle_.classes[static_cast<std::size_t>(index)];
    if (found != row.label) differs(row, "label", shown(row.label), shown(found));
  }

  template <class Mask>
  void compare_mask(const GoldenRow& row, const char* key, const std::vector<std::string>& expected, std::uint32_t at,
                    const Mask& mask) {
    std::vector<std::string> found;
    for (std::uint32_t field = 0; field < bundle_.schema.size(); ++field) {
      if ((mask(field) >> at & 1) != 0) found.push_back(bundle_.schema.fields()[field].name);
    }
    if (found != expected) differs(row, key, joined(expected), joined(found));
  }

  const Bundle& bundle_;
  bool one_ulp_;
  std::span<const std::uint64_t> bounds_;  // by feature; empty: every bit
  BundleProblems& problems_;
  GoldenCall call_;
  Workspace work_;
  std::array<std::int32_t, kTileRows> labels_{};
  GoldenReplay* kept_ = nullptr;
  std::size_t kept_rows_ = 0;
  std::string suffix_;
  std::uint64_t differences_ = 0, one_ulp_off_ = 0, features_off_ = 0;
};

}  // namespace

GoldenReplay replay_golden(const Bundle& bundle, const std::vector<GoldenRow>& rows, const GoldenTolerance& tolerance,
                           BundleProblems& problems) {
  GoldenReplay kept;
  for (const GoldenRow& row : rows) ++(row.scored ? kept.scored : kept.refused);
  kept.features = FloatBlock(bundle.plan.feature_type(), kept.scored * bundle.plan.features());
  kept.margins = FloatBlock(bundle.scorer.output_type(), kept.scored * bundle.scorer.margins_per_row());
  kept.values = FloatBlock(bundle.scorer.output_type(), kept.scored * bundle.scorer.values_per_row());
  Replay replay(bundle, tolerance, problems);
  replay.run(rows, 1, &kept);
  kept.values_one_ulp_off = replay.one_ulp_off();
  kept.features_off = replay.features_off();
  if (replay.differences() == 0) replay.run(rows, kTileRows, nullptr);  // what is wrong alone would only be said again
  if (replay.differences() > kGoldenProblemsMax) {
    problems.push_back({kGoldenFile, "", 0, "every golden row in every bit",
                        std::to_string(replay.differences() - kGoldenProblemsMax) + " more differences"});
  }
  return kept;
}

}  // namespace ringside::engine
