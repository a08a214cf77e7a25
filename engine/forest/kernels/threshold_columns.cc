#include "engine/forest/kernels/threshold_columns.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

namespace ringside::engine {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Split = std::pair<std::uint32_t, float>;  // Feature and threshold.

float ordered(float threshold) { return threshold != threshold ? -kInfinity : threshold; }

}  // namespace

std::optional<ThresholdColumns> ThresholdColumns::of(const FlatForest& forest) {
  ThresholdColumns columns;
  std::vector<Split> splits;  // Features may be many more than are asked: nothing is counted by them.
  for (const FlatNode& node : forest.nodes) {
    if (node.is_leaf()) continue;
    if (!node.is_categorical()) {
      splits.emplace_back(node.feature, ordered(node.threshold));
      continue;
    }
    const bool known =
        std::ranges::any_of(columns.sets_, [&](const SetColumn& c) { return c.feature == node.feature && c.set == node.set; });
    if (!known) columns.sets_.push_back({node.feature, node.set});
    if (columns.sets_.size() > kColumnsMax) return std::nullopt;
  }
  std::ranges::sort(splits);
  splits.erase(std::unique(splits.begin(), splits.end()), splits.end());  // -0 and 0 are one threshold.
  std::vector<std::span<const Split>> by_feature;
  for (auto first = splits.begin(); first != splits.end();) {
    const auto last = std::find_if(first, splits.end(), [&](const Split& split) { return split.first != first->first; });
    by_feature.emplace_back(first, last);
    first = last;
  }
  if (forest.features <= kNarrowRow)
    std::ranges::stable_sort(by_feature, std::greater<>(), [](const auto& of) { return of.size(); });
  for (const std::span<const Split> all : by_feature) {
    columns.first_columns_.emplace_back(all.front().first, static_cast<std::uint32_t>(columns.features_.size()));
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i % kThresholdsMax == 0) {
        columns.features_.push_back(all[i].first);
        columns.thresholds_.emplace_back();
      }
      columns.thresholds_.back().push_back(all[i].second);
    }
    if (columns.features_.size() > kColumnsMax) return std::nullopt;
  }
  std::ranges::sort(columns.first_columns_);
  while (columns.features_.size() % kLane != 0) {
    columns.features_.push_back(0);
    columns.thresholds_.emplace_back();
  }
  if (columns.all() > kColumnsMax) return std::nullopt;
  if (columns.default_bit()) {
    for (std::vector<float>& thresholds : columns.thresholds_) {
      if (!thresholds.empty() && thresholds.front() != -kInfinity) thresholds.insert(thresholds.begin(), -kInfinity);
    }
  }
  return columns;
}

ThresholdColumns::Test ThresholdColumns::test(const FlatNode& node) const noexcept {
  std::size_t column = 0;
  std::size_t rank = default_bit() ? 2 : 1;
  if (node.is_categorical()) {
    const auto place =
        std::ranges::find_if(sets_, [&](const SetColumn& c) { return c.feature == node.feature && c.set == node.set; });
    column = numerical() + static_cast<std::size_t>(place - sets_.begin());
  } else {
    const float threshold = ordered(node.threshold);
    column = std::ranges::lower_bound(first_columns_, node.feature, {}, &std::pair<std::uint32_t, std::uint32_t>::first)->second;
    while (thresholds_[column].back() < threshold)
      ++column;  // A later column's leading -infinity is never looked for: it has a lower one.
    const std::vector<float>& all = thresholds_[column];
    rank = static_cast<std::size_t>(std::ranges::lower_bound(all, threshold) - all.begin()) + 1;
  }
  if (!default_bit())
    return {static_cast<std::uint8_t>(column + (node.default_left ? 0 : half())), static_cast<std::uint8_t>(rank)};
  const std::size_t bit = node.default_left ? 0 : 1;
  return {static_cast<std::uint8_t>(column + 128 * bit), static_cast<std::uint8_t>(rank - bit)};
}

}  // namespace ringside::engine
