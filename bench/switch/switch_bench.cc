// switch: what callers feel of operators. Both works run on one engine, one after the other; a window's calls are compared with those of the
// same run outside, and loading with a hog that burns the same.

#include <benchmark/benchmark.h>

#include <fstream>
#include <functional>

#include "bench/comparison.h"
#include "bench/switch/page.h"
#include "bench/switch/switch_run.h"

namespace ringside::bench {
namespace {

constexpr std::uint32_t kRoundsASlice = 5;  // half a minute of either work in a full run

struct Seen {
  std::unique_ptr<SwitchRun> run;
  std::vector<Phase> phases;
  Tally tally;
  std::string html;
};

void report(benchmark::State& state, const Phase& phase, const Tally& tally) {
  for (const auto& [name, histogram] : {std::pair<std::string, const load::Histogram*>("ours", &phase.in_ns),
                                        std::pair<std::string, const load::Histogram*>(phase.outside, &phase.out_ns)}) {
    state.counters[name + "|p99.9"] = static_cast<double>(histogram->quantile(0.999)) / 1'000;
    state.counters[name + "|p50"] = static_cast<double>(histogram->quantile(0.5)) / 1'000;
    state.counters[name + "|calls"] = static_cast<double>(histogram->count());
  }
  state.counters["run|changes"] = static_cast<double>(phase.windows.size());
  state.counters["run|capacity"] = phase.capacity;
  state.counters["run|answers"] = static_cast<double>(tally.right);  // so far; all of them right, or there were no figures
}

void add(const Settings& settings, const std::string& work, Seen& seen, std::function<Phase(SwitchRun&)> phase_of) {
  const std::string name = "switch/" + work + "/" + settings.mode;
  benchmark::RegisterBenchmark(name.c_str(),
                               [&settings, name, &seen, phase_of = std::move(phase_of)](benchmark::State& state) {
                                 state.SetLabel(name);
                                 if (seen.run == nullptr) seen.run = std::make_unique<SwitchRun>(settings);
                                 for ([[maybe_unused]] auto once : state) seen.phases.push_back(phase_of(*seen.run));
                                 seen.tally = seen.run->must_be_good();
                                 seen.html = settings.html;
                                 report(state, seen.phases.back(), seen.tally);
                               })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  Seen seen;
  const int status = run_benchmarks(argc, argv, [&seen](const Settings& settings) {
    add(settings, "p99.9 in windows", seen, [&settings](SwitchRun& run) { return run.in_windows(settings.rounds); });
    add(settings, "p99.9 while loading", seen,
        [&settings](SwitchRun& run) { return run.while_loading(std::max(1u, settings.rounds / kRoundsASlice)); });
  });
  if (!seen.html.empty() && !(std::ofstream(seen.html) << page_of(seen.phases, seen.tally)).flush())
    give_up(seen.html + ": could not be written");
  return status;
}
