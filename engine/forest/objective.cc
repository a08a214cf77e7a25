#include "engine/forest/objective.h"

#include <math.h>  // logf, expf: the C names, so that no overload can make them double

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace ringside::engine {
namespace {

using enum ScoreKind;
using Link = BaseScoreLink;
using To = ValueTransform;

constexpr std::array kObjectives{
    Objective{"binary:hinge", kBinary, Link::kIdentity, To::kHinge},
    Objective{"binary:logistic", kBinary, Link::kLogit, To::kSigmoid},
    Objective{"binary:logitraw", kBinary, Link::kIdentity, To::kIdentity},
    Objective{"count:poisson", kOther, Link::kLog, To::kExp},
    Objective{"multi:softmax", kMultiClass, Link::kIdentity, To::kArgmax},
    Objective{"multi:softprob", kMultiClass, Link::kIdentity, To::kSoftmax},
    Objective{"rank:map", kOther, Link::kIdentity, To::kIdentity},
    Objective{"rank:ndcg", kOther, Link::kIdentity, To::kIdentity},
    Objective{"rank:pairwise", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:absoluteerror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:gamma", kOther, Link::kLog, To::kExp},
    Objective{"reg:linear", kOther, Link::kIdentity, To::kIdentity},  // The old name of reg:squarederror.
    Objective{"reg:logistic", kOther, Link::kLogit, To::kSigmoid},
    Objective{"reg:pseudohubererror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:squarederror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:squaredlogerror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:tweedie", kOther, Link::kLog, To::kExp},
    Objective{"survival:aft", kOther, Link::kLog, To::kExpInDouble},
    Objective{"survival:cox", kOther, Link::kLog, To::kExp},
};

float sigmoid(float margin) {
  const float x = std::min(-margin, 88.7F);  // Beyond it expf is infinite and the value 0.
  return 1.0F / (expf(x) + 1.0F + 1e-16F);
}

void softmax(const float* margins, std::size_t count, float* values) {
  float largest = margins[0];
  for (std::size_t i = 1; i < count; ++i) largest = fmaxf(margins[i], largest);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = expf(margins[i] - largest);
    sum += values[i];
  }
  for (std::size_t i = 0; i < count; ++i) values[i] /= static_cast<float>(sum);
}

// The first of equals; a NaN is never larger, and nothing is larger than a NaN in front.
std::size_t argmax(const float* margins, std::size_t count) {
  std::size_t largest = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (margins[i] > margins[largest]) largest = i;
  }
  return largest;
}

}  // namespace

std::optional<float> Objective::margin_of_base_score(float base_score) const noexcept {
  float margin = base_score;
  if (link == BaseScoreLink::kLogit) {
    if (!(base_score > 0.0F && base_score < 1.0F)) return std::nullopt;
    margin = -logf(1.0F / base_score - 1.0F);
  } else if (link == BaseScoreLink::kLog) {
    margin = logf(base_score);
  }
  if (!std::isfinite(margin)) return std::nullopt;
  return margin;
}

void Objective::transform(const float* margins, std::size_t rows, std::size_t margins_per_row, float* values) const noexcept {
  const std::size_t count = rows * margins_per_row;
  switch (value_transform) {
    case ValueTransform::kIdentity:
      if (values != margins && count > 0) std::memcpy(values, margins, count * sizeof(float));
      return;
    case ValueTransform::kSigmoid:
      for (std::size_t i = 0; i < count; ++i) values[i] = sigmoid(margins[i]);
      return;
    case ValueTransform::kExp:
      for (std::size_t i = 0; i < count; ++i) values[i] = expf(margins[i]);
      return;
    case ValueTransform::kExpInDouble:
      for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(exp(static_cast<double>(margins[i])));
      return;
    case ValueTransform::kHinge:
      for (std::size_t i = 0; i < count; ++i) values[i] = margins[i] > 0.0F ? 1.0F : 0.0F;
      return;
    case ValueTransform::kSoftmax:
      for (std::size_t row = 0; row < rows; ++row) {
        softmax(margins + row * margins_per_row, margins_per_row, values + row * margins_per_row);
      }
      return;
    case ValueTransform::kArgmax:
      for (std::size_t row = 0; row < rows; ++row) {
        values[row] = static_cast<float>(argmax(margins + row * margins_per_row, margins_per_row));
      }
      return;
  }
}

const Objective* find_objective(std::string_view name) noexcept {
  const auto found = std::find_if(kObjectives.begin(), kObjectives.end(), [&](const Objective& o) { return o.name == name; });
  return found == kObjectives.end() ? nullptr : &*found;
}

}  // namespace ringside::engine
