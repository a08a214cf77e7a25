// operators: what operators wait for.
//
//   publication              a change of roles in the engine's own publisher, until workers can see it; two resident versions, one worker
//   rollback to first answer from before the request is sent on admin.sock until a caller holds an answer by the old version
//   asked beside a held worker   status and metrics while the worker is stopped for ten seconds in the middle of what it does, beside the same
//                            with the worker at work
//   changed beside a held worker   switch and rollback likewise, until each is kept; beside a file replaced as durably, for a disk's time is in it
//
// The first two are held to the promise itself: its ratio is how much is left of it.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "bench/operators/held_thread.h"
#include "bench/served_model.h"
#include "bench/switch/operator_desk.h"
#include "client_lib/base/clock.h"
#include "client_lib/base/durable_file.h"
#include "engine/bundle/loader.h"
#include "engine/epoch/quiescence.h"
#include "engine/epoch/reclaimer.h"
#include "engine/traffic/directory.h"
#include "engine/traffic/publisher.h"
#include "tools/load/histogram.h"

namespace ringside::bench {
namespace {

constexpr const char* kTask = "bench_switch";
constexpr const char* kHome = "bench_switch_v1.0.0";
constexpr const char* kAway = "bench_switch_v1.1.0";
constexpr std::size_t kFeatures = 30;
constexpr std::chrono::seconds kHeld{10};
constexpr std::size_t kKeptBytes = 300;  // traffic.json without pins

using std::chrono::microseconds;

void report(benchmark::State& state, const std::string& side, const load::Histogram& histogram) {
  state.counters[side + "|p50"] = static_cast<double>(histogram.quantile(0.5)) / 1'000;
  state.counters[side + "|p99"] = static_cast<double>(histogram.quantile(0.99)) / 1'000;
  state.counters[side + "|max"] = static_cast<double>(histogram.quantile(1.0)) / 1'000;
  state.counters[side + "|calls"] = static_cast<double>(histogram.count());
}

void report_promise(benchmark::State& state, const std::string& promise, double us) {
  for (const char* percentile : {"|p50", "|p99", "|max"}) state.counters[promise + percentile] = us;
}

// -- publication -----------------------------------------------------------------------------------------------------------------

std::shared_ptr<const engine::Resident> admitted(engine::TrafficPublisher& publisher, const std::string& directory) {
  auto loaded = engine::load_bundle(directory, {.expected_task = {}, .use_reference = false});
  if (!loaded) give_up(directory + ": " + loaded.error().front().text());
  auto resident = publisher.admit(std::move(*loaded));
  if (!resident) give_up(resident.error());
  return *resident;
}

load::Histogram publications(const Settings& settings) {
  engine::Quiescence quiescence(1);
  engine::Reclaimer reclaimer(quiescence);
  engine::Directory directory(*engine::Directory::make(1));
  engine::TrafficPublisher publisher(1, reclaimer, directory);
  const auto home = admitted(publisher, settings.data + "/switch/models/" + kHome);
  const auto away = admitted(publisher, settings.data + "/switch/models/" + kAway);
  publisher.update([&](engine::TrafficDraft& draft) {
    draft.residents = {home, away};
    draft.current = home;
  });
  load::Histogram histogram;
  for (std::uint32_t i = 0; i < settings.rounds * 10; ++i) {
    const auto& next = i % 2 == 0 ? away : home;
    const std::uint64_t began = base::monotonic_ns();
    publisher.update([&](engine::TrafficDraft& draft) { draft.previous = std::exchange(draft.current, next); });
    histogram.record(base::monotonic_ns() - began);
    std::this_thread::sleep_for(microseconds(50));  // the reclaimer's turn: operators do not come in thousands
  }
  return histogram;
}

// -- an engine with two versions -----------------------------------------------------------------------------------------------------

struct Served {
  explicit Served(const Settings& settings)
      : rows(settings.data + "/switch/rows.f32", kFeatures),
        model(std::make_shared<ServedModel>(settings, settings.data + "/switch/models/" + kHome)),
        desk(model->run_dir(), kTask) {
    desk.wait_until_resident(kAway);
  }

  FloatRows rows;
  std::shared_ptr<ServedModel> model;
  OperatorDesk desk;
};

// A caller that asks for one row after the other, and notes when an answer came by another version than the one before.
class Watcher {
 public:
  explicit Watcher(Served& served) : thread_([this, &served] { run(served); }) {}
  ~Watcher() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

  // When the first answer by that version came, of the last change. Waits for it.
  [[nodiscard]] std::uint64_t first_answer_ns(bool by_home) const {
    while (by_home_.load(std::memory_order_acquire) != by_home) std::this_thread::sleep_for(microseconds(50));
    return changed_ns_.load(std::memory_order_relaxed);
  }

