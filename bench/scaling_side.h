// Two threads that predict at the same time, each a run of single rows: on one forest, or each on a forest of its own. What sharing costs
// is the difference of the two.
//
// One call: both threads score kRowsEach rows; it ends when both have. The second thread is pinned to the second processor that the process
// may use and spins while it waits; the caller is pinned to the first for the slice.
//
// Thread safety: one caller. The rows outlive the side.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/float_rows.h"
#include "bench/side.h"
#include "engine/forest/forest.h"

namespace ringside::bench {

class TwoThreads final : public Side {
 public:
  static constexpr std::size_t kRowsEach = 64;

  TwoThreads(const FloatRows& rows, const std::string& model_path, bool private_copies);
  ~TwoThreads() override;
  TwoThreads(const TwoThreads&) = delete;
  TwoThreads& operator=(const TwoThreads&) = delete;

  void begin_slice() override;
  void end_slice() override;
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return own_.values; }

 private:
  struct Work {
    std::vector<float> features, values;
  };
  void score(const engine::Forest& forest, Work& work) const;
  void second_thread();

  const FloatRows& rows_;
  std::vector<engine::Forest> forests_;  // One, or one a thread.
  Work own_, others_;
  std::atomic<bool> spinning_{false}, stopping_{false};
  std::atomic<std::uint64_t> asked_{0}, answered_{0};  // Release: what was written for the other thread comes with the number.
  std::thread thread_;
};

}  // namespace ringside::bench
