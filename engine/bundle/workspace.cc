#include "engine/bundle/workspace.h"

namespace ringside::engine {

// The vectors' zeros also touch every page, so that the first row faults nowhere.
Workspace::Workspace(const Bundle& bundle)
    : tile(bundle.schema),
      plan(bundle.plan.make_scratch()),
      stride((std::size_t{bundle.plan.features()} + 15) & ~std::size_t{15}),
      features(kTileRows * stride),
      margins(kTileRows * bundle.forest.margins_per_row()),
      values(kTileRows * bundle.forest.values_per_row()) {}

}  // namespace ringside::engine
