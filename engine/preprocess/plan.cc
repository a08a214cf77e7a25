#include "engine/preprocess/plan.h"

#include <bit>

#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/feature_cast.h"
#include "engine/preprocess/plan_scratch.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

// Columns of one run: see plan_scratch.h.
struct Columns {
  double* base;
  std::size_t stride;
  const Tile& tile;

  [[nodiscard]] double* at(std::uint32_t column) const noexcept { return base + column * stride; }
  [[nodiscard]] const double* at(PlanOperand operand) const noexcept {
    return operand.is_field ? tile.numbers(operand.index) : at(operand.index);
  }
};

// Whether a row that decode found invalid needs no more errors for this field: it has one already, or no room for another. Then
// the field's value may be rubbish and is not even looked at.
bool settled(const Tile& tile, std::uint32_t row, std::uint32_t field) noexcept {
  const RowErrors& errors = tile.errors();
  const std::uint32_t count = errors.count(row);
  if (count >= wire::kRowErrorsMax) return true;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (errors.at(row, i).field == field) return true;
  }
  return false;
}

void add_field_error(Tile& tile, std::uint32_t row, std::uint32_t field, wire::FieldCode code) noexcept {
  if (settled(tile, row, field)) return;
  RowError error;
  error.code = code;
  error.field = static_cast<std::uint16_t>(field);
  tile.add_error(row, error);
}

void look_up(const PlanLookup& lookup, const Tile& tile, std::int32_t* places) noexcept {
  const Text* texts = tile.texts(lookup.field);
  const RowMask invalid = tile.invalid();
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    const bool unusable = (invalid >> row & 1) != 0 && settled(tile, row, lookup.field);
    places[row] = unusable || texts[row].missing() ? TextIndex::kAbsent : lookup.texts.find(texts[row].view());
  }
}

// The row's code; unseen texts are refused or listed here, once per step (both are idempotent a row and field).
std::int32_t code_of(const CompiledStep& step, const PlanLookup& lookup, std::int32_t place, std::uint32_t row,
                     Tile& tile) noexcept {
  const std::int32_t code = step.codes[static_cast<std::size_t>(place + 1)];
  if (code != CompiledStep::kUnseen) [[likely]]
    return code;
  if (step.reject_unseen) {
    add_field_error(tile, row, lookup.field, wire::FieldCode::kUnknownCategory);
    return CompiledStep::kNoColumn;
  }
  tile.unknown(lookup.field) |= RowMask{1} << row;
  return step.unseen_code;
}

void run_label(const CompiledStep& step, const PlanLookup& lookup, const std::int32_t* places, Tile& tile, double* out) noexcept {
  for (std::uint32_t row = 0; row < tile.rows(); ++row) out[row] = code_of(step, lookup, places[row], row, tile);
}

void run_onehot(const CompiledStep& step, const PlanLookup& lookup, const std::int32_t* places, Tile& tile,
                const Columns& columns) noexcept {
  for (std::uint32_t i = 0; i < step.outs; ++i) {
    double* out = columns.at(step.out + i);
    for (std::uint32_t row = 0; row < tile.rows(); ++row) out[row] = 0.0;
  }
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    const std::int32_t code = code_of(step, lookup, places[row], row, tile);
    if (code >= 0) columns.at(step.out + static_cast<std::uint32_t>(code))[row] = 1.0;
  }
}

// One float64 operation on each row. `in` may be `out`.
template <class Operation>
void map_rows(const double* in, double* out, std::uint32_t rows, Operation operation) noexcept {
  for (std::uint32_t row = 0; row < rows; ++row) out[row] = operation(in[row]);
}

void run_arithmetic(const CompiledStep& step, const double* in, double* out, std::uint32_t rows) noexcept {
  const double a = step.a;
  const double b = step.b;
  switch (step.op) {
    case PlanOp::kAdd:
      return map_rows(in, out, rows, [a](double x) { return x + a; });
    case PlanOp::kSubtract:
      return map_rows(in, out, rows, [a](double x) { return x - a; });
    case PlanOp::kMultiply:
      return map_rows(in, out, rows, [a](double x) { return x * a; });
    case PlanOp::kDivide:
      return map_rows(in, out, rows, [a](double x) { return x / a; });
    case PlanOp::kClip:
      // numpy's order, in which a zero equal to a bound takes the bound's sign; NaN compares with nothing and stays.
      return map_rows(in, out, rows, [a, b](double x) {
        const double raised = x <= a ? a : x;
        return raised >= b ? b : raised;
      });
    case PlanOp::kLabel:
    case PlanOp::kOnehot:
      break;  // not arithmetic: run() has them
  }
}

