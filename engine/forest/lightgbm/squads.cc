#include "engine/forest/lightgbm/squads.h"

#include <algorithm>

namespace ringside::engine {
namespace {

// arrived[d] times the chance that a row is at a leaf after d steps, were each split a fair coin. Returns the steps to the deepest leaf,
// from where on the chance is 1.
std::uint32_t walk_levels(const LightgbmTree& tree, std::vector<double>& arrived) {
  std::vector<std::int32_t> level;
  std::vector<std::int32_t> next;
  if (tree.splits() > 0) level.push_back(0);
  double share = 1;  // Of rows, in each node of the level.
  std::uint32_t depth = 0;
  for (; !level.empty(); ++depth, share /= 2) {
    if (depth == arrived.size()) arrived.push_back(1);
    arrived[depth] *= 1 - share * static_cast<double>(level.size());
    next.clear();
    for (const std::int32_t split : level) {
      for (const auto* children : {&tree.left_children, &tree.right_children}) {
        const std::int32_t child = (*children)[static_cast<std::size_t>(split)];
        if (child >= 0) next.push_back(child);
      }
    }
    level.swap(next);
  }
  return depth;
}

// Asking costs a little, and being wrong about the answer a lot: only from where a third of the rows may be done, and steps are left.
std::uint32_t patience_of(const std::vector<double>& arrived, std::uint32_t depth) {
  const auto enough = std::find_if(arrived.begin(), arrived.end(), [](double share) { return share > 0.3; });
  const auto steps = static_cast<std::uint32_t>(enough - arrived.begin());
  return steps + 2 < depth ? steps : depth;
}

}  // namespace

std::vector<LightgbmSquad> squads_of(const LightgbmModel& model, TreeRange trees) {
  std::vector<LightgbmSquad> squads;
  std::vector<double> arrived;
  std::uint32_t node = 0;
  for (std::size_t t = trees.begin; t < trees.end; ++t) {
    const auto tree = static_cast<std::uint32_t>(t - trees.begin);
    if (tree % kLightgbmSquadTrees == 0) {
      squads.push_back({.first_node = node, .first_tree = tree, .count = 0, .depth = 0, .patience = 0});
      arrived.clear();
    }
    LightgbmSquad& squad = squads.back();
    ++squad.count;
    squad.depth = std::max(squad.depth, walk_levels(model.trees[t], arrived));
    squad.patience = patience_of(arrived, squad.depth);
    node += static_cast<std::uint32_t>(model.trees[t].splits() + model.trees[t].leaves());
  }
  return squads;
}

LightgbmSizes::LightgbmSizes(const LightgbmModel& model, TreeRange trees) {
  std::size_t squad = 0;
  for (std::size_t t = trees.begin; t < trees.end; ++t) {
    const LightgbmTree& tree = model.trees[t];
    if ((t - trees.begin) % kLightgbmSquadTrees == 0) squad = 0;
    squad += tree.splits() + tree.leaves();
    largest_squad = std::max(largest_squad, squad);
    nodes += tree.splits() + tree.leaves();
    leaves += tree.leaves();
    coefficients += tree.coefficients.size();
    sets += tree.set_begins.empty() ? 0 : tree.set_begins.size() - 1;
    category_words += tree.category_words.size();
    linear = linear || tree.is_linear();
  }
}

LightgbmQuestions::LightgbmQuestions(const LightgbmModel& model, TreeRange trees) {
  for (std::size_t t = trees.begin; t < trees.end; ++t) {
    for (std::size_t split = 0; split < model.trees[t].splits(); ++split) slots_.try_emplace(asked_by(model.trees[t], split), 0);
  }
  for (auto& [asked, slot] : slots_) {
    slot = static_cast<std::uint32_t>(features.size());
    features.push_back(asked.feature);
    kind_ends[static_cast<std::size_t>(asked.question)] = slot + 1;
    if (asked.question != LightgbmQuestion::kHeldBySet) continue;
    set_words.insert(set_words.end(), asked.set.begin(), asked.set.end());
    set_begins.push_back(static_cast<std::uint32_t>(set_words.size()));
  }
  for (std::size_t q = 1; q < kLightgbmQuestions; ++q)
    kind_ends[q] = std::max(kind_ends[q], kind_ends[q - 1]);  // Of what nobody asks.
}

std::uint32_t LightgbmQuestions::slot_of(const LightgbmTree& tree, std::size_t split) const {
  return slots_.at(asked_by(tree, split));
}

LightgbmQuestion lightgbm_question(const LightgbmTree& tree, std::size_t split) noexcept {
  using enum LightgbmQuestion;
  if (tree.is_categorical(split)) return kHeldBySet;
  if (tree.missing(split) == LightgbmMissing::kNan) return tree.default_left(split) ? kNanLeft : kNanRight;
  if (tree.missing(split) == LightgbmMissing::kZero) return tree.default_left(split) ? kZeroLeft : kZeroRight;
  return kNanIsZero;
}

LightgbmQuestions::Asked LightgbmQuestions::asked_by(const LightgbmTree& tree, std::size_t split) {
  Asked asked{
      .question = lightgbm_question(tree, split), .feature = static_cast<std::uint32_t>(tree.split_features[split]), .set = {}};
  if (asked.question == LightgbmQuestion::kHeldBySet) {
    const auto words = tree.categories_of(split);
    asked.set.assign(words.begin(), words.end());
  }
  return asked;
}

}  // namespace ringside::engine
