// The inverse of the normal distribution: scipy.special.ndtri, as scikit-learn's QuantileTransformer calls it.
//
//   normal_quantile(0.5) == 0   normal_quantile(0.975) is 1.9599…   normal_quantile(0) is -infinity
//
// Inexact: both are rational approximations, and not the same one (Boost.Math here, Cephes there). tests/golden/plan/inexact_bounds.py
// measures by how much they differ.
//
// Thread safety: pure; noexcept, allocates nothing. Cost: about 50 ns.
#pragma once

namespace ringside::engine {

// NaN outside of 0 to 1.
[[nodiscard]] double normal_quantile(double p) noexcept;

}  // namespace ringside::engine
