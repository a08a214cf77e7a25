#include <algorithm>
#include <bit>
#include <span>

#include "engine/bundle/golden.h"
#include "engine/bundle/golden_call.h"
#include "engine/bundle/inexact.h"
#include "engine/bundle/workspace.h"
#include "engine/decode/gather.h"

namespace ringside::engine {
namespace {

bool one_ulp_apart(std::uint32_t a, std::uint32_t b) noexcept { return a - b == 1 || b - a == 1; }

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
    bundle_.forest.predict_margins(work_.features.data(), rows.size(), work_.stride, nullptr, work_.margins.data());
    bundle_.forest.transform(work_.margins.data(), rows.size(), work_.values.data());
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      rows[i].scored ? compare_score(rows[i], i) : compare_refusal(rows[i], i);
    }
  }

  // What differs within its bound becomes what was recorded: beyond the plan every bit counts.
  void take_inexact_features(std::span<const GoldenRow> rows) {
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      for (std::size_t j = 0; j < bounds_.size() && j < rows[row].features.size(); ++j) {
        float& feature = work_.features[row * work_.stride + j];
        const std::uint32_t bits = golden_bits(feature), expected = rows[row].features[j];
        if (bounds_[j] == 0 || bits == expected || !within(bits, expected, bounds_[j])) continue;
        feature = std::bit_cast<float>(expected);
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
    const std::size_t margins = bundle_.forest.margins_per_row();
    const std::size_t values = bundle_.forest.values_per_row();
    const float* row_features = work_.features.data() + at * work_.stride;
    const float* row_values = work_.values.data() + at * values;
    compare_floats(row, "features", row.features, {row_features, bundle_.plan.features()});
    compare_floats(row, "margin", row.margin, {work_.margins.data() + at * margins, margins});
    compare_floats(row, "values", row.values, {row_values, values});
    compare_label(row, row_values);
    compare_mask(row, "filled", row.filled, at, [this](std::uint32_t field) { return work_.tile.filled(field); });
    compare_mask(row, "unknown", row.unknown, at, [this](std::uint32_t field) { return work_.tile.unknown(field); });
    compare_mask(row, "clamped", row.clamped, at, [this](std::uint32_t field) { return work_.tile.clamped(field); });
    if (kept_ == nullptr) return;
    kept_->features.insert(kept_->features.end(), row_features, row_features + bundle_.plan.features());
    kept_->margins.insert(kept_->margins.end(), work_.margins.data() + at * margins, work_.margins.data() + (at + 1) * margins);
    kept_->values.insert(kept_->values.end(), row_values, row_values + values);
  }

  void compare_floats(const GoldenRow& row, const std::string& key, const std::vector<std::uint32_t>& expected,
                      std::span<const float> found) {
    if (expected.size() != found.size())
      return differs(row, key, std::to_string(expected.size()) + " numbers", std::to_string(found.size()));
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::uint32_t bits = golden_bits(found[i]);
      if (bits == expected[i]) continue;
      if (one_ulp_ && key == "values" && one_ulp_apart(bits, expected[i])) {
        ++one_ulp_off_;
        continue;
      }
      std::string where = indexed(key, i);
      if (key == "features") where += " (" + bundle_.plan.feature_names()[i] + ")";
      differs(row, std::move(where), golden_hex(expected[i]), golden_hex(bits));
    }
  }

  void compare_label(const GoldenRow& row, const float* values) {
    const std::int32_t index = bundle_.label_index(values);
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
  GoldenReplay* kept_ = nullptr;
  std::string suffix_;
  std::uint64_t differences_ = 0, one_ulp_off_ = 0, features_off_ = 0;
};

}  // namespace

GoldenReplay replay_golden(const Bundle& bundle, const std::vector<GoldenRow>& rows, const GoldenTolerance& tolerance,
                           BundleProblems& problems) {
  GoldenReplay kept;
  for (const GoldenRow& row : rows) ++(row.scored ? kept.scored : kept.refused);
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
