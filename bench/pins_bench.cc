// pins: what a million pinned route keys cost. A look-up among a million, beside one where ten are pinned and one where nothing is; half of the keys
// asked for are pinned. Besides, once: memory, one more pin, and what a restart reads.
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/comparison.h"
#include "engine/traffic/pins.h"
#include "engine/versions/pins_file.h"

namespace ringside::bench {
namespace {

using engine::PinChange;
using engine::PinKind;
using engine::Pins;

constexpr std::size_t kAsked = 65'536;
constexpr std::size_t kACall = 64;  // a look-up alone is shorter than a look at the clock

// Every second one of those asked for is pinned, where a million are.
std::string key_of(std::size_t i) { return "user-" + std::to_string(i * 31 % (2 * engine::kPinsMax)); }

std::shared_ptr<const Pins> pinned(std::size_t count) {
  std::vector<PinChange> changes;
  for (std::size_t i = 0; i < count; ++i)
    changes.push_back({PinKind::kKey, "user-" + std::to_string(2 * i), i % 2 == 0 ? "bench_v1" : "bench_v2"});
  return Pins::none()->with(changes);
}

class LookUp final : public Side {
 public:
  explicit LookUp(std::shared_ptr<const Pins> pins) : pins_(std::move(pins)) {
    for (std::size_t i = 0; i < kAsked + kACall; ++i) keys_.push_back(key_of(i));
  }
  void stage(std::size_t row) override { row_ = row; }
  void call() override {
    for (std::size_t i = 0; i < kACall; ++i) found_ += pins_->find(PinKind::kKey, keys_[row_ + i]);
  }
  [[nodiscard]] std::span<const float> answer() const override { return {}; }

 private:
  std::shared_ptr<const Pins> pins_;
  std::vector<std::string> keys_;
  std::size_t row_ = 0;
  std::uint64_t found_ = 0;
};

Comparison make() {
  Comparison comparison;
  comparison.rows = kAsked;
  comparison.rows_a_call = kACall;
  comparison.ours = std::make_unique<LookUp>(pinned(engine::kPinsMax));
  comparison.references.push_back({"ten pins", std::make_unique<LookUp>(pinned(10))});
  comparison.references.push_back({"no pins", std::make_unique<LookUp>(Pins::none())});
  return comparison;
}

// Of this process's processor time: a busy machine changes nothing.
double ms_since(std::clock_t start) { return 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC; }

// On stderr, beside the figures.
void say_the_rest() {
  const auto all = pinned(engine::kPinsMax);
  std::clock_t start = std::clock();
  const auto more = all->with(std::vector<PinChange>{{PinKind::kKey, "user-0", "bench_v3"}});
  const double one_ms = ms_since(start);
  std::string place = std::filesystem::temp_directory_path().string() + "/ringside-bench-XXXXXX";
  if (mkdtemp(place.data()) == nullptr) give_up("cannot make " + place);
  engine::PinsFile file(place);
  if (const auto kept = file.keep(*all, {}); !kept) give_up(kept.error());
  start = std::clock();
  const auto read = engine::PinsFile(place).read();
  const double read_ms = ms_since(start);
  if (!read || (*read)->size() != all->size() || more->size() != all->size()) give_up("a million pins were not read back");
  std::fprintf(
      stderr,
      "pins: a million take %.1f MB; one more change %.3f ms; a restart reads them (%.1f MB) in %.0f ms of processor time\n",
      static_cast<double>(all->memory_bytes()) / 1e6, one_ms, static_cast<double>(std::filesystem::file_size(file.path())) / 1e6,
      read_ms);
  std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    add_comparison(settings, "pins", "64 look-ups among a million", [] {
      say_the_rest();
      return make();
    });
  });
}
