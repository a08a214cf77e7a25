#include "bench/loan_default_sides.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "bench/comparison.h"

namespace ringside::bench {

LoanDefaultRows::LoanDefaultRows(const std::string& repository, const Schema& schema, std::size_t rows) : fields_(schema.size()) {
  const std::string path = repository + "/tests/golden/loan_default_demo.jsonl";
  std::ifstream file(path);
  std::vector<std::vector<Value>> seen(fields_);
  std::string line;
  while (std::getline(file, line)) {
    const nlohmann::json row = nlohmann::json::parse(line).at("row");
    for (std::size_t i = 0; i < fields_; ++i) {
      const auto cell = row.find(schema.field(i).name);
      if (cell == row.end() || cell->is_null()) {
        seen[i].emplace_back(nullptr);
      } else if (cell->is_string()) {
        texts_.push_back(std::make_unique<std::string>(cell->get<std::string>()));
        seen[i].emplace_back(*texts_.back());
      } else if (cell->is_number_integer()) {
        seen[i].emplace_back(cell->get<std::int64_t>());
      } else {
        seen[i].emplace_back(cell->get<double>());
      }
    }
  }
  if (fields_ == 0 || seen[0].empty()) give_up(path + ": no rows");
  std::mt19937_64 random(1);
  cells_.reserve(rows * fields_);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < fields_; ++i) cells_.push_back(seen[i][random() % seen[i].size()]);
  }
}

LoanDefaultRoundTrip::LoanDefaultRoundTrip(std::shared_ptr<ServedModel> served, const LoanDefaultRows& rows)
    : served_(std::move(served)), rows_(rows), row_(served_->schema()) {
  for (std::size_t i = 0; i < served_->schema().size(); ++i)
    handles_.push_back(served_->schema().handle(served_->schema().field(i).name));
}

void LoanDefaultRoundTrip::fill() {
  row_.reset();
  for (std::size_t i = 0; i < handles_.size(); ++i) {
    if (values_[i].kind() != Value::Kind::kNull) row_.set(handles_[i], values_[i]);
  }
}

void LoanDefaultRoundTrip::call() {
  fill();
  served_->client().predict(row_, {}, prediction_);
  if (!prediction_.ok()) give_up_on(prediction_);
  score_ = static_cast<float>(prediction_.score());
}

FloatRows LoanDefaultRoundTrip::features() {
  constexpr std::size_t kRowsACall = 512;
  std::vector<float> all;
  std::size_t count = 0;
  Batch batch(served_->schema(), 0);
  BatchResult result;
  begin_slice();
  for (std::size_t first = 0; first < rows_.rows(); first += kRowsACall) {
    batch.reset(std::min(kRowsACall, rows_.rows() - first));
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const std::span<const Value> values = rows_.row(first + row);
      for (std::size_t i = 0; i < handles_.size(); ++i) {
        if (values[i].kind() != Value::Kind::kNull) batch.set(row, handles_[i], values[i]);
      }
    }
    served_->client().predict_batch(batch, {.return_features = true}, result);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const RowAnswer answer = result.row(row);
      if (!answer.ok()) give_up_on(answer);
      count = answer.features();
      for (std::size_t i = 0; i < count; ++i) all.push_back(answer.feature(i));
    }
  }
  end_slice();
  return {std::move(all), count};
}

}  // namespace ringside::bench
