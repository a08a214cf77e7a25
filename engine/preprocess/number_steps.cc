#include "engine/preprocess/number_steps.h"

#include <algorithm>
#include <cmath>

#include "engine/preprocess/field_errors.h"

namespace ringside::engine {
namespace {

void require_number(const double* in, std::uint32_t field, Tile& tile) noexcept {
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    if (std::isnan(in[row])) [[unlikely]]
      add_field_error(tile, row, field, wire::FieldCode::kNullNotAllowed);
  }
}

}  // namespace

void run(const NumberGroup& step, Tile& tile, const PlanColumns& columns) noexcept {
  const auto count = static_cast<std::uint32_t>(step.a.size());
  if (columns.one_row())
    return step.kernel.columns(columns.at(step.in), columns.at(step.out), step.a.data(), step.b.data(), count);
  for (std::uint32_t k = 0; k < count; ++k) {
    const bool is_column = step.fields[k] == NumberGroup::kColumn;
    const double* in = is_column ? columns.at(step.in + k) : tile.numbers(step.fields[k]);
    step.kernel.rows(in, columns.at(step.out + k), tile.rows(), step.a[k], step.b[k]);
  }
}

void run(const TextMissing& step, Tile& tile, const PlanColumns& columns) noexcept {
  const Text* texts = tile.texts(step.field);
  double* out = columns.at(step.out);
  for (std::uint32_t row = 0; row < tile.rows(); ++row) out[row] = texts[row].missing() ? 1.0 : 0.0;
}

void run(const RequireNumber& step, Tile& tile, const PlanColumns& columns) noexcept {
  require_number(columns.at(step.in), step.field, tile);
}

void refuse_infinite(const double* in, std::uint32_t field, RowMask rows, Tile& tile) noexcept {
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    if (std::isinf(in[row]) && (rows >> row & 1) != 0) [[unlikely]]
      add_field_error(tile, row, field, wire::FieldCode::kNotFinite);
  }
}

double edges_up_to(const CountEdges& step, double number) noexcept {
  // A refused NaN is below and above nothing; where it ends up is nobody's business.
  return static_cast<double>(std::upper_bound(step.edges.begin(), step.edges.end(), number) - step.edges.begin());
}

void run(const CountEdges& step, Tile& tile, const PlanColumns& columns) noexcept {
  const double* in = columns.at(step.in);
  double* out = columns.at(step.out);
  require_number(in, step.field, tile);
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    out[row] = edges_up_to(step, in[row]);
  }
}

void run(const MapQuantile& step, Tile& tile, const PlanColumns& columns) noexcept {
  const double* in = columns.at(step.in);
  double* out = columns.at(step.out);
  for (std::uint32_t row = 0; row < tile.rows(); ++row) out[row] = step.map(in[row]);
}

void run(const TransformPower& step, Tile& tile, const PlanColumns& columns) noexcept {
  const double* in = columns.at(step.in);
  double* out = columns.at(step.out);
  for (std::uint32_t row = 0; row < tile.rows(); ++row) out[row] = step.curve(in[row]);
}

}  // namespace ringside::engine
