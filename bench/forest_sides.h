// The sides of the `forest` benchmark, and the in-process reference of the round trip: features in, probabilities out.
//
//   OurForest       Forest::predict_margins and transform
//   XgboostCall     XGBoosterPredictFromDense at its best: one thread, the proxy DMatrix reused, the array interface's text made
//                   once for a buffer that stays where it is, prediction type 0 (values), missing NaN. By the functions of the library
//                   that is linked (1.7.4) or of another release's
//   IfElseForest    C compiled from the same trees (bench/if_else.py), then the same sigmoid
//
// stage() copies the rows into a buffer of the side's own, outside the timed call: they are in cache, as features are when the plan has
// just written them.
//
// Thread safety: one thread. The rows outlive the sides.
#pragma once

#include <xgboost/c_api.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/float_rows.h"
#include "bench/side.h"
#include "engine/forest/forest.h"

namespace ringside::bench {

class OurForest final : public Side {
 public:
  OurForest(const FloatRows& rows, std::size_t rows_a_call, const std::string& model_path);
  // The same on rows of its own, which nobody else scores: nothing to agree about.
  OurForest(std::unique_ptr<const FloatRows> rows, std::size_t rows_a_call, const std::string& model_path);
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return own_rows_ ? std::span<const float>() : values_; }

 private:
  std::unique_ptr<const FloatRows> own_rows_;
  const FloatRows& rows_;
  std::size_t rows_a_call_;
  engine::Forest forest_;
  std::vector<float> features_, margins_, values_;
};

// The functions of XGBoost's C API that a prediction takes: their types have not changed from 1.7 to 3.2.
struct XgboostApi {
  decltype(&XGBoosterCreate) create = &XGBoosterCreate;
  decltype(&XGBoosterLoadModel) load_model = &XGBoosterLoadModel;
  decltype(&XGBoosterSetParam) set_parameter = &XGBoosterSetParam;
  decltype(&XGProxyDMatrixCreate) create_proxy = &XGProxyDMatrixCreate;
  decltype(&XGBoosterPredictFromDense) predict = &XGBoosterPredictFromDense;
  decltype(&XGDMatrixFree) free_matrix = &XGDMatrixFree;
  decltype(&XGBoosterFree) free_booster = &XGBoosterFree;
  decltype(&XGBGetLastError) last_error = &XGBGetLastError;
};

class XgboostCall final : public Side {
 public:
  XgboostCall(const FloatRows& rows, std::size_t rows_a_call, const std::string& model_path, const XgboostApi& api = {});
  ~XgboostCall() override;
  XgboostCall(const XgboostCall&) = delete;
  XgboostCall& operator=(const XgboostCall&) = delete;
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return {answer_, rows_a_call_}; }

 private:
  void must(int status) const;

  XgboostApi api_;
  const FloatRows& rows_;
  std::size_t rows_a_call_;
  std::vector<float> features_;
  std::string array_interface_;
  void* booster_ = nullptr;  // BoosterHandle
  void* proxy_ = nullptr;    // DMatrixHandle
  const float* answer_ = nullptr;
};

class IfElseForest final : public Side {
 public:
  IfElseForest(const FloatRows& rows, std::size_t rows_a_call, const std::string& shared_object);
  ~IfElseForest() override;
  IfElseForest(const IfElseForest&) = delete;
  IfElseForest& operator=(const IfElseForest&) = delete;
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return values_; }

 private:
  const FloatRows& rows_;
  std::vector<float> features_, values_;
  void* library_ = nullptr;
  float (*margin_)(const float*) = nullptr;
};

// The model's file, read by our own reader; ends the program where it is refused.
[[nodiscard]] engine::Forest load_forest(const std::string& model_path);

}  // namespace ringside::bench
