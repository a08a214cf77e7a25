#include "engine/bundle/golden_walk.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>

#include "engine/bundle/bundle_directory.h"

namespace ringside::engine {
namespace {

constexpr std::uint32_t kLeafRecord = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kWeightRecord = kLeafRecord - 1;
constexpr std::size_t kWalkDigits = 16;

void add_word(std::string& records, std::uint32_t word) {
  for (unsigned shift = 0; shift < 32; shift += 8) records.push_back(static_cast<char>(word >> shift & 0xFF));
}

void add_record(std::string& records, std::uint32_t what, float value, std::uint32_t more) {
  add_word(records, what);
  add_word(records, std::bit_cast<std::uint32_t>(value));
  add_word(records, more);
}

bool has_plain_trees(const BoosterModel& model) noexcept {
  return std::ranges::none_of(model.trees, [](const BoosterTree& tree) { return tree.has_categorical() || tree.leaf_size != 1; });
}

}  // namespace

std::string walk_digits(const std::string& records) { return sha256_hex(records).substr(0, kWalkDigits); }

void add_other_walk(const GoldenRow& row, const std::string& found, BundleProblems& problems) {
  problems.push_back({kGoldenFile, "walk (the splits and leaves on its way)", row.line, row.walk, found});
}

std::string golden_walk(const BoosterModel& model, const float* features) {
  std::string records;
  for (std::size_t number = 0; number < model.trees.size(); ++number) {
    const BoosterTree& tree = model.trees[number];
    std::size_t node = 0;
    while (!tree.is_leaf(node)) {
      const auto feature = static_cast<std::uint32_t>(tree.split_indices[node]);
      const float x = features[feature];
      const bool default_left = tree.default_left[node] != 0;
      const bool left = x != x || x == model.missing ? default_left : x < tree.split_conditions[node];
      add_record(records, feature, tree.split_conditions[node], (default_left ? 1U : 0U) + (left ? 2U : 0U));
      node = static_cast<std::size_t>(left ? tree.left_children[node] : tree.right_children[node]);
    }
    add_record(records, kLeafRecord, tree.split_conditions[node], model.tree_info[number]);
    if (model.booster == BoosterKind::kDart)
      add_record(records, kWeightRecord, model.weight_drop[number], static_cast<std::uint32_t>(number));
  }
  return walk_digits(records);
}

std::uint64_t compare_walks(const BoosterModel& model, const std::vector<GoldenRow>& rows, const GoldenReplay& replayed,
                            BundleProblems& problems) {
  std::uint64_t said = 0;
  std::size_t scored = 0;
  for (const GoldenRow& row : rows) {
    if (!row.scored) continue;
    const float* features = replayed.features.as<float>().data() + scored++ * model.num_feature;
    if (row.walk.empty()) continue;
    ++said;
    if (!has_plain_trees(model)) {
      problems.push_back(
          {kGoldenFile, "walk", row.line, "none: the model has categorical splits or vector leaves", in_quotes(row.walk)});
      return said;
    }
    const std::string found = golden_walk(model, features);
    if (found == row.walk) continue;
    add_other_walk(row, found, problems);
    if (problems.size() >= kGoldenProblemsMax) return said;
  }
  return said;
}

}  // namespace ringside::engine
