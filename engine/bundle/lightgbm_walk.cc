#include "engine/bundle/lightgbm_walk.h"

#include <bit>
#include <limits>

#include "engine/forest/lightgbm/plain_walker.h"

namespace ringside::engine {
namespace {

constexpr std::uint32_t kLightgbmLeafRecord = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kLinearRecord = kLightgbmLeafRecord - 1;
constexpr std::uint32_t kWentLeft = 256;  // beside decision_type, which is a byte

template <class Word>
void add_word(std::string& records, Word word) {
  for (unsigned shift = 0; shift < 8 * sizeof word; shift += 8) records.push_back(static_cast<char>(word >> shift & 0xFF));
}

void add_record(std::string& records, std::uint32_t what, std::uint64_t number, std::uint32_t more) {
  add_word(records, what);
  add_word(records, number);
  add_word(records, more);
}

void add_record(std::string& records, std::uint32_t what, double value, std::uint32_t more) {
  add_record(records, what, std::bit_cast<std::uint64_t>(value), more);
}

void add_split(std::string& records, const LightgbmTree& tree, std::size_t split, bool left) {
  const auto feature = static_cast<std::uint32_t>(tree.split_features[split]);
  const std::uint32_t more = tree.decision_types[split] + (left ? kWentLeft : 0);
  if (!tree.is_categorical(split)) return add_record(records, feature, tree.thresholds[split], more);
  const auto words = tree.categories_of(split);
  add_record(records, feature, std::uint64_t{words.size()}, more);
  for (const std::uint32_t word : words) add_word(records, word);
}

void add_leaf(std::string& records, const LightgbmTree& tree, std::size_t leaf, std::uint32_t output) {
  add_record(records, kLightgbmLeafRecord, tree.leaf_values[leaf], output);
  if (!tree.is_linear()) return;
  const std::uint32_t begin = tree.coefficient_begins[leaf], end = tree.coefficient_begins[leaf + 1];
  add_record(records, kLinearRecord, tree.leaf_constants[leaf], end - begin);
  for (std::uint32_t c = begin; c < end; ++c)
    add_record(records, static_cast<std::uint32_t>(tree.coefficient_features[c]), tree.coefficients[c], 0);
}

template <class Feature>
std::uint64_t compare_all(const LightgbmModel& model, TreeRange trees, const std::vector<GoldenRow>& rows,
                          const GoldenReplay& replayed, BundleProblems& problems) {
  std::uint64_t said = 0;
  const Feature* features = replayed.features.as<Feature>().data();
  for (const GoldenRow& row : rows) {
    if (!row.scored) continue;
    const Feature* own = features;
    features += model.num_feature;
    if (row.walk.empty()) continue;
    ++said;
    const std::string found = golden_walk(model, trees, own);
    if (found == row.walk) continue;
    add_other_walk(row, found, problems);
    if (problems.size() >= kGoldenProblemsMax) break;
  }
  return said;
}

}  // namespace

template <class Feature>
std::string golden_walk(const LightgbmModel& model, TreeRange trees, const Feature* features) {
  std::string records;
  for (std::size_t number = trees.begin; number < trees.end; ++number) {
    const LightgbmTree& tree = model.trees[number];
    std::int32_t at = tree.splits() == 0 ? ~0 : 0;
    while (at >= 0) {
      const auto split = static_cast<std::size_t>(at);
      const bool left = goes_left(tree, split, lightgbm_value(static_cast<double>(features[tree.split_features[split]])));
      add_split(records, tree, split, left);
      at = left ? tree.left_children[split] : tree.right_children[split];
    }
    add_leaf(records, tree, static_cast<std::size_t>(~at), static_cast<std::uint32_t>(number % model.outputs));
  }
  return walk_digits(records);
}

template std::string golden_walk(const LightgbmModel&, TreeRange, const float*);
template std::string golden_walk(const LightgbmModel&, TreeRange, const double*);

std::uint64_t compare_walks(const LightgbmModel& model, TreeRange trees, const std::vector<GoldenRow>& rows,
                            const GoldenReplay& replayed, BundleProblems& problems) {
  return replayed.features.type() == FloatType::kFloat64 ? compare_all<double>(model, trees, rows, replayed, problems)
                                                         : compare_all<float>(model, trees, rows, replayed, problems);
}

}  // namespace ringside::engine
