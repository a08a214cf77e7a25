#include "tests/engine/forest/differential.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/forest/forest.h"
#include "engine/forest/reference.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {
namespace {

enum class Link : std::uint8_t { kIdentity, kLogit, kLog };

struct Kind {
  const char* objective;
  Link link = Link::kIdentity;  // What base scores it takes.
  bool multi_class = false;
  bool many_targets = false;  // 1.7.4 trains it with several labels a row.
};

// Every objective of 1.7.4, and the old name of one.
constexpr Kind kKinds[] = {{"binary:hinge"},
                           {"binary:logistic", Link::kLogit, false, true},
                           {"binary:logitraw", Link::kIdentity, false, true},
                           {"count:poisson", Link::kLog},
                           {"multi:softmax", Link::kIdentity, true},
                           {"multi:softprob", Link::kIdentity, true},
                           {"rank:map"},
                           {"rank:ndcg"},
                           {"rank:pairwise"},
                           {"reg:absoluteerror", Link::kIdentity, false, true},
                           {"reg:gamma", Link::kLog},
                           {"reg:linear", Link::kIdentity, false, true},
                           {"reg:logistic", Link::kLogit, false, true},
                           {"reg:pseudohubererror", Link::kIdentity, false, true},
                           {"reg:squarederror", Link::kIdentity, false, true},
                           {"reg:squaredlogerror", Link::kIdentity, false, true},
                           {"reg:tweedie", Link::kLog},
                           {"survival:aft", Link::kLog},
                           {"survival:cox", Link::kLog}};

std::uint32_t below(std::mt19937_64& random, std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); }

void set_base_score(std::mt19937_64& random, Link link, BoosterModel& model) {
  const float any = awkward_float(random);
  const float score = link == Link::kIdentity ? any
                      : link == Link::kLog    ? std::abs(any) + 1e-3F
                                              : 0.5F + std::clamp(any, -2.0F, 2.0F) * 0.2499F;
  model.base_scores = {score};
  model.base_score_text = float_text(score);
}

void add_random_trees(std::mt19937_64& random, bool large, BoosterModel& model) {
  const std::uint32_t depth = 1 + below(random, large ? 8 : 11);
  const std::uint32_t wanted = large ? 50 + below(random, 100) : below(random, 30);
  const bool categorical = chance(random, 20);
  if (chance(random, 20)) model.num_parallel_tree = 2 + below(random, 4);
  const std::uint32_t a_round = model.outputs() * model.num_parallel_tree;
  for (std::uint32_t t = 0; t < (wanted + a_round - 1) / a_round * a_round; ++t) {
    BoosterTree tree = random_tree(random, model.num_feature, 1 + below(random, depth));
    if (categorical && chance(random, 50)) make_categorical(random, tree);
    add_tree(model, std::move(tree), t / model.num_parallel_tree % model.outputs(), awkward_float(random));
  }
}

BoosterModel fuzzed_model(std::mt19937_64& random, bool large) {
  const Kind& kind = kKinds[below(random, std::size(kKinds))];
  constexpr std::uint32_t kFeatures[] = {1, 2, 7, 12, 30, 40, 64, 100, 130, 300};
  const std::uint32_t features = kFeatures[below(random, std::size(kFeatures))];
  BoosterModel model = empty_model(kind.objective, features, kind.multi_class ? 2 + below(random, 4) : 0);
  if (kind.many_targets && chance(random, 30)) model.num_target = 2 + below(random, 3);
  if (chance(random, 70)) set_base_score(random, kind.link, model);
  if (!large && chance(random, 15)) {
    model.booster = BoosterKind::kGblinear;
    model.linear_rounds = 1 + below(random, 9);
    for (std::uint32_t i = 0; i < (features + 1) * model.outputs(); ++i) model.linear_weights.push_back(awkward_float(random));
    return model;
  }
  if (chance(random, 20)) model.booster = BoosterKind::kDart;
  add_random_trees(random, large, model);
  return model;
}

void note(const BoosterModel& model, bool base_margins, Compared& done) {
  const auto is_categorical = [](const BoosterTree& tree) { return tree.has_categorical(); };
  const std::pair<bool, std::string> facts[] = {{true, model.objective},
                                                {model.booster == BoosterKind::kGbtree, "gbtree"},
                                                {model.booster == BoosterKind::kDart, "dart"},
                                                {model.booster == BoosterKind::kGblinear, "gblinear"},
                                                {model.num_target > 1, "several targets"},
                                                {model.num_parallel_tree > 1, "several trees a round"},
                                                {std::ranges::any_of(model.trees, is_categorical), "categories"},
                                                {base_margins, "base margins"},
                                                {model.missing == model.missing, "a missing value of its own"}};
  for (const auto& [is_so, fact] : facts) done.with[fact] += is_so ? 1 : 0;
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
  auto model = read_model(as_bytes(file));
  ASSERT_TRUE(model.ok()) << model.error().text();
  if (chance(random, 10)) model->missing = chance(random, 50) ? 0.0F : -999.0F;
  ASSERT_TRUE(XgboostReference::trusted(*model));
  const bool in_place = model->booster == BoosterKind::kGbtree;  // A DMatrix refuses infinities.
  const std::vector<float> cells = trap_rows(random, *model, rows, in_place);
  std::vector<float> base(rows * model->outputs());
  for (float& margin : base) margin = awkward_float(random);
  const float* base_margins = chance(random, 30) ? base.data() : nullptr;

  note(*model, base_margins != nullptr, done);

  std::vector<KernelKind> kinds(std::begin(kKernelKinds), std::end(kKernelKinds));
  std::vector<float> theirs(base.size()), their_values;
  for (std::size_t k = 0; k <= kinds.size(); ++k) {
    const auto forest = k == kinds.size() ? Forest::build(*model) : Forest::build(*model, {.kernel = kinds[k]});
    if (k < kinds.size() && (!forest || model->booster == BoosterKind::kGblinear)) continue;
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
  for (const auto& [fact, models] : done.with) std::printf("  %s: %llu\n", fact.c_str(), static_cast<unsigned long long>(models));
  return done;
}

}  // namespace ringside::engine::test
