#include "engine/bundle/workspace.h"

namespace ringside::engine {

Workspace::Workspace(const Bundle& bundle)
    : tile(bundle.schema),
      plan(bundle.plan.make_scratch()),
      stride((std::size_t{bundle.plan.features()} + 15) & ~std::size_t{15}),
      features(bundle.plan.feature_type(), kTileRows * stride),
      margins(bundle.scorer.output_type(), kTileRows * bundle.scorer.margins_per_row()),
      values(bundle.scorer.output_type(), kTileRows * bundle.scorer.values_per_row()) {}

}  // namespace ringside::engine
