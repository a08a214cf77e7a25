// Goal: whatever the bytes of a LightGBM text model are, reading them ends with a model or with an error that names a key; what is read can
//   be walked, and packed it gives the plain walker's bits.
// Method: libFuzzer from a kept corpus of small models (tests/fuzz/corpus/lightgbm_model). A tree that grows or shrinks no longer fits
//   tree_sizes, so most mutations that live long keep their length.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <vector>

#include "engine/forest/lightgbm/forest.h"
#include "engine/forest/lightgbm/plain_walker.h"

namespace {

using namespace ringside::engine;

void require(bool good) {
  if (!good) std::abort();
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) return false;
  }
  return true;
}

template <class Feature>
void compare(const LightgbmModel& model, const LightgbmWalker& walker) {
  const auto forest = LightgbmForest<Feature>::build(model);
  require(forest.ok());
  std::vector<double> plain(model.outputs);
  std::vector<double> packed(model.outputs);
  for (const double x : {0.25, -3.0, 33.5, 1e30, -0.0, 1e-36, static_cast<double>(std::numeric_limits<float>::quiet_NaN())}) {
    const std::vector<Feature> row(model.num_feature, static_cast<Feature>(x));
    walker.predict_scores(row.data(), plain.data());
    forest->predict_scores(row.data(), 1, row.size(), packed.data());
    require(same(packed, plain));
    walker.values_of(plain.data(), plain.data());
    forest->values_of(packed.data(), 1, packed.data());
    require(same(packed, plain));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto model = read_lightgbm_model(std::as_bytes(std::span(data, size)));
  if (!model) {
    require(!model.error().key.empty() && !model.error().expected.empty() && !model.error().found.empty());
    return 0;
  }
  constexpr std::size_t kAllowed = 4096;
  if (model->num_feature > kAllowed || model->outputs > kAllowed) return 0;
  const auto walker = LightgbmWalker::of(*model);
  require(walker.ok());  // read_lightgbm_model() has checked all that it asks for.
  compare<float>(*model, *walker);
  compare<double>(*model, *walker);
  return 0;
}
