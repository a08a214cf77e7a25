#include "bench/scaling_side.h"

#include <algorithm>

#include "bench/forest_sides.h"
#include "bench/server_process.h"
#include "client_lib/base/clock.h"

namespace ringside::bench {

TwoThreads::TwoThreads(const FloatRows& rows, const std::string& model_path, bool private_copies) : rows_(rows) {
  forests_.push_back(load_forest(model_path));
  if (private_copies) forests_.push_back(load_forest(model_path));
  for (Work* work : {&own_, &others_}) {
    work->features.resize(kRowsEach * rows.features());
    work->values.resize(kRowsEach);
  }
  thread_ = std::thread([this] { second_thread(); });
}

TwoThreads::~TwoThreads() {
  stopping_.store(true, std::memory_order_release);
  thread_.join();
}

void TwoThreads::begin_slice() {
  pin_this_thread(processors().client);
  spinning_.store(true, std::memory_order_release);
}

void TwoThreads::end_slice() {
  spinning_.store(false, std::memory_order_release);
  unpin_this_thread();
}

void TwoThreads::stage(std::size_t row) {
  for (Work* work : {&own_, &others_}) {
    std::ranges::copy(rows_.from(row, kRowsEach), work->features.begin());
  }
}

void TwoThreads::call() {
  const std::uint64_t number = asked_.load(std::memory_order_relaxed) + 1;
  asked_.store(number, std::memory_order_release);
  score(forests_.front(), own_);
  while (answered_.load(std::memory_order_acquire) != number) base::cpu_relax();
}

void TwoThreads::score(const engine::Forest& forest, Work& work) const {
  for (std::size_t r = 0; r < kRowsEach; ++r) {
    forest.predict_margins(work.features.data() + r * rows_.features(), 1, rows_.features(), nullptr, work.values.data() + r);
  }
}

void TwoThreads::second_thread() {
  pin_this_thread(processors().server);
  std::uint64_t done = 0;
  while (!stopping_.load(std::memory_order_acquire)) {
    if (!spinning_.load(std::memory_order_acquire)) {
      std::this_thread::yield();
      continue;
    }
    const std::uint64_t number = asked_.load(std::memory_order_acquire);
    if (number == done) {
      base::cpu_relax();
      continue;
    }
    score(forests_.back(), others_);
    done = number;
    answered_.store(done, std::memory_order_release);
  }
}

}  // namespace ringside::bench
