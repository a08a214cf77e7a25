// A scored tile into its bundle's drift counters, in the widths of the bundle's model; a model of float64 features has float64 values.
#pragma once

#include <cstdint>

#include "engine/drift/counters.h"
#include "engine/traffic/table.h"

namespace ringside::engine {

// `tile`: what the features were made of; the workspace's own, or one of a bundle that gathers alike.
inline void count_drift(DriftCounters& drift, std::uint32_t worker, const Tile& tile, const Workspace& work) noexcept {
  if (work.features.type() == FloatType::kFloat64) {
    drift.add(worker, tile, work.features.as<double>().data(), work.stride, work.values.as<double>().data());
  } else if (work.values.type() == FloatType::kFloat64) {
    drift.add(worker, tile, work.features.as<float>().data(), work.stride, work.values.as<double>().data());
  } else {
    drift.add(worker, tile, work.features.as<float>().data(), work.stride, work.values.as<float>().data());
  }
}

}  // namespace ringside::engine
