#include "tests/engine/forest/differential.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "engine/forest/forest.h"
#include "engine/forest/reference.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {
namespace {

BoosterModel fuzzed_model(std::mt19937_64& random, bool large) {
  struct Kind {
    const char* objective;
    std::uint32_t classes;
  };
  constexpr Kind kKinds[] = {{"binary:logistic", 0}, {"reg:squarederror", 0}, {"count:poisson", 0}, {"multi:softprob", 3},
                             {"multi:softmax", 4},   {"reg:tweedie", 0},      {"binary:hinge", 0},  {"rank:pairwise", 0}};
  const auto below = [&random](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
  const Kind kind = kKinds[random() % std::size(kKinds)];
  constexpr std::uint32_t kFeatures[] = {1, 2, 7, 12, 30, 40, 64, 100, 130, 300};
  const std::uint32_t features = kFeatures[random() % std::size(kFeatures)];
  BoosterModel model = empty_model(kind.objective, features, kind.classes);
  if (chance(random, 20)) model.booster = BoosterKind::kDart;
  const std::uint32_t depth = 1 + below(large ? 8 : 11);
  const std::uint32_t trees = large ? 50 + below(100) : below(30);
  const bool categorical = chance(random, 20);
  for (std::uint32_t t = 0; t < (trees + model.outputs() - 1) / model.outputs() * model.outputs(); ++t) {
    BoosterTree tree = random_tree(random, features, 1 + below(depth));
    if (categorical && chance(random, 50)) make_categorical(random, tree);
    add_tree(model, std::move(tree), t % model.outputs(), awkward_float(random));
  }
  return model;
}

std::size_t first_difference(const std::vector<float>& ours, const std::vector<float>& theirs) {
  std::size_t i = 0;
  while (i < ours.size() && std::bit_cast<std::uint32_t>(ours[i]) == std::bit_cast<std::uint32_t>(theirs[i])) ++i;
  return i;
}

void compare(std::uint64_t seed, std::size_t rows, Compared& done) {
  std::mt19937_64 random(seed);
  const bool large = seed % 2 == 0;
  const std::string file = chance(random, 50) ? write_json(fuzzed_model(random, large)) : write_ubj(fuzzed_model(random, large));
  const auto model = read_model(as_bytes(file));
  ASSERT_TRUE(model.ok()) << model.error().text();
  ASSERT_TRUE(XgboostReference::trusted(*model));
  const bool in_place = model->booster == BoosterKind::kGbtree;  // A DMatrix refuses infinities.
  const std::vector<float> cells = trap_rows(random, *model, rows, in_place);
  std::vector<float> base(rows * model->outputs());
  for (float& margin : base) margin = awkward_float(random);
  const float* base_margins = chance(random, 30) ? base.data() : nullptr;

  std::vector<KernelKind> kinds(std::begin(kKernelKinds), std::end(kKernelKinds));
  std::vector<float> theirs(base.size()), their_values;
  for (std::size_t k = 0; k <= kinds.size(); ++k) {
    const auto forest = k == kinds.size() ? Forest::build(*model) : Forest::build(*model, {.kernel = kinds[k]});
    if (k < kinds.size() && !forest) continue;
    ASSERT_TRUE(forest.ok()) << forest.error().text();
    if (their_values.empty()) {
      their_values.resize(rows * forest->values_per_row());
      auto reference = XgboostReference::load(as_bytes(file), *model);
      ASSERT_TRUE(reference.ok()) << reference.error();
      const auto predicted = reference->predict(cells.data(), rows, base_margins, theirs.data(), their_values.data());
      ASSERT_TRUE(predicted.ok()) << predicted.error();
    }
    std::vector<float> margins(theirs.size()), values(their_values.size());
    const std::size_t a_call = k == kinds.size() ? 64 : 1 + random() % 100;
    for (std::size_t r = 0; r < rows; r += a_call) {
      const std::size_t count = std::min(a_call, rows - r), outputs = forest->margins_per_row();
      forest->predict_margins(cells.data() + r * forest->features(), count, forest->features(),
                              base_margins != nullptr ? base_margins + r * outputs : nullptr, margins.data() + r * outputs);
    }
    forest->transform(margins.data(), rows, values.data());
    ASSERT_EQ(first_difference(margins, theirs), theirs.size()) << "margins, seed " << seed << ", kernel " << forest->kernel();
    ASSERT_EQ(first_difference(values, their_values), their_values.size())
        << "values, seed " << seed << ", kernel " << forest->kernel();
  }
  ++done.models;
  done.pairs += rows;
  if (model->trees.size() >= 50) ++done.large;
}

}  // namespace

Compared compare_with_library(const Effort& effort, std::uint64_t first_seed) {
  if (const char* given = std::getenv("RINGSIDE_DIFFERENTIAL_SEED")) first_seed = std::strtoull(given, nullptr, 10);
  Compared done;
  for (std::uint64_t seed = first_seed; seed < first_seed + effort.models && !testing::Test::HasFatalFailure(); ++seed) {
    compare(seed, effort.rows, done);
  }
  std::printf("%llu models (%llu of 50 trees or more), %llu pairs of row and model: equal in every bit\n",
              static_cast<unsigned long long>(done.models), static_cast<unsigned long long>(done.large),
              static_cast<unsigned long long>(done.pairs));
  return done;
}

}  // namespace ringside::engine::test
