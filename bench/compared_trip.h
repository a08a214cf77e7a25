// The round trip of a call that two versions answer (predict_ab), beside that of a call that one of them answers.
//
// Thread safety: as all sides, one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/float_rows.h"
#include "bench/served_model.h"
#include "bench/side.h"

namespace ringside::bench {

// Fill the batch, send it to both versions, wait, read both scores of every row. The answer is the first version's.
class ComparedTrip final : public Side {
 public:
  ComparedTrip(std::shared_ptr<ServedModel> served, const FloatRows& rows, std::size_t rows_a_call, const std::string& first,
               const std::string& second);
  void begin_slice() override { served_->process().resume(); }
  void end_slice() override { served_->process().pause(); }
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return values_; }

 private:
  std::shared_ptr<ServedModel> served_;
  const FloatRows& rows_;
  std::string first_, second_;
  std::vector<Target> targets_;
  std::vector<float> features_, values_;
  std::vector<FieldHandle> handles_;
  Batch batch_;
  std::vector<BatchResult> answers_;
};

}  // namespace ringside::bench
