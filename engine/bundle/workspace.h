// The memory that one worker needs to score one bundle: a tile, the plan's scratch, features, margins and values for 64 rows.
// Allocated and touched by the loader before the bundle is published, so that a worker never allocates.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/decode/tile.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {

struct Workspace {
  explicit Workspace(const Bundle& bundle);

  Tile tile;
  std::unique_ptr<PlanScratch> plan;
  std::size_t stride;           // floats from row to row of features: features rounded up to 16
  std::vector<float> features;  // kTileRows × stride
  std::vector<float> margins;   // kTileRows × forest.margins_per_row()
  std::vector<float> values;    // kTileRows × forest.values_per_row()
};

}  // namespace ringside::engine
