#include "engine/bundle/inexact.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <unordered_map>

#include "engine/bundle/plan_json.h"

namespace ringside::engine {
namespace {

constexpr std::uint64_t kFloat32Units = 4;
constexpr std::uint64_t kCancelled = 1u << 10;

template <class Step>
std::string input_of(const Step& step) {
  if constexpr (requires { step.in.is_field; }) {
    return step.in.is_field ? std::string() : step.in.name;
  } else if constexpr (requires { step.in; }) {
    return step.in;
  } else {
    return {};
  }
}

template <class Step>
std::vector<std::string> outputs_of(const Step& step) {
  if constexpr (requires { step.outs; }) {
    return step.outs;
  } else if constexpr (requires { step.out; }) {
    return {step.out};
  } else {
    return {};
  }
}

// The bits as a line on which neighbouring floats are neighbours: both zeros are 0.
std::int64_t on_a_line(std::uint64_t bits, FloatType type) noexcept {
  const std::uint64_t sign = std::uint64_t{1} << (8 * float_bytes(type) - 1);
  const auto magnitude = static_cast<std::int64_t>(bits & (sign - 1));
  return (bits & sign) != 0 ? -magnitude : magnitude;
}

bool is_nan(std::uint64_t bits, FloatType type) noexcept {
  return type == FloatType::kFloat64 ? std::isnan(std::bit_cast<double>(bits))
                                     : std::isnan(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

}  // namespace

void check_inexact(const PlanSpec& spec, const std::vector<InexactStep>& listed, BundleProblems& problems) {
  const auto entry = [&](std::size_t step) {
    return std::find_if(listed.begin(), listed.end(), [step](const InexactStep& one) { return one.step == step; });
  };
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    if (is_inexact(spec.steps[i]) && entry(i) == listed.end())
      problems.push_back({kManifestFile, "inexact", 0, "an entry for " + indexed("steps", i) + " of " + kPlanFile, "none"});
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (listed[i].step < spec.steps.size() && is_inexact(spec.steps[listed[i].step])) continue;
    problems.push_back({kManifestFile, indexed("inexact", i) + ".step", 0,
                        std::string("a log1p, power or normal quantile of ") + kPlanFile,
                        "step " + std::to_string(listed[i].step)});
  }
}

std::vector<std::uint64_t> feature_bounds(const PlanSpec& spec, const std::vector<InexactStep>& listed) {
  std::unordered_map<std::string, std::uint64_t> bounds;  // by column
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const auto entry = std::find_if(listed.begin(), listed.end(), [i](const InexactStep& one) { return one.step == i; });
    const bool wide = spec.feature_type == FloatType::kFloat64;
    const std::uint64_t own = entry == listed.end() ? 0 : wide ? entry->ulp * kCancelled : kFloat32Units;
    std::visit(
        [&](const auto& step) {
          const auto before = bounds.find(input_of(step));
          const std::uint64_t bound = std::max(own, before == bounds.end() ? 0 : before->second);
          for (std::string& out : outputs_of(step)) bounds[std::move(out)] = bound;
        },
        spec.steps[i]);
  }
  std::vector<std::uint64_t> of_features;
  for (const std::string& feature : spec.features) of_features.push_back(bounds[feature]);
  return of_features;
}

bool within(std::uint64_t bits, std::uint64_t expected, FloatType type, std::uint64_t ulp) noexcept {
  if (bits == expected) return true;
  if (is_nan(bits, type) || is_nan(expected, type)) return false;
  const std::int64_t apart = on_a_line(bits, type) - on_a_line(expected, type);
  return static_cast<std::uint64_t>(apart < 0 ? -apart : apart) <= ulp;
}

}  // namespace ringside::engine
