#include "tools/cli/difference_summary.h"

#include <cmath>
#include <cstdio>

#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

void DifferenceSummary::add(std::uint64_t row, const std::vector<double>& delta, const std::optional<double>& label_delta) {
  ++rows_;
  if (delta.empty()) ++without_;
  if (label_delta && *label_delta != 0) ++label_flips_;
  for (const double one : delta) {
    const double size = std::fabs(one);
    ++deltas_;
    sum_ += one;
    sum_of_sizes_ += size;
    if (size > largest_) {
      largest_ = size;
      largest_row_ = row;
    }
    std::size_t bin = size == 0 ? 0 : 1;
    for (double bound = 1e-9; bin != 0 && bin <= kPowers && !(size < bound); bound *= 10) ++bin;
    ++sizes_[bin];
  }
}

std::string DifferenceSummary::text(const std::string& first, const std::string& second) const {
  std::string text = second + " against " + first + ": " + std::to_string(rows_) + (rows_ == 1 ? " row" : " rows");
  if (without_ != 0) text += ", " + std::to_string(without_) + " of them without both scores";
  text += '\n';
  if (deltas_ == 0) return text;
  const auto count = static_cast<double>(deltas_);
  text += "  labels differ  " + std::to_string(label_flips_) + "\n  delta          mean " + shown(sum_ / count) +
          ", mean of |delta| " + shown(sum_of_sizes_ / count) + ", largest |delta| " + shown(largest_) +
          (largest_ > 0 ? " in row " + std::to_string(largest_row_) : "") + '\n';
  std::vector<std::vector<std::string>> table{{"  |delta|", "rows"}};
  for (std::size_t bin = 0; bin < sizes_.size(); ++bin) {
    if (sizes_[bin] == 0) continue;
    const int power = static_cast<int>(bin) - 10;
    const std::string name = bin == 0 ? "0" : bin <= kPowers ? "< 1e" + std::to_string(power) : ">= 1";
    table.push_back({"  " + name, std::to_string(sizes_[bin])});
  }
  return text + columns(table);
}

}  // namespace ringside::cli
