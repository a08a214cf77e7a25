// What a call needs of the bundle that answers it: how this client's columns meet its fields, and how much there is of each kind in the
// result.
#pragma once

#include <cstdint>

#include "engine/decode/call.h"
#include "engine/respond/result_writer.h"
#include "engine/traffic/table.h"

namespace ringside::engine {

// Null: SCHEMA_MISMATCH.
[[nodiscard]] inline const Adapter* adapter_of(const wire::RequestGeometry& geometry, const TrafficTable& table,
                                               TrafficTable::Index index) noexcept {
  if (geometry.encoding != static_cast<std::uint8_t>(wire::Encoding::kPositional)) {
    return table.adapter(geometry.schema_hash, geometry.columns, index);
  }
  const Resident& resident = table.resident(index);
  const InputSchema& schema = resident.bundle->schema;
  const bool same = geometry.schema_hash == schema.hash() && geometry.columns == schema.size();
  return same ? &resident.positional : nullptr;
}

[[nodiscard]] inline ResultShape shape_of(const Bundle& bundle, const wire::RequestGeometry& geometry, bool make_ids) noexcept {
  return {.fields = static_cast<std::uint16_t>(bundle.schema.size()),
          .values = static_cast<std::uint16_t>(bundle.scorer.values_per_row()),
          .margins = static_cast<std::uint16_t>(bundle.scorer.margins_per_row()),
          .features = static_cast<std::uint16_t>(bundle.plan.features()),
          .output_type = bundle.scorer.output_type(),
          .feature_type = bundle.plan.feature_type(),
          .make_ids = make_ids,
          .return_features = (geometry.flags & wire::kReturnFeatures) != 0,
          .return_input_digests = (geometry.flags & wire::kReturnInputDigest) != 0};
}

}  // namespace ringside::engine