// Compiled: Plan::Compiled, whose name is private.
template <class Feature, class Compiled>
void write_features(const Compiled& plan, const Columns& columns, Tile& tile, Feature* features, std::size_t stride) noexcept {
  const std::uint32_t rows = tile.rows();
  const std::size_t count = plan.features.size();
  bool infinite = false;
  for (std::size_t j = 0; j < count; ++j) infinite |= cast_column(columns.at(plan.features[j]), rows, features + j, stride);
  if (infinite) [[unlikely]] {
    for (std::size_t j = 0; j < count; ++j) {
      for (RowMask rest = infinite_rows(features + j, rows, stride); rest != 0; rest &= rest - 1) {
        const auto row = static_cast<std::uint32_t>(std::countr_zero(rest));
        add_field_error(tile, row, plan.feature_fields[j], wire::FieldCode::kNotFinite);
      }
    }
  }
  if (!plan.missing) [[likely]]
    return;
  for (std::size_t j = 0; j < count; ++j) clear_missing(static_cast<Feature>(*plan.missing), rows, features + j, stride);
}

}  // namespace

Plan::Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

std::uint32_t Plan::features() const noexcept { return compiled_ ? static_cast<std::uint32_t>(compiled_->features.size()) : 0; }

const std::vector<std::string>& Plan::feature_names() const noexcept {
  static const std::vector<std::string> kNone;
  return compiled_ ? compiled_->feature_names : kNone;
}

FloatType Plan::feature_type() const noexcept { return compiled_ ? compiled_->feature_type : FloatType::kFloat32; }

std::size_t Plan::memory_bytes() const noexcept {
  if (!compiled_) return 0;
  std::size_t bytes = sizeof(Compiled) + compiled_->steps.capacity() * sizeof(CompiledStep);
  for (const CompiledStep& step : compiled_->steps) bytes += step.codes.capacity() * sizeof(std::int32_t);
  for (const PlanLookup& lookup : compiled_->lookups) bytes += sizeof lookup + lookup.texts.memory_bytes();
  for (const std::string& name : compiled_->feature_names) bytes += sizeof(PlanOperand) + sizeof name + name.capacity();
  return bytes;
}

std::unique_ptr<PlanScratch> Plan::make_scratch() const {
  return compiled_ ? std::make_unique<PlanScratch>(compiled_->columns, compiled_->lookups.size())
                   : std::make_unique<PlanScratch>(0, 0);
}

void Plan::run(Tile& tile, PlanScratch& scratch, void* features, std::size_t stride) const noexcept {
  if (!compiled_) return;
  const Compiled& plan = *compiled_;
  const std::uint32_t rows = tile.rows();
  const Columns columns{scratch.columns(), (std::size_t{rows} + 7) & ~std::size_t{7}, tile};

  for (std::size_t i = 0; i < plan.lookups.size(); ++i) look_up(plan.lookups[i], tile, scratch.places(i));
  for (const CompiledStep& step : plan.steps) {
    if (step.op == PlanOp::kLabel) {
      run_label(step, plan.lookups[step.lookup], scratch.places(step.lookup), tile, columns.at(step.out));
    } else if (step.op == PlanOp::kOnehot) {
      run_onehot(step, plan.lookups[step.lookup], scratch.places(step.lookup), tile, columns);
    } else {
      run_arithmetic(step, columns.at(step.in), columns.at(step.out), rows);
    }
  }
  if (plan.feature_type == FloatType::kFloat64) {
    write_features(plan, columns, tile, static_cast<double*>(features), stride);
  } else {
    write_features(plan, columns, tile, static_cast<float*>(features), stride);
  }
  tile.sort_errors();
}

}  // namespace ringside::engine
