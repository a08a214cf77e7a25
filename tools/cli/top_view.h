// What `ringside top` shows: what happened between two pages of /metrics.
//
// Thread safety: no state.
#pragma once

#include <string>

#include "tools/cli/metrics_sample.h"
#include "tools/cli/outcome.h"

namespace ringside::cli {

// Rates a second and latencies of the time between, in microseconds (null: no call ended in it); states as they are in `after`. After a
// restart of the engine, of the time since. Schema: `top` in schemas/cli_output.schema.json. REQUIRES: seconds > 0.
[[nodiscard]] Json top_document(const MetricsSample& before, const MetricsSample& after, double seconds);

[[nodiscard]] std::string top_text(const Json& document);

// The value below which a share `q` of the observations between two cumulative histograms lies, as PromQL's histogram_quantile() has it: linear
// within a bucket. NaN: there were none. `labels`: those of the series but `le`.
[[nodiscard]] double quantile_between(const MetricsSample& before, const MetricsSample& after, const std::string& histogram,
                                      const MetricsSample::Labels& labels, double q);

}  // namespace ringside::cli
