#include "bench/loan_default_sides.h"

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
  if (!prediction_.ok()) give_up("a row was not scored: " + prediction_.explanation());
  score_ = static_cast<float>(prediction_.score());
}

FloatRows LoanDefaultRoundTrip::features() {
  std::vector<float> all;
  std::size_t count = 0;
  begin_slice();
  for (std::size_t row = 0; row < rows_.rows(); ++row) {
    stage(row);
    fill();
    served_->client().predict(row_, {.return_features = true}, prediction_);
    if (!prediction_.ok()) give_up("a row was not scored: " + prediction_.explanation());
    count = prediction_.features();
    for (std::size_t i = 0; i < count; ++i) all.push_back(prediction_.feature(i));
  }
  end_slice();
  return {std::move(all), count};
}

}  // namespace ringside::bench
