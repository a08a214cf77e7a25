#include "engine/bundle/plan_steps_json.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

// Braced initialisation runs in order, so problems come in the order of the members.

Width width(MapReader& step) {
  return step.find("width") != nullptr && step.choice("width", {"float32"}) == 0 ? Width::kFloat32 : Width::kFloat64;
}

// What encode, indicators and is_missing read: one of two keys.
StepInput input(MapReader& step) {
  const bool field = step.find("field") != nullptr, in = step.find("in") != nullptr;
  if (field && in) step.problems().add(step.path("in"), "field or in", "both");
  if (!field && !in) {
    step.problems().add(step.path("in"), "field or in", "neither");
    return {};
  }
  return {.is_field = field, .name = step.text(field ? "field" : "in")};
}

Categories categories(MapReader& step, const StepInput& in) {
  Categories read;
  if (in.is_field) {
    read.texts = step.texts("categories");
  } else {
    read.numbers = step.hex_numbers("categories", false);
  }
  return read;
}

Unseen unseen_label(MapReader& step) {
  const DocumentNode* node = step.need("unseen");
  if (node == nullptr || node->is(DocumentNode::Kind::kNull)) return {};
  if (node->is(DocumentNode::Kind::kText)) return {Unseen::Kind::kCategory, std::string(node->text)};
  step.problems().add(step.path("unseen"), "null or one of classes", node->described());
  return {};
}

Unseen unseen_onehot(MapReader& step) {
  const DocumentNode* node = step.need("unseen");
  if (node == nullptr || node->is(DocumentNode::Kind::kNull)) return {};
  if (node->is(DocumentNode::Kind::kText) && node->text == "zeros") return {Unseen::Kind::kZeros, {}};
  if (node->is(DocumentNode::Kind::kMap)) {
    MapReader as(*node, step.path("unseen"), step.problems());
    Unseen unseen{Unseen::Kind::kCategory, as.text("as")};
    as.finish();
    return unseen;
  }
  step.problems().add(step.path("unseen"), "null, \"zeros\" or {\"as\": a category}", node->described());
  return {};
}

std::int64_t slot_of(const DocumentNode& node, const std::string& key, ProblemList& problems) {
  if (node.is(DocumentNode::Kind::kText) && node.text == "zeros") return IndicatorsStep::kZeros;
  std::int64_t slot = 0;
  const char* end = node.text.data() + node.text.size();
  if (node.is(DocumentNode::Kind::kNumber)) {
    const auto [stop, error] = std::from_chars(node.text.data(), end, slot);
    if (error == std::errc{} && stop == end && slot >= 0) return slot;
  }
  problems.add(key, "an integer from 0 or \"zeros\"", node.described());
  return IndicatorsStep::kZeros;
}

std::vector<std::int64_t> slots(MapReader& step) {
  std::vector<std::int64_t> read;
  const DocumentNode* list = step.need("slots");
  if (list == nullptr) return read;
  if (!list->is(DocumentNode::Kind::kList))
    step.problems().add(step.path("slots"), "a list of integers and \"zeros\"", list->described());
  for (std::size_t i = 0; i < list->items.size(); ++i)
    read.push_back(slot_of(list->items[i], indexed(step.path("slots"), i), step.problems()));
  return read;
}

std::optional<std::int64_t> slot_or_null(MapReader& step, std::string_view name) {
  const DocumentNode* node = step.need(name);
  if (node == nullptr || node->is(DocumentNode::Kind::kNull)) return std::nullopt;
  return slot_of(*node, step.path(name), step.problems());
}

PlanStep number(MapReader& step) { return NumberStep{step.text("field"), step.text("out")}; }

PlanStep label(MapReader& step) {
  return LabelStep{step.text("field"), step.text("out"), step.texts("classes"), unseen_label(step)};
}

PlanStep onehot(MapReader& step) {
  return OnehotStep{step.text("field"), step.texts("categories"), step.optional_texts("drop"), step.texts("outs"),
                    unseen_onehot(step)};
}

PlanStep encode(MapReader& step) {
  EncodeStep read{.in = input(step), .out = step.text("out"), .categories = {}, .values = {}, .missing = {}, .unseen = {}};
  read.categories = categories(step, read.in);
  read.values = step.hex_numbers("values", true);
  read.missing = step.hex_nan_or_null("missing");
  read.unseen = step.hex_nan_or_null("unseen");
  return read;
}

