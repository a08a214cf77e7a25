#include "engine/forest/scorer.h"

#include <utility>

namespace ringside::engine {
namespace {

void score_rows(const Forest& forest, const void* features, std::size_t rows, std::size_t stride, void* margins,
                void* values) noexcept {
  auto* const to = static_cast<float*>(margins);
  forest.predict_margins(static_cast<const float*>(features), rows, stride, nullptr, to);
  forest.transform(to, rows, static_cast<float*>(values));
}

template <class Feature>
void score_rows(const LightgbmForest<Feature>& forest, const void* features, std::size_t rows, std::size_t stride, void* margins,
                void* values) noexcept {
  auto* const to = static_cast<double*>(margins);
  forest.predict_scores(static_cast<const Feature*>(features), rows, stride, to);
  forest.values_of(to, rows, static_cast<double*>(values));
}

const char* kernel_of(const Forest& forest) noexcept { return forest.kernel(); }
std::size_t bytes_of(const Forest& forest) noexcept { return forest.bytes(); }

template <class Feature>
const char* kernel_of(const LightgbmForest<Feature>& forest) noexcept {
  return forest.kernel().name();
}
template <class Feature>
std::size_t bytes_of(const LightgbmForest<Feature>& forest) noexcept {
  return forest.kernel().bytes();
}

}  // namespace

Scorer::Facts Scorer::facts_of(const Forest& forest) noexcept {
  return {.features = forest.features(),
          .margins = forest.margins_per_row(),
          .values = forest.values_per_row(),
          .trees = forest.trees(),
          .kind = forest.objective().kind,
          .objective = forest.objective().name};
}

template <class Feature>
Scorer::Facts Scorer::facts_of(const LightgbmForest<Feature>& forest) noexcept {
  return {.features = forest.features(),
          .margins = forest.outputs(),
          .values = forest.outputs(),
          .trees = forest.trees(),
          .feature_type = kFloatTypeOf<Feature>,
          .output_type = FloatType::kFloat64,
          .kind = forest.objective().kind,
          .objective = forest.objective().name};
}

Scorer::Scorer(Forest forest) : facts_(facts_of(forest)), forest_(std::move(forest)) {}
Scorer::Scorer(LightgbmForest<float> forest) : facts_(facts_of(forest)), forest_(std::move(forest)) {}
Scorer::Scorer(LightgbmForest<double> forest) : facts_(facts_of(forest)), forest_(std::move(forest)) {}

const char* Scorer::kernel() const noexcept {
  return std::visit([](const auto& forest) { return kernel_of(forest); }, forest_);
}

std::size_t Scorer::bytes() const noexcept {
  return std::visit([](const auto& forest) { return bytes_of(forest); }, forest_);
}

void Scorer::score(const void* features, std::size_t rows, std::size_t stride, void* margins, void* values) const noexcept {
  std::visit([&](const auto& forest) { score_rows(forest, features, rows, stride, margins, values); }, forest_);
}

}  // namespace ringside::engine
