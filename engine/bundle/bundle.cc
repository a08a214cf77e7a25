#include "engine/bundle/bundle.h"

namespace ringside::engine {

std::int32_t Bundle::label_index(const float* values) const noexcept {
  if (classes.empty()) return -1;
  switch (model_kind) {
    case wire::ModelKind::kBinary: {
      if (!threshold) return values[0] > 0.5F ? 1 : 0;
      const bool reached = threshold->compare_float64 ? static_cast<double>(values[0]) >= threshold->value
                                                      : values[0] >= static_cast<float>(threshold->value);
      return reached ? 1 : 0;
    }
    case wire::ModelKind::kMulticlass: {
      const std::size_t count = forest.values_per_row();
      if (count == 1) {  // multi:softmax: the value is the class
        const bool known = values[0] >= 0.0F && values[0] < static_cast<float>(classes.size());
        return known ? static_cast<std::int32_t>(values[0]) : -1;
      }
      std::size_t best = 0;  // the first of equals, as numpy.argmax
      for (std::size_t i = 1; i < count; ++i) {
        if (values[i] > values[best]) best = i;
      }
      return static_cast<std::int32_t>(best);
    }
    case wire::ModelKind::kOther:
      return -1;
  }
  return -1;
}

}  // namespace ringside::engine
