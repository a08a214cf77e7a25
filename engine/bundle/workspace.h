// The memory that one worker needs to score one bundle: a tile, the plan's scratch, features, margins and values for 64 rows.
// Allocated and touched by the loader before the bundle is published, so that a worker never allocates.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/bundle/bundle.h"
#include "engine/bundle/float_block.h"
#include "engine/decode/tile.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {

struct Workspace {
  explicit Workspace(const Bundle& bundle);

  Tile tile;
  std::unique_ptr<PlanScratch> plan;
  std::size_t stride;   // numbers from row to row of features: features rounded up to 16
  FloatBlock features;  // kTileRows × stride, of plan.feature_type()
  FloatBlock margins;   // kTileRows × scorer.margins_per_row(), of scorer.output_type()
  FloatBlock values;    // kTileRows × scorer.values_per_row(), of scorer.output_type()
};

}  // namespace ringside::engine
