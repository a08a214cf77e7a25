#include "bench/switch/switch_run.h"

#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

#include "client_lib/base/clock.h"

namespace ringside::bench {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr const char* kTask = "bench_switch";
constexpr const char* kHome = "bench_switch_v1.0.0";
constexpr const char* kAway = "bench_switch_v1.1.0";
constexpr const char* kArriving = "bench_switch_v1.2.0";
constexpr std::size_t kFeatures = 30;
constexpr std::uint64_t kSliceNs = 500'000'000;
constexpr double kSecondsAChange = 0.12, kSecondsASlice = 2.5, kSecondsMore = 10;  // room, not a bound

std::uint64_t own_cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(used.tv_nsec);
}

// As much of this processor as in the slice before, spread as evenly.
void burn(std::uint64_t cpu_ns, std::uint64_t wall_ns) {
  const std::uint64_t began = base::monotonic_ns(), cpu_began = own_cpu_ns();
  for (std::uint64_t passed = 0; passed < wall_ns; passed = base::monotonic_ns() - began) {
    const double wanted = static_cast<double>(cpu_ns) * static_cast<double>(passed) / static_cast<double>(wall_ns);
    while (static_cast<double>(own_cpu_ns() - cpu_began) < wanted && base::monotonic_ns() - began < wall_ns) base::cpu_relax();
    std::this_thread::sleep_for(milliseconds(1));
  }
}

std::string with_copies_of(const std::string& data) {
  std::string directory = fs::temp_directory_path().string() + "/ringside-switch-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) give_up("cannot make " + directory);
  for (const char* folder : {"models", "arriving"})
    fs::copy(data + "/switch/" + folder, directory + "/" + folder, fs::copy_options::recursive);
  return directory;
}

}  // namespace

SwitchRun::SwitchRun(const Settings& settings)
    : directory_(with_copies_of(settings.data)), rows_(settings.data + "/switch/rows.f32", kFeatures) {
  const std::string models = directory_ + "/models/";
  for (const char* version : {kHome, kAway}) scores_.push_back(scores_of(models + version, rows_));
  std::size_t equal = 0;
  for (std::size_t row = 0; row < rows_.rows(); ++row) equal += scores_[0].scores[row] == scores_[1].scores[row] ? 1 : 0;
  if (equal * 20 > rows_.rows()) give_up("the two versions answer too many rows alike: a mix-up would not show");

  Settings spinning = settings;
  spinning.mode = "spin";
  const bool go_first = leave_other_programs_behind();  // and the engine with us
  served_ = std::make_unique<ServedModel>(spinning, models + kHome);
  desk_ = std::make_unique<OperatorDesk>(served_->run_dir(), kTask);
  desk_->wait_until_resident(kAway);
  const pid_t engine = desk_->engine_pid();
  keep_side_threads_off(engine, processors().server);
  if (!go_first || !prefer_to_others(engine)) {
    std::fprintf(stderr, "bench: not allowed to go before other programs: they are in the figures\n");
  }
  callers_ = std::make_unique<Callers>(served_->run_dir(), rows_, scores_);
}

SwitchRun::~SwitchRun() {
  callers_.reset();
  served_.reset();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

Phase SwitchRun::in_windows(std::uint32_t rounds) {
  const std::uint64_t changes = rounds * OperatorDesk::kChangesARound;
  Phase phase = run_phase(*callers_, kSecondsAChange * static_cast<double>(changes) + kSecondsMore, [&] {
    std::mt19937_64 random(1);
    std::vector<Window> windows;
    for (std::uint64_t i = 0; i < changes; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(8'000 + random() % 12'000));  // so that no beat of ours is kept
      windows.push_back(desk_->next_change(kHome, kAway));
    }
    return windows;
  });
  phase.inside = "p99.9 in windows";
  phase.outside = "p99.9 outside";
  return phase;
}

void SwitchRun::load_and_retire() {
  fs::rename(directory_ + "/arriving/" + kArriving, directory_ + "/models/" + kArriving);
  desk_->wait_until_resident(kArriving);
  fs::rename(directory_ + "/models/" + kArriving, directory_ + "/arriving/" + kArriving);
  desk_->wait_until_gone(kArriving);
}

Phase SwitchRun::while_loading(std::uint32_t slices) {
  const pid_t engine = desk_->engine_pid();
  Phase phase = run_phase(*callers_, kSecondsASlice * slices + kSecondsMore, [&] {
    std::vector<Window> windows;
    for (std::uint32_t i = 0; i < slices; ++i) {
      const std::uint64_t began = base::monotonic_ns(), cpu = own_cpu_ns() + side_threads_cpu_ns(engine);
      while (base::monotonic_ns() - began < kSliceNs) load_and_retire();
      windows.push_back({.begin_ns = began, .end_ns = base::monotonic_ns(), .what = "loading"});
      burn(own_cpu_ns() + side_threads_cpu_ns(engine) - cpu, windows.back().end_ns - began);
    }
    return windows;
  });
  phase.inside = "p99.9 while loading";
  phase.outside = "p99.9 beside a hog";
  return phase;
}

Tally SwitchRun::must_be_good() const {
  const Tally& tally = callers_->tally();
  const std::uint64_t answered = desk_->answered_rows({kHome, kAway});
  if (tally.good() && answered == tally.sent) return tally;
  give_up(std::to_string(tally.sent) + " calls: " + std::to_string(tally.right) + " right, " + std::to_string(tally.failed) +
          " failed, " + std::to_string(tally.late) + " late, " + std::to_string(tally.foreign) + " by a foreign version, " +
          std::to_string(tally.wrong) + " with wrong bits; the engine answered " + std::to_string(answered) +
          " rows; first: " + tally.first_trouble);
}

}  // namespace ringside::bench
