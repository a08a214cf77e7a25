// `loan_default 1 row` of the round trip: the committed example bundle with its real fields, 65,536 distinct rows made by drawing every
// field on its own from the demo's rows (tests/golden/loan_default_demo.jsonl), some of them missing.
//
// The reference gets the features that the engine computed from the same rows, so it is spared the whole of preprocessing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/float_rows.h"
#include "bench/served_model.h"

namespace ringside::bench {

class LoanDefaultRows {
 public:
  LoanDefaultRows(const std::string& repository, const Schema& schema, std::size_t rows);

  [[nodiscard]] std::size_t rows() const noexcept { return cells_.size() / fields_; }
  [[nodiscard]] std::span<const Value> row(std::size_t row) const noexcept {
    return std::span(cells_).subspan(row * fields_, fields_);
  }

 private:
  std::size_t fields_;
  std::vector<std::unique_ptr<std::string>> texts_;  // what the values of text point at
  std::vector<Value> cells_;
};

class LoanDefaultRoundTrip final : public Side {
 public:
  LoanDefaultRoundTrip(std::shared_ptr<ServedModel> served, const LoanDefaultRows& rows);
  void begin_slice() override { served_->process().resume(); }
  void end_slice() override { served_->process().pause(); }
  void stage(std::size_t row) override { values_ = rows_.row(row); }
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return {&score_, 1}; }

  // What the forest reads of every row, asked of the engine itself.
  [[nodiscard]] FloatRows features();

 private:
  void fill();

  std::shared_ptr<ServedModel> served_;
  const LoanDefaultRows& rows_;
  std::span<const Value> values_;
  std::vector<FieldHandle> handles_;
  Row row_;
  Prediction prediction_;
  float score_ = 0;
};

}  // namespace ringside::bench
