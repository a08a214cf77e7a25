// Where columns of numbers begin: on a cache line, which is also the widest SIMD register. Kernels are compiled for it
// (std::assume_aligned), so it is asserted where memory is made, when a bundle is loaded, and again at each tile that runs.
//
// Thread safety: pure. Cost: one test.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::engine {

inline constexpr std::size_t kColumnAlignment = 64;  // bytes

[[nodiscard]] inline bool is_aligned_column(const double* column) noexcept {
  return reinterpret_cast<std::uintptr_t>(column) % kColumnAlignment == 0;
}

}  // namespace ringside::engine
