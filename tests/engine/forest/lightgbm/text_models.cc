#include "tests/engine/forest/lightgbm/text_models.h"

#include <cstdint>
#include <cstdio>

namespace ringside::engine::test {
namespace {

std::string text_of(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}
std::string text_of(std::int64_t value) { return std::to_string(value); }

template <class T>
std::string line_of(const char* key, const std::vector<T>& values) {
  std::string line = std::string(key) + "=";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) line += ' ';
    if constexpr (std::is_same_v<T, double>) {
      line += text_of(values[i]);
    } else {
      line += text_of(static_cast<std::int64_t>(values[i]));
    }
  }
  return line + '\n';
}

std::string lines_of(const LightgbmTree& tree) {
  const std::size_t sets = tree.set_begins.empty() ? 0 : tree.set_begins.size() - 1;
  std::string text = "num_leaves=" + std::to_string(tree.leaves()) + "\nnum_cat=" + std::to_string(sets) + '\n';
  text += line_of("split_feature", tree.split_features) + line_of("threshold", tree.thresholds) +
          line_of("decision_type", tree.decision_types) + line_of("left_child", tree.left_children) +
          line_of("right_child", tree.right_children) + line_of("leaf_value", tree.leaf_values);
  if (sets > 0) text += line_of("cat_boundaries", tree.set_begins) + line_of("cat_threshold", tree.category_words);
  text += "is_linear=" + std::string(tree.is_linear() ? "1\n" : "0\n");
  if (tree.is_linear()) {
    std::vector<std::uint32_t> counts;
    for (std::size_t leaf = 0; leaf < tree.leaves(); ++leaf) {
      counts.push_back(tree.coefficient_begins[leaf + 1] - tree.coefficient_begins[leaf]);
    }
    text += line_of("leaf_const", tree.leaf_constants) + line_of("num_features", counts) +
            line_of("leaf_features", tree.coefficient_features) + line_of("leaf_coeff", tree.coefficients);
  }
  return text + "shrinkage=1\n";
}

}  // namespace

std::string write_text(const TextParts& parts) {
  std::string sizes = "tree_sizes=";
  std::string trees;
  for (std::size_t t = 0; t < parts.trees.size(); ++t) {
    const std::string tree = "Tree=" + std::to_string(t) + "\n" + parts.trees[t] + "\n\n";
    sizes += (t > 0 ? " " : "") + std::to_string(tree.size());
    trees += tree;
  }
  return "tree\n" + parts.header + sizes + "\n\n" + trees + "end of trees\n" + parts.tail;
}

std::string write_text(const LightgbmModel& model, const std::string& objective) {
  TextParts parts;
  parts.header = "version=v4\nnum_class=" + std::to_string(model.outputs) +
                 "\nnum_tree_per_iteration=" + std::to_string(model.outputs) +
                 "\nlabel_index=0\nmax_feature_idx=" + std::to_string(model.num_feature - 1) + '\n';
  if (!objective.empty()) parts.header += "objective=" + objective + '\n';
  if (model.average_output) parts.header += "average_output\n";
  std::string names, infos;
  for (std::uint32_t f = 0; f < model.num_feature; ++f) {
    names += (f > 0 ? " f" : "f") + std::to_string(f);
    infos += f > 0 ? " none" : "none";
  }
  parts.header += "feature_names=" + names + "\nfeature_infos=" + infos + '\n';
  for (const LightgbmTree& tree : model.trees) parts.trees.push_back(lines_of(tree));
  return write_text(parts);
}

std::string tree_of_three_leaves() {
  return "num_leaves=3\nnum_cat=0\nsplit_feature=0 1\nsplit_gain=1 2\nthreshold=0.5 -2\ndecision_type=2 10\nleft_child=1 -1\n"
         "right_child=-3 -2\nleaf_value=1 2 4\nleaf_weight=1 1 1\nleaf_count=1 1 1\ninternal_value=0 0\ninternal_weight=0 0\n"
         "internal_count=3 2\nis_linear=0\nshrinkage=1\n";
}

}  // namespace ringside::engine::test
