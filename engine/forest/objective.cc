#include "engine/forest/objective.h"

#include <math.h>  // logf, expf: the C names, so that no overload can make them double

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "engine/forest/model_reader.h"

namespace ringside::engine {
namespace {

using enum ScoreKind;
using Link = BaseScoreLink;
using To = ValueTransform;

constexpr BoosterVersion k1_3_1{1, 3, 1};
constexpr BoosterVersion k1_6{1, 6, 0};
constexpr BoosterVersion k1_7{1, 7, 0};
constexpr BoosterVersion k2_0{2, 0, 0};
constexpr BoosterVersion k3_2{3, 2, 0};
constexpr BoosterVersion k3_3{3, 3, 0};
constexpr BoosterVersion k3_4{3, 4, 0};
constexpr BoosterVersion kFirst{0, 0, 0};

constexpr std::array kObjectives{
    Objective{"binary:hinge", kBinary, Link::kIdentity, To::kHinge},
    Objective{"binary:logistic", kBinary, Link::kLogit, To::kSigmoidUnbounded, kFirst, k1_6},
    Objective{"binary:logistic", kBinary, Link::kLogit, To::kSigmoid, k1_6, k3_2},
    Objective{"binary:logistic", kBinary, Link::kLogitClamped, To::kSigmoid, k3_2},
    Objective{"binary:logitraw", kOther, Link::kLogit, To::kIdentity, kFirst, k1_3_1},
    Objective{"binary:logitraw", kOther, Link::kIdentity, To::kIdentity, k1_3_1},
    Objective{"count:poisson", kOther, Link::kLog, To::kExp},
    Objective{"multi:softmax", kMultiClass, Link::kIdentity, To::kArgmax},
    Objective{"multi:softprob", kMultiClass, Link::kIdentity, To::kSoftmax},
    Objective{"rank:map", kOther, Link::kIdentity, To::kIdentity},
    Objective{"rank:ndcg", kOther, Link::kIdentity, To::kIdentity},
    Objective{"rank:pairwise", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:absoluteerror", kOther, Link::kIdentity, To::kIdentity, k1_7},
    Objective{"reg:expectileerror", kOther, Link::kSoftplusGaps, To::kSoftplusGaps, k3_3},
    Objective{"reg:gamma", kOther, Link::kLog, To::kExp},
    Objective{"reg:linear", kOther, Link::kIdentity, To::kIdentity},  // The old name of reg:squarederror.
    Objective{"reg:logistic", kOther, Link::kLogit, To::kSigmoidUnbounded, kFirst, k1_6},
    Objective{"reg:logistic", kOther, Link::kLogit, To::kSigmoid, k1_6, k3_2},
    Objective{"reg:logistic", kOther, Link::kLogitClamped, To::kSigmoid, k3_2},
    Objective{"reg:pseudohubererror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:quantileerror", kOther, Link::kIdentity, To::kIdentity, k2_0, k3_4},
    Objective{"reg:quantileerror", kOther, Link::kIdentity, To::kSort, k3_4},
    Objective{"reg:squarederror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:squaredlogerror", kOther, Link::kIdentity, To::kIdentity},
    Objective{"reg:tweedie", kOther, Link::kLog, To::kExp},
    Objective{"survival:aft", kOther, Link::kLog, To::kExpInDouble},
    Objective{"survival:cox", kOther, Link::kLog, To::kExp},
};

// common::SoftPlus and SoftPlusInv of XGBoost 3.3, in float32 as it instantiates them.
constexpr float kSmallestGap = 1e-6F;
float softplus(float x) { return x > 0.0F ? x + log1pf(expf(-x)) : log1pf(expf(x)); }
float inverse_softplus(float x) {
  x = std::max(x, kSmallestGap);
  return x + logf(-expm1f(-x));
}

float sigmoid(float margin) {
  const float x = std::min(-margin, 88.7F);  // Beyond it expf is infinite and the value 0.
  return 1.0F / (expf(x) + 1.0F + 1e-16F);
}

float unbounded_sigmoid(float margin) { return 1.0F / (1.0F + expf(-margin)); }

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

// Stable and quadratic, as XGBoost's: NaN stays where it is.
void sort_ascending(const float* margins, std::size_t count, float* values) {
  if (values != margins) std::copy(margins, margins + count, values);
  for (std::size_t i = 1; i < count; ++i) {
    const float value = values[i];
    std::size_t at = i;
    for (; at > 0 && values[at - 1] > value; --at) values[at] = values[at - 1];
    values[at] = value;
  }
}

void accumulate_gaps(const float* margins, std::size_t count, float* values) {
  float value = margins[0];
  values[0] = value;
  for (std::size_t i = 1; i < count; ++i) {
    value += kSmallestGap + softplus(margins[i]);
    values[i] = value;
  }
}

}  // namespace

bool Objective::margins_of_base_scores(float* scores, std::size_t outputs) const noexcept {
  for (std::size_t i = outputs; i-- > 0;) {  // From the last: a gap needs the score before it.
    float& score = scores[i];
    switch (link) {
      case Link::kIdentity:
        break;
      case Link::kLogit:
        if (!(score > 0.0F && score < 1.0F)) return false;
        score = -logf(1.0F / score - 1.0F);
        break;
      case Link::kLogitClamped: {
        if (!(score >= 0.0F && score <= 1.0F)) return false;
        const float clamped = std::min(std::max(score, 1e-6F), 1.0F - 1e-6F);
        score = -logf(1.0F / clamped - 1.0F);
        break;
      }
      case Link::kLog:
        score = logf(score);
        break;
      case Link::kSoftplusGaps:
        if (i > 0) score = inverse_softplus((score - scores[i - 1]) - kSmallestGap);
        break;
    }
    if (!std::isfinite(score)) return false;
  }
  return true;
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
    case ValueTransform::kSigmoidUnbounded:
      for (std::size_t i = 0; i < count; ++i) values[i] = unbounded_sigmoid(margins[i]);
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
    case ValueTransform::kSort:
      for (std::size_t row = 0; row < rows; ++row) {
        sort_ascending(margins + row * margins_per_row, margins_per_row, values + row * margins_per_row);
      }
      return;
    case ValueTransform::kSoftplusGaps:
      for (std::size_t row = 0; row < rows; ++row) {
        accumulate_gaps(margins + row * margins_per_row, margins_per_row, values + row * margins_per_row);
      }
      return;
    case ValueTransform::kArgmax:
      for (std::size_t row = 0; row < rows; ++row) {
        values[row] = static_cast<float>(argmax(margins + row * margins_per_row, margins_per_row));
      }
      return;
  }
}

const Objective* find_objective(std::string_view name, const BoosterVersion& version) noexcept {
  const auto found = std::find_if(kObjectives.begin(), kObjectives.end(),
                                  [&](const Objective& o) { return o.name == name && o.since <= version && version < o.before; });
  return found == kObjectives.end() ? nullptr : &*found;
}

Result<std::vector<float>, ModelError> start_margins(const BoosterModel& model) {
  const std::uint32_t outputs = model.outputs();
  std::vector<float> margins = model.base_scores;
  if (margins.size() == 1 || model.booster == BoosterKind::kGblinear) margins.assign(outputs, model.base_scores[0]);
  // From 3.1 on, the estimated base score of a model without a round is taken for a margin.
  const bool untrained = model.booster == BoosterKind::kGblinear ? model.linear_rounds == 0 : model.trees.empty();
  const bool linked = !untrained || !model.boost_from_average || model.version < BoosterVersion{3, 1, 0};
  const Objective* objective = find_objective(linked ? model.objective : "reg:squarederror", model.version);
  if (objective->margins_of_base_scores(margins.data(), margins.size())) return margins;
  const bool probability = objective->link == BaseScoreLink::kLogit || objective->link == BaseScoreLink::kLogitClamped;
  return fail(ModelError{"learner.learner_model_param.base_score",
                         probability ? "a probability between 0 and 1" : "base scores whose margins are finite",
                         quoted(model.base_score_text)});
}

}  // namespace ringside::engine
