// What is known of the trees of a LightGBM model before they are packed: which trees walk together, what their splits ask of a row, and
// how much memory they take.
//
// Thread safety: values. Cost: linear in the model, and n log n in its questions; loader only. REQUIRES: a checked model; trees within it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/forest/lightgbm/model.h"

namespace ringside::engine {

inline constexpr std::size_t kLightgbmSquadTrees = 16;

// Consecutive trees that walk side by side. Trees count from the first of the range.
struct LightgbmSquad {
  std::uint32_t first_node;
  std::uint32_t first_tree;
  std::uint32_t count;
  std::uint32_t depth;     // Steps to the deepest leaf.
  std::uint32_t patience;  // Steps before it pays to ask whether all have arrived; `depth` where it never does.
};
[[nodiscard]] std::vector<LightgbmSquad> squads_of(const LightgbmModel& model, TreeRange trees);

struct LightgbmSizes {
  LightgbmSizes(const LightgbmModel& model, TreeRange trees);
  std::size_t nodes = 0;  // Splits and leaves.
  std::size_t leaves = 0;
  std::size_t coefficients = 0;
  std::size_t sets = 0, category_words = 0;  // Of categorical splits, equal ones counted each.
  std::size_t largest_squad = 0;             // In nodes.
  bool linear = false;                       // Any tree.
};

// What a split asks of its feature, but for the threshold.
enum class LightgbmQuestion : std::uint8_t {
  kNanIsZero,
  kNanLeft,
  kNanRight,
  kZeroLeft,  // NaN, too.
  kZeroRight,
  kHeldBySet,
};
inline constexpr std::size_t kLightgbmQuestions = 6;
[[nodiscard]] LightgbmQuestion lightgbm_question(const LightgbmTree& tree, std::size_t split) noexcept;

// A slot for each pair of a feature and a question that some split asks, ordered by question, then by feature.
class LightgbmQuestions {
 public:
  LightgbmQuestions(const LightgbmModel& model, TreeRange trees);

  [[nodiscard]] std::uint32_t slot_of(const LightgbmTree& tree, std::size_t split) const;

  std::vector<std::uint32_t> features;                        // By slot.
  std::array<std::uint32_t, kLightgbmQuestions> kind_ends{};  // Slots of question q end here; those of the next begin.
  std::vector<std::uint32_t> set_begins{0};                   // Of the n-th slot of kHeldBySet, in set_words.
  std::vector<std::uint32_t> set_words;

 private:
  // Equal sets of one feature are one; which words a set has decides nothing but equality.
  struct Asked {
    LightgbmQuestion question;
    std::uint32_t feature;
    std::vector<std::uint32_t> set;
    auto operator<=>(const Asked&) const = default;
  };
  static Asked asked_by(const LightgbmTree& tree, std::size_t split);

  std::map<Asked, std::uint32_t> slots_;
};

}  // namespace ringside::engine
