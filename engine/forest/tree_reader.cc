#include "engine/forest/tree_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/forest/object_fields.h"

namespace ringside::engine {
namespace {

// A tree as it stands in the file: what is brought into another form, beside what is not.
struct TreeInFile {
  std::int64_t id = 0;
  BoosterTree tree;
  std::uint32_t num_nodes = 0;
  ScratchVector<std::uint8_t> split_type;
  ScratchVector<std::int32_t> categories_nodes;  // Of the categorical nodes, ascending: which,
  ScratchVector<std::int32_t> segments;          // where in `categories` their sets begin,
  ScratchVector<std::int32_t> sizes;             // and how many they list.
  ScratchVector<std::int32_t> categories;
  ScratchVector<float> base_weights;  // Releases 2.0 to 3.1 of vector leaves only: a row a node.
};

void read_tree_param(ModelReader& reader, TreeInFile& in) {
  std::uint32_t leaf_size = 0;  // "0" until 1.7, "1" or more from then on.
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("num_nodes")) {
      read_integer_in_string(reader, kInt32Max, in.num_nodes);
    } else if (fields.is("size_leaf_vector")) {
      read_integer_in_string(reader, kInt32Max, leaf_size);
    }
  }
  fields.require({"num_nodes"});
  in.tree.leaf_size = std::max(leaf_size, 1U);
}

// The sets of categorical nodes stand in the file one after another, in the order of their nodes.
void index_categories(ModelReader& reader, TreeInFile& in) {
  BoosterTree& tree = in.tree;
  const auto is_categorical = [](std::uint8_t type) { return type != 0; };
  const auto categorical = std::count_if(in.split_type.begin(), in.split_type.end(), is_categorical);
  if (categorical == 0 && in.categories_nodes.empty() && in.categories.empty()) return;

  const auto refuse = [&](const char* key, std::string expected, std::string found) {
    reader.refuse_key(key, std::move(expected), std::move(found));
  };
  const std::size_t sets = in.categories_nodes.size();
  if (static_cast<std::size_t>(categorical) != sets) {
    return refuse("categories_nodes", "each of " + std::to_string(categorical) + " nodes of split_type 1", std::to_string(sets));
  }
  if (in.segments.size() != sets || in.sizes.size() != sets) {
    return refuse("categories_sizes", std::to_string(sets) + " elements, as categories_nodes has",
                  std::to_string(in.segments.size()) + " and " + std::to_string(in.sizes.size()));
  }
  tree.is_categorical.assign(tree.nodes(), 0);
  tree.category_begins.assign(tree.nodes() + 1, 0);
  std::int32_t previous = -1;
  std::int32_t begin = 0;
  for (std::size_t i = 0; i < sets; ++i) {
    const std::int32_t node = in.categories_nodes[i];
    if (node <= previous || static_cast<std::size_t>(node) >= tree.nodes() ||
        in.split_type[static_cast<std::size_t>(node)] == 0) {
      return refuse("categories_nodes", "nodes of split_type 1, ascending", std::to_string(node));
    }
    previous = node;
    const auto listed = static_cast<std::int32_t>(in.categories.size());
    if (in.segments[i] != begin || in.sizes[i] < 1 || in.sizes[i] > listed - begin) {
      return refuse(
          "categories_sizes",
          "a set of one or more of the " + std::to_string(listed) + " categories behind the last, from " + std::to_string(begin),
          std::to_string(in.sizes[i]) + " from " + std::to_string(in.segments[i]));
    }
    const auto first = in.categories.begin() + begin;
    begin += in.sizes[i];
    std::sort(first, in.categories.begin() + begin);  // XGBoost writes them so.
    tree.is_categorical[static_cast<std::size_t>(node)] = 1;
    tree.category_begins[static_cast<std::size_t>(node) + 1] = static_cast<std::uint32_t>(in.sizes[i]);
  }
  if (begin != static_cast<std::int32_t>(in.categories.size())) {
    return refuse("categories", "each in the set of a node",
                  std::to_string(in.categories.size() - static_cast<std::size_t>(begin)) + " in none");
  }
  for (std::size_t node = 0; node < tree.nodes(); ++node) tree.category_begins[node + 1] += tree.category_begins[node];
  tree.categories = std::move(in.categories);
}

