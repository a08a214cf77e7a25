// drift: a tile of scored rows to its counts. Includes the bins of every feature and of the score and the marks of its fields; not windows and
// PSI, which the admin thread computes.

#include "bench/comparison.h"
#include "bench/drift_sides.h"

namespace ringside::bench {
namespace {

Comparison make(const DriftWork& work, std::size_t rows_a_call) {
  Comparison comparison;
  comparison.rows = work.rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<OurDrift>(work, rows_a_call);
  comparison.references.push_back({"std::upper_bound", std::make_unique<UpperBound>(work, rows_a_call)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    static const DriftWork narrow(30, 65'536), wide(500, 16'384);
    for (const DriftWork* work : {&narrow, &wide}) {
      for (const std::size_t rows : {std::size_t{1}, std::size_t{64}}) {
        add_comparison(settings, "drift", std::to_string(work->features) + " features " + rows_word(rows),
                       [work, rows] { return make(*work, rows); });
      }
    }
  });
}
