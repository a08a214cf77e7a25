// Goal: whatever order, groups and kernels a plan was given, its numbers are those of the spec run step by step, in every bit, for a
// single row and for tiles of every size. Method: random specs over the exact numeric steps with constants and values from where
// rounding goes wrong, against PlainPlan; seeded, so that a failure can be run again.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tests/engine/preprocess/plain_plan.h"
#include "tests/engine/preprocess/plan_case.h"
#include "tests/engine/preprocess/random_spec.h"

namespace ringside::engine::test {
namespace {

std::uint32_t bits_of(double column) {
  const auto feature = static_cast<float>(column);
  return std::isnan(feature) ? 0x7FC00000u : std::bit_cast<std::uint32_t>(feature);
}

void compare(RandomSpec& random, std::uint32_t seed) {
  const PlanSpec& spec = random.spec();
  PlanCase plan(random.fields(), spec);
  for (const std::uint32_t rows : {1u, 1u, 2u, 7u, 9u, 64u}) {
    plan.start(rows);
    std::vector<std::map<std::string, double>> values(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      for (std::uint32_t field = 0; field < random.fields().size(); ++field) {
        const double value = values[row][random.fields()[field].name] = random.value();
        plan.number(field, row, value);
      }
    }
    plan.run();
    for (std::uint32_t row = 0; row < rows; ++row) {
      PlainPlan plain(values[row]);
      plain.run(spec);
      for (std::uint32_t j = 0; j < spec.features.size(); ++j) {
        const std::uint32_t found = std::isnan(plan.feature(row, j)) ? 0x7FC00000u : plan.bits(row, j);
        ASSERT_EQ(found, bits_of(plain.column(spec.features[j])))
            << "seed " << seed << ", row " << row << " of " << rows << ", feature " << spec.features[j];
      }
    }
  }
}

TEST(PlanProperty, GroupsAndKernelsGiveTheBitsOfThePlainOrder) {
  for (std::uint32_t seed = 0; seed < 1'500 && !::testing::Test::HasFailure(); ++seed) {
    RandomSpec random(seed);
    compare(random, seed);
  }
}

}  // namespace
}  // namespace ringside::engine::test