// Rows of base_weights, one a node, become rows of leaf_vectors, one a leaf.
void gather_leaf_vectors(ModelReader& reader, TreeInFile& in) {
  BoosterTree& tree = in.tree;
  const std::size_t size = tree.leaf_size;
  if (in.base_weights.size() / size != tree.nodes() || in.base_weights.size() % size != 0) {
    reader.refuse_key("base_weights", "size_leaf_vector = " + std::to_string(size) + " elements a node",
                      std::to_string(in.base_weights.size()));
    return;
  }
  std::size_t rows = 0;
  for (std::size_t node = 0; node < tree.nodes(); ++node) {
    if (!tree.is_leaf(node)) continue;
    tree.right_children[node] = static_cast<std::int32_t>(rows);
    std::copy_n(in.base_weights.begin() + static_cast<std::ptrdiff_t>(node * size), size,
                in.base_weights.begin() + static_cast<std::ptrdiff_t>(rows++ * size));
  }
  in.base_weights.resize(rows * size);
  tree.leaf_vectors = std::move(in.base_weights);
}

void read_tree(ModelReader& reader, const BoosterModel& model, TreeInFile& in) {
  BoosterTree& tree = in.tree;
  const bool leaves_in_base_weights =
      model.outputs() > 1 && model.version >= BoosterVersion{2, 0, 0} && model.version < BoosterVersion{3, 2, 0};
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("id")) {
      reader.read_integer(in.id);
    } else if (fields.is("left_children")) {
      reader.read_array(tree.left_children);
    } else if (fields.is("right_children")) {
      reader.read_array(tree.right_children);
    } else if (fields.is("split_indices")) {
      reader.read_array(tree.split_indices);
    } else if (fields.is("split_conditions")) {
      reader.read_array(tree.split_conditions);
    } else if (fields.is("default_left")) {
      reader.read_array(tree.default_left);
    } else if (fields.is("split_type")) {
      reader.read_array(in.split_type);
    } else if (fields.is("categories_nodes")) {
      reader.read_array(in.categories_nodes);
    } else if (fields.is("categories_segments")) {
      reader.read_array(in.segments);
    } else if (fields.is("categories_sizes")) {
      reader.read_array(in.sizes);
    } else if (fields.is("categories")) {
      reader.read_array(in.categories);
    } else if (leaves_in_base_weights && fields.is("base_weights")) {
      reader.read_array(in.base_weights);
    } else if (fields.is("leaf_weights")) {
      reader.read_array(tree.leaf_vectors);
    } else if (fields.is("tree_param")) {
      read_tree_param(reader, in);
    }
  }
  fields.require({"id", "left_children", "right_children", "split_indices", "split_conditions", "default_left", "tree_param"});
  if (reader.failed()) return;
  // What follows indexes the first three by node; the others' sizes are for check_model().
  for (const auto& [name, size] :
       {std::pair{"left_children", tree.nodes()}, std::pair{"right_children", tree.right_children.size()},
        std::pair{"split_type", fields.has("split_type") ? in.split_type.size() : in.num_nodes}}) {
    if (size != in.num_nodes) {
      reader.refuse_key(name, "tree_param.num_nodes = " + std::to_string(in.num_nodes) + " elements", std::to_string(size));
      return;
    }
  }
  in.split_type.resize(in.num_nodes);
  index_categories(reader, in);
  if (tree.leaf_size == 1) {
    tree.leaf_vectors.clear();
  } else if (leaves_in_base_weights && !reader.failed()) {
    gather_leaf_vectors(reader, in);
  }
}

