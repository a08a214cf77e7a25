#include "bench/switch/phase.h"

#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "bench/comparison.h"
#include "bench/server_process.h"
#include "client_lib/base/clock.h"

namespace ringside::bench {
namespace {

constexpr std::uint64_t kHeadStartNs = 20'000'000;
constexpr std::uint64_t kQuietNs = 200'000'000;  // before the first window and after the last

// Else whoever shares the processor is felt as if the engine had been slow; not SCHED_FIFO, to which the kernel answers with long rests. Where it
// is not allowed, that is what the figures hold.
void go_first() { setpriority(PRIO_PROCESS, 0, -20); }  // this thread, on Linux

}  // namespace

double Phase::ratio() const noexcept {
  return static_cast<double>(out_ns.quantile(0.999)) / static_cast<double>(in_ns.quantile(0.999));
}

Phase run_phase(Callers& callers, double seconds_max, const std::function<std::vector<Window>()>& operate) {
  Phase phase;
  std::atomic<bool> begun{false}, stop{false}, full{false};
  std::thread thread([&] {
    pin_this_thread(processors().client);
    go_first();
    phase.capacity = callers.measure_capacity();
    phase.schedule = BurstSchedule(base::monotonic_ns() + kHeadStartNs, phase.capacity, kLoad);
    phase.latency_ns.resize(static_cast<std::size_t>(phase.rate() * seconds_max));
    phase.schedule = BurstSchedule(base::monotonic_ns() + kHeadStartNs, phase.capacity, kLoad);  // touching so much took its time
    begun.store(true);
    phase.calls = callers.run(phase.schedule, phase.latency_ns, stop);
    full.store(phase.calls == phase.latency_ns.size());
  });
  while (!begun.load()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::nanoseconds(kHeadStartNs + kQuietNs));
  phase.windows = operate();
  std::this_thread::sleep_for(std::chrono::nanoseconds(kQuietNs));
  stop.store(true);
  thread.join();
  if (full.load()) give_up("the operator took longer than the " + std::to_string(seconds_max) + " s that there was room for");
  sort_calls(phase);
  return phase;
}

void sort_calls(Phase& phase) {
  std::size_t window = 0;
  for (std::uint64_t call = 0; call < phase.calls; ++call) {
    const std::uint64_t due = phase.schedule.due_ns(call), done = due + phase.latency_ns[call];
    while (window < phase.windows.size() && phase.windows[window].end_ns < due) ++window;
    const bool inside = window < phase.windows.size() && phase.windows[window].begin_ns <= done;
    (inside ? phase.in_ns : phase.out_ns).record(phase.latency_ns[call]);
  }
}

}  // namespace ringside::bench
