// decode: a request in shared memory to checked values in a tile. Includes reading the call's geometry and every check of every cell; not the
// plan, not the forest.

#include "bench/comparison.h"
#include "bench/decode_sides.h"
#include "bench/packed_sides.h"

namespace ringside::bench {
namespace {

constexpr std::size_t kDistinctRows = 65'536;  // more than a branch predictor learns

Comparison make(bool digest) {
  auto requests = std::make_shared<Requests>(kDistinctRows);
  Comparison comparison;
  comparison.rows = requests->rows();
  comparison.ours = std::make_unique<OurDecode>(requests, digest);
  if (digest) {
    comparison.references.push_back({"without digest", std::make_unique<OurDecode>(requests, false)});
  } else {
    comparison.references.push_back({"unchecked copy", std::make_unique<UncheckedCopy>(requests)});
  }
  return comparison;
}

Comparison make_packed(wire::Encoding encoding) {
  constexpr std::size_t kBatches = 256;
  Comparison comparison;
  comparison.rows = kBatches * GatherNumbers::kRows;
  comparison.rows_a_call = GatherNumbers::kRows;
  comparison.ours = std::make_unique<GatherNumbers>(encoding, kBatches);
  comparison.references.push_back({"tagged cells", std::make_unique<GatherNumbers>(wire::Encoding::kHandles, kBatches)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    add_comparison(settings, "decode", "20 mixed fields 1 row", [] { return make(false); });
    add_comparison(settings, "decode", "20 mixed fields 1 row, digest", [] { return make(true); });
    add_comparison(settings, "decode", "100 floats 64 rows, packed f32",
                   [] { return make_packed(ringside::wire::Encoding::kPackedF32); });
    add_comparison(settings, "decode", "100 floats 64 rows, packed f64",
                   [] { return make_packed(ringside::wire::Encoding::kPackedF64); });
  });
}
