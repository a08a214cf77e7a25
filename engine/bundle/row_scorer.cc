#include "engine/bundle/row_scorer.h"

#include <cstring>
#include <utility>

#include "engine/bundle/golden.h"
#include "engine/decode/gather.h"

namespace ringside::engine {

std::optional<std::string> RowScorer::score_features(std::span<const double> features) {
  if (features.size() != bundle_.plan.features()) return "it has another number of features than its bundle";
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (work_.features.type() == FloatType::kFloat64) {
      std::memcpy(work_.features.at(i), &features[i], sizeof features[i]);
    } else {
      const auto narrow = static_cast<float>(features[i]);
      std::memcpy(work_.features.at(i), &narrow, sizeof narrow);
    }
  }
  run_forest();
  return std::nullopt;
}

std::optional<std::string> RowScorer::score_inputs(DocumentNode row) {
  GoldenRow sent;
  sent.line = 1;
  sent.row = std::move(row);
  if (call_.send(std::span(&sent, 1)) != CallShape::kGood) return "its inputs cannot be sent";
  GatherCursor cursor;
  if (gather(call_.call(), call_.adapter(), bundle_.schema, kTileRows, cursor, work_.tile).malformed)
    return "its inputs cannot be sent";
  if ((work_.tile.invalid() & 1) != 0) return "the version refuses its inputs";
  bundle_.plan.run(work_.tile, *work_.plan, work_.features.data(), work_.stride);
  run_forest();
  return std::nullopt;
}

void RowScorer::run_forest() {
  bundle_.scorer.score(work_.features.data(), 1, work_.stride, work_.margins.data(), work_.values.data());
}

std::int32_t RowScorer::label_index() const noexcept {
  std::int32_t index = -1;
  bundle_.label_indices(work_.values.data(), 1, &index);
  return index;
}

}  // namespace ringside::engine
