// The distinct rows of a reference model: a file of float32, row after row.
//
// Thread safety: immutable. Cost: read once, when it is opened; 8 MB to 131 MB.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::bench {

class FloatRows {
 public:
  // Ends the program where the file is not there or no whole number of rows.
  FloatRows(const std::string& path, std::size_t features);
  FloatRows(std::vector<float> values, std::size_t features) : features_(features), values_(std::move(values)) {}

  [[nodiscard]] std::size_t rows() const noexcept { return values_.size() / features_; }
  [[nodiscard]] std::size_t features() const noexcept { return features_; }
  [[nodiscard]] std::span<const float> from(std::size_t row, std::size_t count) const noexcept {
    return std::span(values_).subspan(row * features_, count * features_);
  }

 private:
  std::size_t features_;
  std::vector<float> values_;
};

// The bytes of a file, or the program ends.
[[nodiscard]] std::vector<std::byte> read_whole_file(const std::string& path);

// The folder of the one bundle under `models`, such as <data>/100x6x30/models.
[[nodiscard]] std::string bundle_under(const std::string& models);

// A reference model's folder under --data. "100x6x30": 100 trees, depth 6, 30 features.
struct Shape {
  std::string name;
  std::size_t features;
};
[[nodiscard]] std::span<const Shape> shapes();
// Its rows, under `data`. Kept until another shape's are asked for: the works of a shape run one after another.
[[nodiscard]] const FloatRows& rows_of(const std::string& data, const Shape& shape);
inline constexpr std::size_t kRowsOfCall[] = {1, 8, 64, 512};
[[nodiscard]] std::string rows_word(std::size_t rows);  // "1 row", "8 rows"

}  // namespace ringside::bench