PlanStep indicators(MapReader& step) {
  IndicatorsStep read{.in = input(step), .outs = step.texts("outs"), .categories = {}, .slots = {}, .missing = {}, .unseen = {}};
  read.categories = categories(step, read.in);
  read.slots = slots(step);
  read.missing = slot_or_null(step, "missing");
  read.unseen = slot_or_null(step, "unseen");
  return read;
}

template <ArithmeticStep::Op op>
PlanStep arithmetic(MapReader& step) {
  return ArithmeticStep{op, step.text("in"), step.text("out"), step.hex_number("value"), width(step)};
}

template <FunctionStep::Op op>
PlanStep function(MapReader& step) {
  return FunctionStep{op, step.text("in"), step.text("out"), width(step)};
}

PlanStep clip(MapReader& step) {
  return ClipStep{step.text("in"), step.text("out"), step.hex_number("low"), step.hex_number("high"), width(step)};
}

PlanStep impute(MapReader& step) {
  return ImputeStep{step.text("in"), step.text("out"), step.hex_or_nan("equals"), step.hex_or_nan("value")};
}

PlanStep is_missing(MapReader& step) { return IsMissingStep{input(step), step.text("out"), step.hex_or_nan("equals")}; }

PlanStep require(MapReader& step) {
  const bool finite = step.find("what") != nullptr && step.choice("what", {"finite"}) == 0;
  return RequireStep{finite ? RequireStep::What::kFinite : RequireStep::What::kNumber, step.text("in")};
}

PlanStep binarize(MapReader& step) { return BinarizeStep{step.text("in"), step.text("out"), step.hex_number("threshold")}; }

PlanStep bins(MapReader& step) { return BinsStep{step.text("in"), step.text("out"), step.hex_numbers("edges", false)}; }

PlanStep quantile(MapReader& step) {
  using Distribution = QuantileStep::Distribution;
  const bool normal = step.needed_choice("distribution", {"uniform", "normal"}) == 1;
  return QuantileStep{normal ? Distribution::kNormal : Distribution::kUniform,
                      step.text("in"),
                      step.text("out"),
                      step.hex_numbers("quantiles", false),
                      step.hex_numbers("references", false),
                      width(step)};
}

PlanStep power(MapReader& step) {
  using Method = PowerStep::Method;
  const bool box_cox = step.needed_choice("method", {"yeo-johnson", "box-cox"}) == 1;
  return PowerStep{box_cox ? Method::kBoxCox : Method::kYeoJohnson, step.text("in"), step.text("out"), step.hex_number("lambda"),
                   width(step)};
}

struct Op {
  std::string_view name;
  PlanStep (*read)(MapReader& step);
};

constexpr Op kOps[] = {
    {"number", number},
    {"label", label},
    {"onehot", onehot},
    {"add", arithmetic<ArithmeticStep::Op::kAdd>},
    {"subtract", arithmetic<ArithmeticStep::Op::kSubtract>},
    {"multiply", arithmetic<ArithmeticStep::Op::kMultiply>},
    {"divide", arithmetic<ArithmeticStep::Op::kDivide>},
    {"clip", clip},
    {"encode", encode},
    {"indicators", indicators},
    {"float32", function<FunctionStep::Op::kFloat32>},
    {"abs", function<FunctionStep::Op::kAbs>},
    {"sqrt", function<FunctionStep::Op::kSqrt>},
    {"square", function<FunctionStep::Op::kSquare>},
    {"log1p", function<FunctionStep::Op::kLog1p>},
    {"impute", impute},
    {"is_missing", is_missing},
    {"require", require},
    {"binarize", binarize},
    {"bins", bins},
    {"quantile", quantile},
    {"power", power},
};

}  // namespace

std::optional<PlanStep> read_plan_step(const DocumentNode& node, const std::string& key, ProblemList& problems) {
  MapReader step(node, key, problems);
  const std::string name = step.text("op");
  const auto* op = std::find_if(std::begin(kOps), std::end(kOps), [&](const Op& one) { return one.name == name; });
  if (op == std::end(kOps)) {
    std::vector<std::string_view> names;
    for (const Op& one : kOps) names.push_back(one.name);
    if (!name.empty()) problems.add(key + ".op", "a step of format version 1" + near_miss(name, names), in_quotes(name));
    return std::nullopt;  // its other keys mean nothing
  }
  PlanStep read = op->read(step);
  step.finish();
  return read;
}

}  // namespace ringside::engine
