// `raw two-line + plan + forest`: what a round trip costs when only the indispensable is done. A fork, pinned like the engine's worker,
// takes rows of bare float32 from a line of shared memory, runs the bundle's own plan and forest on them, and puts the values in another
// line. No schema, no checks, no names, no deadline, no request ids, no statuses: the distance to it is what those cost.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "bench/float_rows.h"
#include "bench/server_process.h"
#include "bench/shared_region.h"
#include "bench/side.h"
#include "engine/bundle/workspace.h"

namespace ringside::bench {

// The bundle's own plan and forest on rows of bare float32: one value a row. REQUIRES: its fields are all numbers, a row has one for each.
void score_floats(const engine::Bundle& bundle, engine::Workspace& space, const float* features, std::size_t rows, float* values);

class PipelineSide final : public Side {
 public:
  // REQUIRES: the bundle's fields are all numbers, as many as the rows have.
  PipelineSide(const FloatRows& rows, std::size_t rows_a_call, const std::string& bundle_directory);
  void begin_slice() override { server_->resume(); }
  void end_slice() override { server_->pause(); }
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return values_; }

 private:
  struct alignas(128) Line {
    std::atomic<std::uint64_t> number{0};  // [ROWS] and [VALUES]: released after the floats, acquired before them
    float* floats() noexcept { return reinterpret_cast<float*>(&number + 1); }
  };

  const FloatRows& rows_;
  std::vector<float> features_, values_;
  SharedRegion region_;
  Line *request_, *response_;
  std::uint64_t number_ = 0;
  std::unique_ptr<ServerProcess> server_;
};

}  // namespace ringside::bench
