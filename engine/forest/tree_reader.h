// Reads the trees of a model file, in the spelling of the release that wrote it. Internal to engine/forest: read_model() is the way
// in.
//
// Thread safety: one thread, as its reader. Errors: in the reader.
#pragma once

#include <cstdint>

#include "engine/forest/model.h"
#include "engine/forest/model_reader.h"

namespace ringside::engine {

// The value of "gradient_booster" of a gbtree or DART, into model.trees, tree_info, num_parallel_tree, round_begins and weight_drop.
// DART stands in three places: until 3.2 under the name "dart", weights beside a whole gbtree; in 3.3 under "gbtree", weights beside
// its model; from 3.4 on in the model. model.booster is kDart afterwards where there are weights.
// REQUIRES: version, outputs and booster of `model` are known.
void read_tree_booster(ModelReader& reader, BoosterModel& model);

}  // namespace ringside::engine
