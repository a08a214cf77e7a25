#include "bench/compared_trip.h"

#include <algorithm>
#include <thread>

#include "bench/comparison.h"

namespace ringside::bench {

ComparedTrip::ComparedTrip(std::shared_ptr<ServedModel> served, const FloatRows& rows, std::size_t rows_a_call,
                           const std::string& first, const std::string& second)
    : served_(std::move(served)),
      rows_(rows),
      first_(first),
      second_(second),
      targets_{Target::version(first_), Target::version(second_)},
      features_(rows_a_call * rows.features()),
      values_(rows_a_call),
      batch_(served_->schema(), rows_a_call),
      answers_(2) {
  for (std::size_t i = 0; i < rows.features(); ++i) handles_.push_back(served_->schema().handle(served_->schema().field(i).name));
  // The second version is loaded behind the first one's back; a call before that would be refused.
  served_->process().resume();
  stage(0);
  batch_.reset(values_.size());
  for (int tries = 0;; ++tries) {
    served_->client().predict_ab(batch_, targets_, {}, answers_);
    if (answers_[1].status() != Status::kUnknownVersion) break;
    if (tries == 6'000) give_up(second_ + " does not become resident");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  served_->process().pause();
}

void ComparedTrip::stage(std::size_t row) {
  const std::span<const float> from = rows_.from(row, values_.size());
  std::copy(from.begin(), from.end(), features_.begin());
}

void ComparedTrip::call() {
  batch_.reset(values_.size());
  const float* feature = features_.data();
  for (std::size_t row = 0; row < values_.size(); ++row) {
    for (const FieldHandle handle : handles_) batch_.set(row, handle, *feature++);
  }
  served_->client().predict_ab(batch_, targets_, {}, answers_);
  for (const BatchResult& answer : answers_) {
    if (answer.status() != Status::kOk) give_up_on(answer.call());
    for (std::size_t row = 0; row < values_.size(); ++row) {
      const RowAnswer one = answer.row(row);
      if (!one.ok()) give_up_on(one);
      if (&answer == &answers_.front()) values_[row] = static_cast<float>(one.score());
    }
  }
}

}  // namespace ringside::bench
