// One row at a time through a loaded bundle, on the code that serves: for who scores again what was recorded.
//
// Thread safety: one owner. Cost: allocates; microseconds a row. Not for the data path.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/bundle/bundle.h"
#include "engine/bundle/document.h"
#include "engine/bundle/golden_call.h"
#include "engine/bundle/workspace.h"

namespace ringside::engine {

class RowScorer {
 public:
  explicit RowScorer(const Bundle& bundle) : bundle_(bundle), call_(bundle.schema), work_(bundle) {}

  // None: scored. Else why it could not be; then nothing below may be asked.
  [[nodiscard]] std::optional<std::string> score_features(std::span<const double> features);
  // `row`: a map, as a caller would send it.
  [[nodiscard]] std::optional<std::string> score_inputs(DocumentNode row);

  [[nodiscard]] const FloatBlock& margins() const noexcept { return work_.margins; }  // the first margins_per_row() of it
  [[nodiscard]] const FloatBlock& values() const noexcept { return work_.values; }    // likewise
  [[nodiscard]] std::int32_t label_index() const noexcept;                            // in bundle.classes; -1: none

 private:
  void run_forest();

  const Bundle& bundle_;
  GoldenCall call_;
  Workspace work_;
};

}  // namespace ringside::engine
