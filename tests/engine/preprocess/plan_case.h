// A schema, a plan and a tile to run it on: what the tests of this folder have in common.
#pragma once

#include <bit>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/decode/tile.h"
#include "engine/preprocess/plan.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine::test {

inline Field number_field(std::string name) {
  Field field;
  field.name = std::move(name);
  field.dtype = Dtype::kFloat;
  return field;
}

inline Field text_field(std::string name, std::string fill) {
  Field field;
  field.name = std::move(name);
  field.dtype = Dtype::kStr;
  field.fill_text = std::move(fill);
  return field;
}

inline IsMissingStep text_is_missing(const std::string& field, const std::string& out, double equals) {
  IsMissingStep step;
  step.in.is_field = true;
  step.in.name = field;
  step.out = out;
  step.equals = equals;
  return step;
}

// Runs a plan on rows that the test writes into tile(). The caller's schema and plan live with it.
class PlanCase {
 public:
  PlanCase(std::vector<Field> fields, const PlanSpec& spec)
      : schema_(std::move(fields), true), plan_(compiled(spec, schema_)), scratch_(plan_.make_scratch()), tile_(schema_) {}

  Tile& tile() noexcept { return tile_; }
  void start(std::uint32_t rows) { tile_.start(rows); }
  void number(std::uint32_t field, std::uint32_t row, double value) { tile_.numbers(field)[row] = value; }
  // The text must outlive the run.
  void text(std::uint32_t field, std::uint32_t row, std::string_view value) {
    tile_.texts(field)[row] = {value.data(), static_cast<std::uint32_t>(value.size())};
  }

  void run() {
    features_.assign(kTileRows * stride(), -1.0F);
    wide_features_.assign(kTileRows * stride(), -1.0);
    void* features = plan_.feature_type() == FloatType::kFloat64 ? static_cast<void*>(wide_features_.data()) : features_.data();
    plan_.run(tile_, *scratch_, features, stride());
  }

  [[nodiscard]] std::size_t stride() const noexcept { return plan_.features() + 3; }
  [[nodiscard]] float feature(std::uint32_t row, std::uint32_t feature) const { return features_[row * stride() + feature]; }
  // Of a plan whose features are float64.
  [[nodiscard]] double feature64(std::uint32_t row, std::uint32_t feature) const {
    return wide_features_[row * stride() + feature];
  }
  [[nodiscard]] std::uint32_t bits(std::uint32_t row, std::uint32_t index) const {
    return std::bit_cast<std::uint32_t>(feature(row, index));
  }
  // "0 UNKNOWN_CATEGORY, 1 NOT_FINITE": fields and codes of a row.
  [[nodiscard]] std::string errors(std::uint32_t row) const {
    std::string text;
    for (std::uint32_t i = 0; i < tile_.errors().count(row); ++i) {
      const RowError error = tile_.errors().at(row, i);
      text += (i == 0 ? "" : ", ") + std::to_string(error.field) + " " + std::string(wire::name(error.code));
    }
    return text;
  }

 private:
  static Plan compiled(const PlanSpec& spec, const InputSchema& schema) {
    auto plan = Plan::compile(spec, schema);
    return std::move(plan.value());  // a test's own spec: aborts where it is wrong
  }

  InputSchema schema_;
  Plan plan_;
  std::unique_ptr<PlanScratch> scratch_;
  Tile tile_;
  std::vector<float> features_;
  std::vector<double> wide_features_;
};

}  // namespace ringside::engine::test
