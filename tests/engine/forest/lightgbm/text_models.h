// Text models for tests: a LightgbmModel as LightGBM would write it, and files whose parts a test spells itself.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/forest/lightgbm/model.h"

namespace ringside::engine::test {

[[nodiscard]] inline std::span<const std::byte> as_bytes(const std::string& file) {
  return std::as_bytes(std::span(file.data(), file.size()));
}

// A model file of parts: the header's lines but tree_sizes, each tree's lines but "Tree=", and what follows "end of trees".
struct TextParts {
  std::string header =
      "version=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=2\nobjective=regression\n"
      "feature_names=a b c\nfeature_infos=[0:1] [0:1] none\n";
  std::vector<std::string> trees = {};
  std::string tail = "\nfeature_importances:\n\nparameters:\n\nend of parameters\n\npandas_categorical:null\n";
};
[[nodiscard]] std::string write_text(const TextParts& parts);

// The header and trees of a model; its objective is the line, since a LightgbmObjective keeps none.
[[nodiscard]] std::string write_text(const LightgbmModel& model, const std::string& objective);

// Three leaves: split 0 (feature 0 <= 0.5) to split 1 (feature 1 <= -2, NaN missing and left) or leaf 2.
[[nodiscard]] std::string tree_of_three_leaves();

}  // namespace ringside::engine::test
