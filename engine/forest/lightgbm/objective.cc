#include "engine/forest/lightgbm/objective.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/forest/model_reader.h"

namespace ringside::engine {
namespace {

using enum ScoreKind;
using To = LightgbmTransform;

struct KnownObjective {
  std::string_view name;
  ScoreKind kind;
  To transform;
  bool has_sigmoid = false;
  bool may_be_sqrt = false;  // With the word "sqrt" behind it (reg_sqrt) the transform is kSignedSquare.
};

// Those that predict by RegressionL2loss::ConvertOutput are the ones that know sqrt.
constexpr std::array kObjectives{
    KnownObjective{"binary", kBinary, To::kSigmoid, true},
    KnownObjective{"cross_entropy", kOther, To::kSigmoid},
    KnownObjective{"cross_entropy_lambda", kOther, To::kLog1pExp},
    KnownObjective{"fair", kOther, To::kIdentity, false, true},
    KnownObjective{"gamma", kOther, To::kExp},
    KnownObjective{"huber", kOther, To::kIdentity},
    KnownObjective{"lambdarank", kOther, To::kIdentity},
    KnownObjective{"mape", kOther, To::kIdentity, false, true},
    KnownObjective{"multiclass", kMultiClass, To::kSoftmax},
    KnownObjective{"multiclassova", kMultiClass, To::kSigmoid, true},
    KnownObjective{"poisson", kOther, To::kExp},
    KnownObjective{"quantile", kOther, To::kIdentity, false, true},
    KnownObjective{"rank_xendcg", kOther, To::kIdentity},
    KnownObjective{"regression", kOther, To::kIdentity, false, true},
    KnownObjective{"regression_l1", kOther, To::kIdentity, false, true},
    KnownObjective{"tweedie", kOther, To::kExp},
};

ModelError wrong(std::string expected, std::string_view found) { return {"objective", std::move(expected), quoted(found)}; }

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

bool parse_digits(std::string_view& text, std::string& digits) {
  const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  digits = text.substr(0, count);
  text.remove_prefix(count);
  return count > 0;
}

double whole(const std::string& digits) {  // REQUIRES: at most 15 digits, which a double holds
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return static_cast<double>(value);
}

double power_of_ten(std::size_t exponent) {  // Exact up to 10^22.
  double power = 1;
  for (; exponent > 0; --exponent) power *= 10.0;
  return power;
}

// LightGBM reads the sigmoid by its Common::Atof, which is not correctly rounded: whole part plus fraction, then times the power of
// ten. Its steps are exact but for those three roundings within these bounds; it prints six digits.
bool parse_as_atof(std::string_view text, double& value) {
  std::string before, after, exponent;
  if (!parse_digits(text, before)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!parse_digits(text, after)) return false;
  }
  bool negative = false;
  if (text.starts_with('e')) {
    text.remove_prefix(1);
    negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (!parse_digits(text, exponent)) return false;
  }
  if (!text.empty() || before.size() > 15 || after.size() > 15 || exponent.size() > 2 || whole(exponent) > 22) return false;
  value = whole(before);
  if (!after.empty()) value += whole(after) / power_of_ten(after.size());
  const double scale = power_of_ten(static_cast<std::size_t>(whole(exponent)));
  value = negative ? value / scale : value * scale;
  return true;
}

Result<Done, ModelError> read_word(const KnownObjective& known, std::string_view word, LightgbmObjective& objective) {
  constexpr std::string_view kSigmoid = "sigmoid:";
  constexpr std::string_view kClasses = "num_class:";
  if (known.has_sigmoid && word.starts_with(kSigmoid)) {
    if (parse_as_atof(word.substr(kSigmoid.size()), objective.sigmoid) && objective.sigmoid > 0) return Done{};
    return fail(wrong("sigmoid: and a number above 0 as LightGBM prints it, 0.7", word));
  }
  if (known.kind == kMultiClass && word.starts_with(kClasses)) {
    const std::string_view count = word.substr(kClasses.size());
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), objective.num_class);
    if (error == std::errc() && end == count.data() + count.size() && objective.num_class >= 2) return Done{};
    return fail(wrong("num_class: and a number of classes, 2 or more", word));
  }
  if (known.may_be_sqrt && word == "sqrt") {
    objective.transform = To::kSignedSquare;
    return Done{};
  }
  return fail(wrong("a parameter that " + std::string(known.name) + " is known to have", word));
}

void softmax(const double* scores, std::size_t count, double* values) {
  double largest = scores[0];
  for (std::size_t i = 1; i < count; ++i) largest = std::max(scores[i], largest);  // In this order: it matters to a NaN.
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = std::exp(scores[i] - largest);
    sum += values[i];
  }
  for (std::size_t i = 0; i < count; ++i) values[i] /= sum;
}

double sign(double x) { return static_cast<double>((x > 0 ? 1 : 0) - (x < 0 ? 1 : 0)); }

}  // namespace

Result<LightgbmObjective, ModelError> parse_lightgbm_objective(std::string_view line) {
  const std::string_view name = next_word(line);
  const auto* known =
      std::find_if(kObjectives.begin(), kObjectives.end(), [&](const KnownObjective& o) { return o.name == name; });
  if (known == kObjectives.end()) return fail(wrong("an objective of LightGBM 2.3 to 4.7", name));
  LightgbmObjective objective{.name = known->name, .kind = known->kind, .transform = known->transform, .sigmoid = 0};
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    if (auto read = read_word(*known, word, objective); !read) return fail(std::move(read).error());
  }
  if (known->has_sigmoid && objective.sigmoid == 0)
    return fail(wrong("sigmoid:…, a parameter of every " + std::string(name), name));
  if (known->kind == kMultiClass && objective.num_class < 2)
    return fail(wrong("num_class:…, a parameter of every " + std::string(name), name));
  if (!known->has_sigmoid) objective.sigmoid = 1;
  return objective;
}

void LightgbmObjective::values_of(const double* scores, std::size_t outputs, double* values) const noexcept {
  if (transform == To::kSoftmax) {
    softmax(scores, outputs, values);
    return;
  }
  for (std::size_t i = 0; i < outputs; ++i) {
    const double score = scores[i];
    switch (transform) {
      case To::kSigmoid:
        values[i] = 1.0 / (1.0 + std::exp(-sigmoid * score));
        break;
      case To::kExp:
        values[i] = std::exp(score);
        break;
      case To::kLog1pExp:
        values[i] = std::log1p(std::exp(score));
        break;
      case To::kLogOnePlusExp:
        values[i] = std::log(1.0 + std::exp(score));
        break;
      case To::kSignedSquare:
        values[i] = sign(score) * score * score;
        break;
      case To::kIdentity:
      case To::kSoftmax:
        values[i] = score;
        break;
    }
  }
}

}  // namespace ringside::engine
