// Goal: whatever the bytes of a model file are, reading them ends with a model or with an error that names a key; and what is read can be
//   built and walked.
// Method: libFuzzer from a kept corpus of both spellings (tests/fuzz/corpus/forest_model), which also knows XGBoost's keys.

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "engine/forest/forest.h"
#include "engine/forest/model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringside::engine;
  const auto model = read_model(std::as_bytes(std::span(data, size)));
  if (!model) {
    if (model.error().key.empty() || model.error().expected.empty() || model.error().found.empty()) std::abort();
    return 0;
  }
  const auto forest = Forest::build(*model);
  if (!forest) std::abort();  // read_model() has checked all that build() asks for.
  constexpr std::size_t kRowAllowed = 4096;
  if (forest->features() > kRowAllowed) return 0;
  const std::vector<float> row(forest->features(), 0.25F);
  std::vector<float> margins(forest->margins_per_row());
  std::vector<float> values(forest->values_per_row());
  forest->predict_margins(row.data(), 1, row.size(), nullptr, margins.data());
  forest->transform(margins.data(), 1, values.data());
  return 0;
}
