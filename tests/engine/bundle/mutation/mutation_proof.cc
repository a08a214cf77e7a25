// mutation_proof BUNDLE ROWS [--long | --mutations N] [--seed S]: flips one bit at a time and counts what the gate lets through.
//
//   mutation_proof models/loan_default_v1.0.0 sample.jsonl --long        10,000 mutations
//
// Half of the mutations are drawn from all bits of all parameters alike, half from a group of parameters (leaves, plan numbers, fills, …)
// drawn first, so that the few numbers of a scaler are tried as hard as the many of a forest. Exit status 0 where at least 99.9 % of the
// mutations that alter any row's prediction are refused, else 1.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/engine/bundle/mutation/proof.h"

namespace ringside::test {
namespace {

constexpr double kRefusedAtLeast = 0.999;
constexpr std::size_t kSurvivorsShown = 40;

struct Draw {
  std::size_t parameter;
  std::uint32_t bit;
};

std::vector<Draw> draws(const std::vector<Parameter>& parameters, std::size_t count, std::uint64_t seed) {
  std::vector<Draw> all;
  std::map<std::string, std::vector<Draw>> by_group;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    for (std::uint32_t bit = 0; bit < parameters[i].bits(); ++bit) {
      all.push_back({i, bit});
      by_group[parameters[i].group].push_back({i, bit});
    }
  }
  std::vector<const std::vector<Draw>*> groups;
  for (const auto& [name, group] : by_group) groups.push_back(&group);
  std::mt19937_64 random(seed);
  std::vector<Draw> drawn;
  for (std::size_t n = 0; n < count; ++n) {
    const std::vector<Draw>& from = n % 2 == 0 ? all : *groups[random() % groups.size()];
    drawn.push_back(from[random() % from.size()]);
  }
  return drawn;
}

int run(const std::string& bundle, const std::string& rows, std::size_t mutations, std::uint64_t seed) {
  MutationProof proof(bundle, rows);
  std::map<std::string, std::map<Fate, std::size_t>> counts;
  std::vector<std::string> survivors;
  for (const auto& [number, bit] : draws(proof.parameters(), mutations, seed)) {
    const Parameter& parameter = proof.parameters()[number];
    const Fate fate = proof.judge(parameter, bit);
    ++counts[parameter.group][fate];
    ++counts["all"][fate];
    if (fate == Fate::kSurvived) {
      survivors.push_back(parameter.file + ": " + parameter.where + " bit " + std::to_string(bit) + ": " + proof.change() +
                          " alters " + std::to_string(proof.rows_altered()) + " rows");
    }
  }
  std::printf("%s: %zu mutations, seed %llu, against %zu rows\n", bundle.c_str(), mutations,
              static_cast<unsigned long long>(seed), proof.rows());
  std::printf("%-20s %9s %9s %9s %9s\n", "parameter", "no bundle", "no change", "refused", "survived");
  for (auto& [group, fates] : counts) {
    std::printf("%-20s %9zu %9zu %9zu %9zu\n", group.c_str(), fates[Fate::kNoBundle], fates[Fate::kSame], fates[Fate::kRefused],
                fates[Fate::kSurvived]);
  }
  for (std::size_t i = 0; i < survivors.size() && i < kSurvivorsShown; ++i) std::printf("survived: %s\n", survivors[i].c_str());
  const std::size_t refused = counts["all"][Fate::kRefused];
  const double rate = static_cast<double>(refused) / static_cast<double>(std::max<std::size_t>(1, refused + survivors.size()));
  std::printf("%.3f %% of %zu mutations that alter a prediction are refused\n", 100 * rate, refused + survivors.size());
  return refused > 0 && rate >= kRefusedAtLeast ? 0 : 1;
}

}  // namespace
}  // namespace ringside::test

int main(int argc, char** argv) {
  std::size_t mutations = 300;
  std::uint64_t seed = 1;
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--long") {
      mutations = 10'000;
    } else if (word == "--mutations" && i + 1 < argc) {
      mutations = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      places.emplace_back(word);
    }
  }
  if (places.size() != 2) {
    std::fprintf(stderr, "usage: mutation_proof BUNDLE ROWS [--long | --mutations N] [--seed S]\n");
    return 2;
  }
  return ringside::test::run(places[0], places[1], mutations, seed);
}
