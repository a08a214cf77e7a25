// What the numbers of one tree must be. Internal to engine/forest: check_model() is the way in.
//
// Nothing trusts an index before it is checked, and a tree is walked with a queue of its own: it may be as deep as the file is long.
// Time and memory are linear in its nodes. A leftover ("deleted") node that nothing reaches may hold anything.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/forest/model.h"

namespace ringside::engine {

// nullopt for a tree that can be walked; else its first error, with a key like "trees[3].left_children[7]".
[[nodiscard]] std::optional<ModelError> find_tree_error(const BoosterModel& model, std::size_t index);

}  // namespace ringside::engine
