// What `ab` says at the end: how far one version's scores lie from another's.
//
//   v1.1.0 against v1.0.0: 1000 rows, 2 of them without both scores
//     labels differ  31
//     delta          mean -0.0012, mean of |delta| 0.013, largest |delta| 0.21 in row 17
//     |delta|        rows
//     0                12
//     < 1e-06           3
//
// Of models with several classes each class's delta counts. Thread safety: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::cli {

class DifferenceSummary {
 public:
  // As score_delta() and label_delta() (json_rows/comparison_writer.h) say it.
  void add(std::uint64_t row, const std::vector<double>& delta, const std::optional<double>& label_delta);
  // Lines, each with its end. `second`, `first`: as the operator named them.
  [[nodiscard]] std::string text(const std::string& first, const std::string& second) const;

 private:
  // 0; below 10⁻⁹, 10⁻⁸, … 10⁰; above.
  static constexpr std::size_t kPowers = 10;
  std::array<std::uint64_t, kPowers + 2> sizes_{};
  std::uint64_t rows_ = 0, without_ = 0, deltas_ = 0, label_flips_ = 0, largest_row_ = 0;
  double sum_ = 0, sum_of_sizes_ = 0, largest_ = 0;
};

}  // namespace ringside::cli