// Until 3.3, XGBoost puts each tree where its id says; from 3.4 on it insists that it stands there already.
void read_trees(ModelReader& reader, BoosterModel& model) {
  std::vector<std::int64_t> ids;
  reader.enter_array();
  while (reader.next_element()) {
    TreeInFile in;
    read_tree(reader, model, in);
    ids.push_back(in.id);
    model.trees.push_back(std::move(in.tree));
  }
  if (reader.failed()) return;

  std::vector<bool> taken(ids.size());
  for (const std::int64_t signed_id : ids) {
    const auto id = static_cast<std::size_t>(signed_id);  // A negative one becomes too large.
    if (id >= ids.size() || taken[id]) {
      reader.refuse("each id from 0 to " + std::to_string(ids.size() - 1) + " once",
                    "id " + std::to_string(signed_id) + (id < ids.size() ? " twice" : ""));
      return;
    }
    taken[id] = true;
  }
  const bool in_order = std::is_sorted(ids.begin(), ids.end());
  if (!in_order && model.version >= BoosterVersion{3, 4, 0}) {
    reader.refuse("trees in the order of their ids, as XGBoost " + std::to_string(model.version.major) + "." +
                      std::to_string(model.version.minor) + " insists",
                  "another order");
    return;
  }
  for (std::size_t place = 0; place < ids.size();) {  // Each swap brings one tree home.
    const auto home = static_cast<std::size_t>(ids[place]);
    if (home == place) {
      ++place;
    } else {
      std::swap(model.trees[place], model.trees[home]);
      std::swap(ids[place], ids[home]);
    }
  }
}

void read_unsigned(ModelReader& reader, ScratchVector<std::uint32_t>& values) {
  ScratchVector<std::int32_t> signed_values;
  reader.read_array(signed_values);
  values.assign(signed_values.begin(), signed_values.end());  // A negative one becomes too large.
}

void read_gbtree_model(ModelReader& reader, BoosterModel& model) {
  std::uint32_t num_trees = 0;
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("gbtree_model_param")) {
      Fields params(reader);
      while (params.next()) {
        if (params.is("num_trees")) {
          read_integer_in_string(reader, kInt32Max, num_trees);
        } else if (params.is("num_parallel_tree")) {
          read_integer_in_string(reader, kInt32Max, model.num_parallel_tree);
        }
      }
      params.require({"num_trees"});
    } else if (fields.is("trees")) {
      read_trees(reader, model);
    } else if (fields.is("tree_info")) {
      read_unsigned(reader, model.tree_info);
    } else if (fields.is("iteration_indptr")) {
      read_unsigned(reader, model.round_begins);
    } else if (model.version >= BoosterVersion{3, 4, 0} && fields.is("weight_drop")) {
      reader.read_array(model.weight_drop);
      model.booster = BoosterKind::kDart;
    }
  }
  fields.require({"gbtree_model_param", "trees", "tree_info"});
  if (!reader.failed() && num_trees != model.trees.size()) {
    reader.refuse("gbtree_model_param.num_trees = " + std::to_string(num_trees) + " trees", std::to_string(model.trees.size()));
  }
}

}  // namespace

void read_tree_booster(ModelReader& reader, BoosterModel& model) {
  const bool dart = model.booster == BoosterKind::kDart;
  const bool weights_beside_model = dart || model.version >= BoosterVersion{3, 3, 0};
  Fields fields(reader);
  while (fields.next()) {
    if (!dart && fields.is("model")) {
      read_gbtree_model(reader, model);
    } else if (weights_beside_model && fields.is("weight_drop")) {
      if (!model.weight_drop.empty()) reader.refuse("DART's weights in one place", "them in model.weight_drop as well");
      reader.read_array(model.weight_drop);
      model.booster = BoosterKind::kDart;
    } else if (dart && fields.is("gbtree")) {
      Fields inner(reader);
      while (inner.next()) {
        if (inner.is("model")) read_gbtree_model(reader, model);
      }
      inner.require({"model"});
    }
  }
  if (dart) {
    fields.require({"gbtree", "weight_drop"});
  } else {
    fields.require({"model"});
  }
}

}  // namespace ringside::engine
