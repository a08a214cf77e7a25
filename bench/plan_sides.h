// The sides of `plan`: 30 numbers, 3 labels and 5 one-hot fields to float32 features.
//
//   OurPlan        Plan::run over tiles of at most 64 rows. stage() puts checked values into the tiles, as decode does
//   ScikitLearn    a Python process (plan_reference.py) that times its own calls with perf_counter_ns: neither pipe nor start-up is in it
//
// Thread safety: one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/side.h"
#include "client_lib/base/tick_rate.h"
#include "client_lib/base/unique_fd.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/workspace.h"

namespace ringside::bench {

class OurPlan final : public Side {
 public:
  // `folder` is what bench/models.py made: models/, numbers.f64 and codes.i32.
  OurPlan(const std::string& folder, std::size_t rows_a_call);
  [[nodiscard]] std::size_t rows() const noexcept { return numbers_.size() / number_fields_.size(); }
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return features_; }

 private:
  std::size_t rows_a_call_;
  std::unique_ptr<engine::Bundle> bundle_;
  std::vector<std::unique_ptr<engine::Workspace>> tiles_;
  std::vector<std::uint32_t> number_fields_, text_fields_;
  std::vector<double> numbers_;
  std::vector<std::int32_t> codes_;
  std::vector<std::string> texts_;  // "c0" … of every code
  std::vector<float> features_;
};

class ScikitLearn final : public Side {
 public:
  ScikitLearn(const std::string& repository, const std::string& folder, std::size_t rows_a_call, std::size_t features);
  ~ScikitLearn() override;
  ScikitLearn(const ScikitLearn&) = delete;
  ScikitLearn& operator=(const ScikitLearn&) = delete;
  void stage(std::size_t row) override { row_ = row; }
  void call() override;  // for the comparison of answers alone
  [[nodiscard]] std::span<const float> answer() const override { return features_; }
  std::size_t run_slice(std::size_t row, std::size_t rows, std::size_t rows_a_call, const SliceLimits& limits, double slowdown,
                        load::Histogram& ticks) override;

 private:
  void ask(const std::string& line);
  void read(void* into, std::size_t bytes);

  pid_t pid_ = -1;
  base::UniqueFd requests_, answers_;
  std::size_t row_ = 0;
  std::vector<float> features_;
  base::TickRate rate_ = base::TickRate::measure();
};

}  // namespace ringside::bench
