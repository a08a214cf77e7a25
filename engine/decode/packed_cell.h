// A cell of a packed call (kPackedF32, kPackedF64): a bare float, which decode judges as any other real. NaN says nothing: the field may still
// have a named value, else it is missing.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/decode/call.h"
#include "schemas/wire/cell.h"
#include "schemas/wire/request.h"

namespace ringside::engine {

// REQUIRES: the call is packed; cell < its layout's cell_count. A float32 is widened, which changes no value.
template <class Access>
[[nodiscard]] wire::Cell packed_cell(const Call& call, std::uint64_t cell) noexcept {
  const std::byte* const cells = call.body + call.layout.cells_offset;
  double value = 0;
  if (call.geometry.encoding == static_cast<std::uint8_t>(wire::Encoding::kPackedF32)) {
    float narrow = 0;
    Access::copy(&narrow, cells + cell * sizeof narrow, sizeof narrow);
    value = static_cast<double>(narrow);
  } else {
    value = std::bit_cast<double>(Access::load64(cells + cell * sizeof value));
  }
  return std::isnan(value) ? wire::Cell::absent() : wire::Cell::real(value);
}

}  // namespace ringside::engine
