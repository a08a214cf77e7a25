#include "tests/engine/forest/lightgbm/hostile_texts.h"

#include "tests/engine/forest/lightgbm/text_models.h"

namespace ringside::engine::test {
namespace {

std::string times(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

std::string header_of(const std::string& features, const std::string& names) {
  return "version=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=" + features +
         "\nfeature_names=" + names + "\nfeature_infos=" + names + "\n";
}

std::string many_trees(std::size_t bytes, const std::string& tree) {
  TextParts parts;
  parts.trees.assign(bytes / tree.size(), tree);
  return write_text(parts);
}
std::string smallest_trees(std::size_t bytes) {
  return many_trees(
      bytes, "num_leaves=1\nnum_cat=0\nsplit_feature=\nthreshold=\ndecision_type=\nleft_child=\nright_child=\nleaf_value=0");
}
std::string stumps(std::size_t bytes) {
  return many_trees(
      bytes,
      "num_leaves=2\nnum_cat=1\nsplit_feature=0\nthreshold=0\ndecision_type=1\nleft_child=-1\nright_child=-2\nleaf_value=0 0\n"
      "cat_boundaries=0 1\ncat_threshold=0\nis_linear=1\nleaf_const=0 0\nnum_features=0 1\nleaf_features=0\nleaf_coeff=0");
}
std::string wide_tree(std::size_t bytes) {
  const std::string zeros = times("0 ", bytes / 6);
  return write_text({.trees = {"num_leaves=" + std::to_string(zeros.size() / 2 + 1) + "\nnum_cat=0\nsplit_feature=" + zeros +
                               "\nthreshold=" + zeros + "\ndecision_type=" + zeros + "\nleft_child=" + zeros +
                               "\nright_child=" + zeros + "\nleaf_value=0 " + zeros}});
}
std::string coefficients(std::size_t bytes) {
  const std::string zeros = times("0 ", bytes / 2);
  return write_text({.trees = {"num_leaves=1\nnum_cat=0\nsplit_feature=\nthreshold=\ndecision_type=\nleft_child=\nright_child=\n"
                               "leaf_value=0\nis_linear=1\nleaf_const=0\nnum_features=" +
                               std::to_string(zeros.size() / 2) + "\nleaf_features=" + zeros + "\nleaf_coeff=" + zeros}});
}
std::string names(std::size_t bytes) {
  const std::string all = times("a ", bytes / 2);
  return write_text({.header = header_of(std::to_string(all.size() / 2 - 1), all)});
}
std::string promised_names(std::size_t bytes) { return write_text({.header = header_of("2147483646", times("a ", bytes))}); }
std::string sizes(std::size_t bytes) {
  return "tree\n" + TextParts().header + "tree_sizes=" + times("0 ", bytes) + "\n\nend of trees\n";
}
std::string sizes_and_a_tree(std::size_t bytes) {
  return "tree\n" + TextParts().header + "tree_sizes=" + times("0 ", bytes) + "\n\nTree=0\n" + tree_of_three_leaves() +
         "\n\nend of trees\n";
}
std::string one_line(std::size_t bytes) { return times("tree", bytes); }
std::string empty_lines(std::size_t bytes) { return "tree\n" + times("\n", bytes); }
std::string unknown_key(std::size_t bytes) { return "tree\n" + times("colour", bytes) + "=1\n"; }
std::string objective(std::size_t bytes) {
  return write_text({.header = "objective=" + times("binary ", bytes) + "\n" + TextParts().header});
}
std::string tail(std::size_t bytes) { return write_text({.tail = times("x\n", bytes)}); }

// A good file but for its depth: split i has leaf i on its left. Or for the last split, which leads back to the root.
std::string one_deep_tree(std::size_t bytes, bool cyclic) {
  const std::size_t splits = bytes / 40;
  const auto list = [&](auto element) {
    std::string text;
    for (std::size_t split = 0; split < splits; ++split) text += element(split) + " ";
    return text;
  };
  const std::string zeros = list([](std::size_t) { return std::string("0"); });
  const auto left = [](std::size_t split) { return "-" + std::to_string(split + 1); };
  const auto right = [&](std::size_t split) {
    if (split + 1 < splits) return std::to_string(split + 1);
    return cyclic ? std::string("0") : "-" + std::to_string(splits + 1);
  };
  return write_text({.trees = {"num_leaves=" + std::to_string(splits + 1) + "\nnum_cat=0\nsplit_feature=" + zeros +
                               "\nthreshold=" + zeros + "\ndecision_type=" + zeros + "\nleft_child=" + list(left) +
                               "\nright_child=" + list(right) + "\nleaf_value=0 " + zeros}});
}
std::string chain(std::size_t bytes) { return one_deep_tree(bytes, false); }
std::string cycle(std::size_t bytes) { return one_deep_tree(bytes, true); }
std::string truncated(std::size_t bytes) { return stumps(bytes).substr(0, bytes); }

}  // namespace

std::vector<HostileFile> hostile_texts() {
  return {{"smallest_trees", smallest_trees},
          {"stumps", stumps},
          {"wide_tree", wide_tree},
          {"coefficients", coefficients},
          {"names", names},
          {"promised_names", promised_names},
          {"sizes", sizes},
          {"sizes_and_a_tree", sizes_and_a_tree},
          {"one_line", one_line},
          {"empty_lines", empty_lines},
          {"unknown_key", unknown_key},
          {"objective", objective},
          {"tail", tail},
          {"chain", chain},
          {"cycle", cycle},
          {"truncated", truncated}};
}

}  // namespace ringside::engine::test
