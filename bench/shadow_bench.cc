// shadow: what a shadow that scores every row once more adds to its caller's wait. The same rows to two engines that differ in the shadow alone, turn
// by turn; promised: at most 1 us at p99.

#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "bench/served_model.h"
#include "bench/switch/operator_desk.h"

namespace ringside::bench {
namespace {

constexpr const char* kTask = "bench_switch";
constexpr const char* kCurrent = "bench_switch_v1.0.0";
constexpr const char* kShadow = "bench_switch_v1.1.0";
constexpr std::size_t kFeatures = 30;

std::shared_ptr<ServedModel> served(const Settings& settings, bool with_shadow) {
  auto model = std::make_shared<ServedModel>(settings, settings.data + "/switch/models/" + kCurrent);
  const OperatorDesk desk(model->run_dir(), kTask);
  desk.wait_until_resident(kShadow);
  if (with_shadow) desk.set_shadow(kShadow);
  model->process().pause();
  return model;
}

Comparison make(const Settings& settings, std::size_t rows_a_call) {
  static const FloatRows rows(settings.data + "/switch/rows.f32", kFeatures);
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<RoundTrip>(served(settings, true), rows, rows_a_call);
  comparison.references.push_back({"no shadow", std::make_unique<RoundTrip>(served(settings, false), rows, rows_a_call)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{64}}) {
      add_comparison(settings, "shadow", "every row once more, " + rows_word(rows),
                     [&settings, rows] { return make(settings, rows); });
    }
  });
}
