// Goal: whatever the bytes of a model file are, reading them ends with a model or with an error that names a key; what is read can be
//   walked; and where it can be packed, the packed forest gives the plain walker's bits.
// Method: libFuzzer from a kept corpus of both spellings and several releases (tests/fuzz/corpus/forest_model), which also knows
//   XGBoost's keys.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <vector>

#include "engine/forest/forest.h"
#include "engine/forest/model.h"
#include "engine/forest/plain_walker.h"

namespace {

using namespace ringside::engine;

void require(bool good) {
  if (!good) std::abort();
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto model = read_model(std::as_bytes(std::span(data, size)));
  if (!model) {
    require(!model.error().key.empty() && !model.error().expected.empty() && !model.error().found.empty());
    return 0;
  }
  constexpr std::size_t kRowAllowed = 4096;
  if (model->num_feature > kRowAllowed || model->outputs() > kRowAllowed) return 0;
  const auto walker = PlainWalker::of(*model);
  require(walker.ok());  // read_model() has checked all that it asks for.
  const auto forest = Forest::build(*model);
  std::vector<float> plain(walker->margins_per_row());
  std::vector<float> packed(walker->margins_per_row());
  std::vector<float> values(walker->values_per_row());
  for (const float x : {0.25F, -3.0F, 33.5F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    const std::vector<float> row(model->num_feature, x);
    walker->predict_margins(row.data(), nullptr, plain.data());
    walker->transform(plain.data(), values.data());
    if (!forest) continue;
    forest->predict_margins(row.data(), 1, row.size(), nullptr, packed.data());
    require(same(packed, plain));
  }
  return 0;
}
