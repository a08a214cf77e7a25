// How far the checks go: a few seconds in the ordinary run, minutes in the long one.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/model/models.h"

namespace ringside::model {

inline Search full() { return {.kind = Search::Kind::kFull}; }
inline Search bounded(std::uint32_t switches) { return {.kind = Search::Kind::kBounded, .bound = switches}; }
inline Search random(std::uint64_t executions) { return {.kind = Search::Kind::kRandom, .executions = executions}; }

// kChannel and kPipeline make long runs: a switch more costs ten times the time.
inline bool is_long(Model model) { return model == Model::kChannel || model == Model::kPipeline; }

inline std::vector<Search> short_searches(Model model) {
  switch (model) {
    case Model::kChannel:
      return {bounded(3), full(), random(20'000)};
    case Model::kPipeline:
      return {bounded(2), random(20'000)};
    case Model::kNewChannel:
      return {bounded(4), random(20'000)};
    case Model::kPins:
    case Model::kClientGone:
      return {bounded(5), random(20'000)};
    default:
      return {full(), random(20'000)};
  }
}

inline std::vector<Search> long_searches(Model model) {
  switch (model) {
    case Model::kChannel:
      return {bounded(4), full(), random(2'000'000)};
    case Model::kPipeline:
      return {bounded(3), random(2'000'000)};
    case Model::kNewChannel:
      return {bounded(6), random(2'000'000)};
    default:
      return {full(), random(2'000'000)};
  }
}

}  // namespace ringside::model
