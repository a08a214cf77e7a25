// The peers, each at its best and through C: one thread, inputs ready in memory, all that can be made once made once.
//
//   xgboost_of(library)   the C API of another XGBoost, for XgboostCall (bench/forest_sides.h)
//   Tl2cgen               C generated from the same trees, gcc -O3 -march=native; its `union Entry` rows are staged, NaN as missing
//   OnnxRuntime           TreeEnsembleClassifier through OrtApi::Run: one thread, tensors over our buffers, the label is not asked for
//   Lightgbm              LGBM_BoosterPredictForMatSingleRowFast, for more rows LGBM_BoosterPredictForMat: a model of its own
//   Lleaves               the LightGBM model compiled by LLVM; it takes doubles, which are staged
//
// None of them needs a header: the few types and the order of OrtApi's table, which only grows, are written down in the .cc.
// Probabilities of LightGBM are doubles: answer() gives their bits, two words a row.
//
// Thread safety: one thread. The rows outlive the sides.
#pragma once

#include <string>
#include <vector>

#include "bench/float_rows.h"
#include "bench/forest_sides.h"
#include "bench/peers/shared_object.h"
#include "bench/side.h"

namespace ringside::bench {

[[nodiscard]] XgboostApi xgboost_of(const SharedObject& library);

// What every peer has: float32 rows, staged in a buffer that stays where it is.
class PeerSide : public Side {
 public:
  PeerSide(const FloatRows& rows, std::size_t rows_a_call)
      : rows_(rows), rows_a_call_(rows_a_call), features_(rows_a_call * rows.features()) {}
  void stage(std::size_t row) override;

 protected:
  const FloatRows& rows_;
  std::size_t rows_a_call_;
  std::vector<float> features_;
};

class Tl2cgen final : public PeerSide {
 public:
  Tl2cgen(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& model);
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return values_; }

 private:
  union Entry {
    int missing;  // -1: it is
    float value;
  };
  void (*predict_)(Entry* row, int margin_wanted, float* value);
  std::vector<Entry> entries_;
  std::vector<float> values_;
};

class OnnxRuntime final : public PeerSide {
 public:
  OnnxRuntime(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& library, const std::string& model_path);
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override;

 private:
  void must(void* status) const;
  void* tensor(std::vector<float>& values);

  void* const* api_;  // struct OrtApi: nothing but functions
  void* memory_ = nullptr;
  void* session_ = nullptr;
  void* input_ = nullptr;
  void* output_ = nullptr;
  void* (*run_)(void*, const void*, const char* const*, const void* const*, std::size_t, const char* const*, std::size_t, void**);
  std::vector<float> probabilities_;  // of both classes, row after row
  mutable std::vector<float> second_;
};

class Lightgbm final : public PeerSide {
 public:
  Lightgbm(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& library, const std::string& model_path);
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override;

 private:
  void must(int status) const;

  const char* (*last_error_)();
  int (*predict_row_)(void*, const void*, std::int64_t*, double*);
  int (*predict_rows_)(void*, const void*, int, std::int32_t, std::int32_t, int, int, int, int, const char*, std::int64_t*,
                       double*);
  void* booster_ = nullptr;
  void* row_settings_ = nullptr;
  std::vector<double> values_;
};

class Lleaves final : public PeerSide {
 public:
  Lleaves(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& model);
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override;

 private:
  void (*predict_)(const double* rows, double* values, int first, int end);
  std::vector<double> doubles_, values_;
};

}  // namespace ringside::bench
