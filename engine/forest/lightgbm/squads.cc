#include "engine/forest/lightgbm/squads.h"

#include <algorithm>

namespace ringside::engine {
namespace {

std::uint32_t depth_of(const LightgbmTree& tree) {
  std::vector<std::int32_t> level{0};
  std::vector<std::int32_t> next;
  std::uint32_t depth = 0;
  if (tree.splits() == 0) return depth;
  for (; !level.empty(); ++depth) {
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

}  // namespace

std::vector<LightgbmSquad> squads_of(const LightgbmModel& model, TreeRange trees) {
  std::vector<LightgbmSquad> squads;
  std::uint32_t node = 0;
  for (std::size_t t = trees.begin; t < trees.end; ++t) {
    const auto tree = static_cast<std::uint32_t>(t - trees.begin);
    if (tree % kLightgbmSquadTrees == 0) squads.push_back({.first_node = node, .first_tree = tree, .count = 0, .depth = 0});
    LightgbmSquad& squad = squads.back();
    ++squad.count;
    squad.depth = std::max(squad.depth, depth_of(model.trees[t]));
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

LightgbmQuestions::Asked LightgbmQuestions::asked_by(const LightgbmTree& tree, std::size_t split) {
  using enum LightgbmQuestion;
  Asked asked{.question = kNanIsZero, .feature = static_cast<std::uint32_t>(tree.split_features[split]), .set = {}};
  if (tree.is_categorical(split)) {
    asked.question = kHeldBySet;
    const auto words = tree.categories_of(split);
    asked.set.assign(words.begin(), words.end());
  } else if (tree.missing(split) == LightgbmMissing::kNan) {
    asked.question = tree.default_left(split) ? kNanLeft : kNanRight;
  } else if (tree.missing(split) == LightgbmMissing::kZero) {
    asked.question = tree.default_left(split) ? kZeroLeft : kZeroRight;
  }
  return asked;
}

}  // namespace ringside::engine
