#include "client_lib/base/plain_number.h"
#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kPercentiles[] = {"95", "99"};

// A limit that 0 lifts.
template <double kLow, double kHigh, class Field>
ConfigKey limit_key(std::string_view path, std::string_view argument, std::string_view meaning, Field) {
  return {path,
          "",
          argument,
          false,
          "",
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_limit(Field{}(c), v, kLow, kHigh); },
          [](const EngineConfig& c) { return base::plain_number(Field{}(c)); },
          KeyType::kLimit,
          "",
          0,
          0,
          {},
          false,
          kLow,
          kHigh};
}

Assigned assign_percentile(EngineConfig& config, const Values& values) {
  const auto index = read_choice(values, kPercentiles);
  if (!index) return fail(ValueProblem{index.error().bound, "99 needs five times as many calls to say anything"});
  config.guards.latency_percentile = *index == 0 ? 95 : 99;
  return Done{};
}

}  // namespace

std::span<const ConfigKey> guard_keys() {
  static const ConfigKey keys[] = {
      bool_key(
          "guards.enabled",
          "Whether a canary that does worse than the current version is ended, and a switch to a version that does worse than "
          "the one "
          "before is rolled back.",
          [](auto& c) -> auto& { return c.guards.enabled; }),
      limit_key<0.0001, 1.0>(
          "guards.error_rate", "SHARE",
          "How much a call's mean share of rows without a score may be above the other version's: 0.01 is one percentage "
          "point; 0: not judged.",
          [](auto& c) -> auto& { return c.guards.error_rate; }),
      limit_key<1.0, 1000.0>(
          "guards.latency_ratio", "RATIO",
          "How many times as long as the other version's a call may take in the engine, at the percentile; 0: not judged.",
          [](auto& c) -> auto& { return c.guards.latency_ratio; }),
      {"guards.latency_percentile", "", "95|99", false, "",
       "Percentile of the engine's time that is compared; 95 needs 304 calls of the other version, 99 needs 1584.",
       assign_percentile, [](const EngineConfig& c) { return std::to_string(c.guards.latency_percentile); }, KeyType::kChoice, "",
       0, 0, kPercentiles},
      limit_key<0.01, 100.0>(
          "guards.score_drift", "PSI",
          "Population stability index of the scores against the other version's that is too much; 0: not judged.",
          [](auto& c) -> auto& { return c.guards.score_drift; }),
      number_key<20, 1'000'000'000>(
          "guards.min_rows", "Rows of either version in the window before anything is judged.",
          [](auto& c) -> auto& { return c.guards.min_rows; }),
      number_key<1, 3'600>("guards.window_s", "How far back guards look, in seconds.",
                           [](auto& c) -> auto& { return c.guards.window_s; }, {.unit = "s"}),
      number_key<0, 86'400>(
          "guards.watch_after_switch_s",
          "How long after a switch its version is held to the last window of the one before, in seconds; 0: it is not.",
          [](auto& c) -> auto& { return c.guards.watch_after_switch_s; }, {.unit = "s"}),
  };
  return keys;
}

}  // namespace ringside::engine
