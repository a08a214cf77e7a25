// From the bytes of a model file to what can predict: ours (read, checked, packed, kernels compared and timed), and XGBoost's C API.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/side.h"

namespace ringside::bench {

class LoadOurs final : public Side {
 public:
  explicit LoadOurs(const std::string& model_path);
  void stage(std::size_t) override {}
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return {}; }

 private:
  std::vector<std::byte> file_;
};

class LoadXgboost final : public Side {
 public:
  explicit LoadXgboost(const std::string& model_path);
  void stage(std::size_t) override {}
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return {}; }

 private:
  std::vector<std::byte> file_;
};

}  // namespace ringside::bench
