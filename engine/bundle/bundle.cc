#include "engine/bundle/bundle.h"

namespace ringside::engine {

template <class Value>
std::int32_t Bundle::label_index(const Value* values) const noexcept {
  if (classes.empty()) return -1;
  switch (model_kind) {
    case wire::ModelKind::kBinary: {
      if (!threshold) return values[0] > Value{0.5} ? 1 : 0;
      const bool reached = threshold->compare_float64 ? static_cast<double>(values[0]) >= threshold->value
                                                      : static_cast<float>(values[0]) >= static_cast<float>(threshold->value);
      return reached ? 1 : 0;
    }
    case wire::ModelKind::kMulticlass: {
      const std::size_t count = scorer.values_per_row();
      if (count == 1) {  // multi:softmax: the value is the class
        const bool known = values[0] >= Value{0} && values[0] < static_cast<Value>(classes.size());
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

template std::int32_t Bundle::label_index(const float* values) const noexcept;
template std::int32_t Bundle::label_index(const double* values) const noexcept;

void Bundle::label_indices(const void* values, std::size_t rows, std::int32_t* indices) const noexcept {
  const std::size_t width = scorer.values_per_row();
  const auto index_rows = [&](const auto* first) {
    for (std::size_t row = 0; row < rows; ++row) indices[row] = label_index(first + row * width);
  };
  if (scorer.output_type() == FloatType::kFloat64) {
    index_rows(static_cast<const double*>(values));
  } else {
    index_rows(static_cast<const float*>(values));
  }
}

}  // namespace ringside::engine