 private:
  void run(Served& served) {
    auto client =
        Client::connect({.run_dir = served.model->run_dir(), .name = "operators-bench", .channels = 1, .wait = Wait::kSpin});
    if (!client) give_up(client.error().message);
    const auto schema = client->resolve(client->current_version()->declarations());
    if (!schema) give_up(schema.error().message);
    Row row(*schema);
    const std::span<const float> features = served.rows.from(0, 1);
    for (std::size_t i = 0; i < schema->size(); ++i) row.set(schema->handle(schema->field(i).name), features[i]);
    Prediction answer;
    bool home = true;
    while (!stop_.load(std::memory_order_relaxed)) {
      client->channel().predict(row, {}, answer);
      if (!answer.ok()) give_up("a row was answered " + std::string(name(answer.status())));
      if (const bool now = answer.version() == kHome; now != home) {
        home = now;
        changed_ns_.store(base::monotonic_ns(), std::memory_order_relaxed);
        by_home_.store(now, std::memory_order_release);
      }
      std::this_thread::sleep_for(microseconds(20));  // on two processors, admin and loader need this one
    }
  }

  std::atomic<bool> stop_{false}, by_home_{true};
  std::atomic<std::uint64_t> changed_ns_{0};
  std::thread thread_;
};

load::Histogram rollbacks(const Settings& settings) {
  Served served(settings);
  const Watcher watcher(served);
  load::Histogram histogram;
  for (std::uint32_t i = 0; i < settings.rounds; ++i) {
    served.desk.switch_to(kAway);
    (void)watcher.first_answer_ns(false);
    std::this_thread::sleep_for(microseconds(2'000));
    const std::uint64_t began = base::monotonic_ns();
    served.desk.roll_back();
    histogram.record(watcher.first_answer_ns(true) - began);
  }
  return histogram;
}

// -- beside a held worker --------------------------------------------------------------------------------------------------------------

using Timed = std::function<void(const std::function<void()>&)>;
using Questions = std::function<void(OperatorDesk&, const Timed&)>;

void read_all(OperatorDesk& desk, const Timed& timed) {
  timed([&] { (void)desk.engine_pid(); });  // GET /status
  timed([&] { desk.read_metrics(); });
}

// Each is answered once it is kept, in a file of the state directory.
void change_all(OperatorDesk& desk, const Timed& timed) {
  timed([&] { desk.switch_to(kAway); });
  timed([&] { desk.roll_back(); });
}

// What keeping takes by itself here: a file as long as traffic.json, replaced as the engine replaces it.
void keep_a_file(const std::string& directory, const Timed& timed) {
  timed([&] {
    if (auto kept = base::replace_file(directory + "/kept.json", std::string(kKeptBytes, 'x')); !kept) give_up(kept.error());
  });
}

// Until `time` has passed, at least once.
load::Histogram repeated(std::chrono::nanoseconds time, const std::function<void(const Timed&)>& ask) {
  load::Histogram histogram;
  const std::uint64_t end = base::monotonic_ns() + static_cast<std::uint64_t>(time.count());
  do {
    ask([&](const std::function<void()>& question) {
      const std::uint64_t began = base::monotonic_ns();
      question();
      histogram.record(base::monotonic_ns() - began);
      std::this_thread::sleep_for(microseconds(2'000));
    });
  } while (base::monotonic_ns() < end);
  return histogram;
}

struct Asked {
  load::Histogram free, held, disk;
};

Asked ask_beside_a_held_worker(const Settings& settings, const Questions& ask) {
  Served served(settings);
  const std::chrono::nanoseconds time = settings.rounds < 10 ? std::chrono::milliseconds(100) : std::chrono::nanoseconds(kHeld);
  Asked asked;
  asked.free = repeated(time / 2, [&](const Timed& timed) { ask(served.desk, timed); });
  asked.disk = repeated(time / 4, [&](const Timed& timed) { keep_a_file(served.model->run_dir(), timed); });
  const HeldThread held(served.desk.engine_pid(), "rs-worker-");
  asked.held = repeated(time, [&](const Timed& timed) { ask(served.desk, timed); });
  return asked;
}

void add(const Settings& settings, const std::string& work, const std::function<void(benchmark::State&)>& measure) {
  const std::string name = "operators/" + work + "/" + settings.mode;
  benchmark::RegisterBenchmark(name.c_str(),
                               [name, measure](benchmark::State& state) {
                                 state.SetLabel(name);
                                 for ([[maybe_unused]] auto once : state) measure(state);
                               })
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    add(settings, "publication", [&settings](benchmark::State& state) {
      report(state, "ours", publications(settings));
      report_promise(state, "10 us", 10);
    });
    add(settings, "rollback to first answer", [&settings](benchmark::State& state) {
      report(state, "ours", rollbacks(settings));
      report_promise(state, "1 ms", 1'000);
    });
    add(settings, "asked beside a held worker", [&settings](benchmark::State& state) {
      const Asked asked = ask_beside_a_held_worker(settings, read_all);
      report(state, "ours", asked.held);
      report(state, "worker at work", asked.free);
    });
    add(settings, "changed beside a held worker", [&settings](benchmark::State& state) {
      const Asked asked = ask_beside_a_held_worker(settings, change_all);
      report(state, "ours", asked.held);
      report(state, "worker at work", asked.free);
      report(state, "disk alone", asked.disk);
    });
  });
}
