#include <cmath>
#include <utility>

#include "engine/preprocess/plan_compiler.h"

namespace ringside::engine {

void PlanCompiler::map_number(const std::string& in, const std::string& out, NumberOp op, Width width, double a, double b) {
  map(in, out, [&](std::uint32_t) { return DraftNumber{.kernel = &number_kernel(op, width), .a = a, .b = b}; });
}

void PlanCompiler::compile(const ArithmeticStep& step) {
  static constexpr NumberOp kOps[] = {NumberOp::kAdd, NumberOp::kSubtract, NumberOp::kMultiply, NumberOp::kDivide};
  check_finite(".value", step.value);
  if (step.op == ArithmeticStep::Op::kDivide && step.value == 0) problem(".value", "a divisor that is not zero", hex(step.value));
  map_number(step.in, step.out, kOps[static_cast<std::size_t>(step.op)], step.width, step.value, 0);
}

void PlanCompiler::compile(const ClipStep& step) {
  check_finite(".low", step.low);
  check_finite(".high", step.high);
  if (step.low > step.high) problem(".low", "at most high, " + hex(step.high), hex(step.low));
  map_number(step.in, step.out, NumberOp::kClip, step.width, step.low, step.high);
}

void PlanCompiler::compile(const FunctionStep& step) {
  static constexpr NumberOp kOps[] = {NumberOp::kFloat32, NumberOp::kAbs, NumberOp::kSqrt, NumberOp::kSquare, NumberOp::kLog1p};
  map_number(step.in, step.out, kOps[static_cast<std::size_t>(step.op)], step.width, 0, 0);
}

void PlanCompiler::compile(const ImputeStep& step) {
  check_not_infinite(".equals", step.equals);
  check_not_infinite(".value", step.value);
  const NumberOp op = std::isnan(step.equals) ? NumberOp::kImputeNan : NumberOp::kImputeEqual;
  map_number(step.in, step.out, op, Width::kFloat64, step.equals, step.value);
}

void PlanCompiler::compile(const IsMissingStep& step) {
  check_not_infinite(".equals", step.equals);
  if (!step.in.is_field) {
    const NumberOp op = std::isnan(step.equals) ? NumberOp::kIsNan : NumberOp::kIsEqual;
    return map_number(step.in.name, step.out, op, Width::kFloat64, step.equals, 0);
  }
  if (!std::isnan(step.equals)) problem(".equals", "\"nan\": a text is missing, or it is a text", hex(step.equals));
  if (field_of(step.in.name, true) == nullptr) return write_nothing(step.out);
  const std::uint32_t field = number_of(step.in.name);
  const std::uint32_t to = write(".out", step.out, {.is_number = false, .field = field});
  if (to == kNothing) return;
  draft_.steps.push_back({.step = CompiledStep(TextMissing{.field = field, .out = 0}), .in = kNothing, .outs = {to}});
}

void PlanCompiler::compile(const BinarizeStep& step) {
  check_finite(".threshold", step.threshold);
  map_number(step.in, step.out, NumberOp::kBinarize, Width::kFloat64, step.threshold, 0);
}

void PlanCompiler::compile(const BinsStep& step) {
  check_rising(".edges", step.edges);
  map(step.in, step.out,
      [&](std::uint32_t field) { return CompiledStep(CountEdges{.field = field, .edges = step.edges, .in = {}, .out = 0}); });
}

void PlanCompiler::compile(const QuantileStep& step) {
  const std::size_t before = problems_.size();
  if (step.quantiles.empty()) problem(".quantiles", "at least one", "[]");
  if (step.references.size() != step.quantiles.size()) {
    problem(".references", "one for each of quantiles: " + std::to_string(step.quantiles.size()),
            std::to_string(step.references.size()));
  }
  check_rising(".quantiles", step.quantiles);
  check_rising(".references", step.references);
  if (problems_.size() != before) return write_nothing(step.out);
  map(step.in, step.out, [&](std::uint32_t) {
    QuantileMap map(step.quantiles, step.references, step.distribution, step.width);
    return CompiledStep(MapQuantile{.map = std::move(map), .in = {}, .out = 0});
  });
}

void PlanCompiler::compile(const PowerStep& step) {
  check_finite(".lambda", step.lambda);
  map(step.in, step.out, [&](std::uint32_t) {
    return CompiledStep(TransformPower{.curve = PowerCurve(step.method, step.lambda, step.width), .in = {}, .out = 0});
  });
}

}  // namespace ringside::engine
