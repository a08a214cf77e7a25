#include "bench/peers/peer_sides.h"

#include <algorithm>
#include <cmath>

#include "bench/comparison.h"

namespace ringside::bench {
namespace {

std::span<const float> bits_of(const std::vector<double>& values) {
  return {reinterpret_cast<const float*>(values.data()), 2 * values.size()};
}

// Places in OrtApi, of onnxruntime_c_api.h: functions are only ever added at its end.
enum OrtPlace : std::uint8_t {
  kGetErrorMessage = 2,
  kCreateEnv = 3,
  kCreateSession = 7,
  kRun = 9,
  kCreateSessionOptions = 10,
  kSetGraphOptimizationLevel = 23,
  kSetIntraOpNumThreads = 24,
  kSetInterOpNumThreads = 25,
  kCreateTensorWithData = 49,
  kCreateCpuMemoryInfo = 69,
};
constexpr std::uint32_t kOrtApiVersion = 11;  // any that has these; every later library still gives it
constexpr int kOrtErrors = 3, kOrtEnableAll = 99, kOrtFloat = 1, kOrtArena = 1, kOrtDefaultMemory = 0;

struct OrtApiBase {
  void* const* (*get_api)(std::uint32_t version);
  const char* (*version)();
};

template <class... Arguments>
void* ort_call(void* const* api, OrtPlace place, Arguments... arguments) {
  return reinterpret_cast<void* (*)(Arguments...)>(api[place])(arguments...);
}

constexpr int kLgbmFloat32 = 0, kLgbmValues = 0, kLgbmAllRounds = -1, kLgbmRowMajor = 1;
constexpr const char* kLgbmSettings = "num_threads=1";

}  // namespace

XgboostApi xgboost_of(const SharedObject& library) {
  XgboostApi api;
  library.find("XGBoosterCreate", api.create);
  library.find("XGBoosterLoadModel", api.load_model);
  library.find("XGBoosterSetParam", api.set_parameter);
  library.find("XGProxyDMatrixCreate", api.create_proxy);
  library.find("XGBoosterPredictFromDense", api.predict);
  library.find("XGDMatrixFree", api.free_matrix);
  library.find("XGBoosterFree", api.free_booster);
  library.find("XGBGetLastError", api.last_error);
  return api;
}

void PeerSide::stage(std::size_t row) {
  const std::span<const float> from = rows_.from(row, rows_a_call_);
  std::copy(from.begin(), from.end(), features_.begin());
}

Tl2cgen::Tl2cgen(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& model)
    : PeerSide(rows, rows_a_call), entries_(features_.size()), values_(rows_a_call) {
  model.find("predict", predict_);
}

void Tl2cgen::stage(std::size_t row) {
  PeerSide::stage(row);
  std::transform(features_.begin(), features_.end(), entries_.begin(),
                 [](float value) { return std::isnan(value) ? Entry{.missing = -1} : Entry{.value = value}; });
}

void Tl2cgen::call() {
  std::fill(values_.begin(), values_.end(), 0.0F);  // it adds to what is there
  for (std::size_t row = 0; row < rows_a_call_; ++row) predict_(entries_.data() + row * rows_.features(), 0, &values_[row]);
}

OnnxRuntime::OnnxRuntime(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& library,
                         const std::string& model_path)
    : PeerSide(rows, rows_a_call),
      api_(library.function<const OrtApiBase* (*)()>("OrtGetApiBase")()->get_api(kOrtApiVersion)),
      probabilities_(2 * rows_a_call),
      second_(rows_a_call) {
  if (api_ == nullptr) give_up("onnxruntime: does not give version " + std::to_string(kOrtApiVersion) + " of its C API");
  static void* environment = nullptr;  // one a process
  if (environment == nullptr) must(ort_call(api_, kCreateEnv, kOrtErrors, "peers_bench", &environment));
  void* options = nullptr;
  must(ort_call(api_, kCreateSessionOptions, &options));
  must(ort_call(api_, kSetIntraOpNumThreads, options, 1));
  must(ort_call(api_, kSetInterOpNumThreads, options, 1));
  must(ort_call(api_, kSetGraphOptimizationLevel, options, kOrtEnableAll));
  must(ort_call(api_, kCreateSession, environment, model_path.c_str(), options, &session_));
  must(ort_call(api_, kCreateCpuMemoryInfo, kOrtArena, kOrtDefaultMemory, &memory_));
  input_ = tensor(features_);
  output_ = tensor(probabilities_);
  run_ = reinterpret_cast<decltype(run_)>(api_[kRun]);
}

void OnnxRuntime::must(void* status) const {
  if (status == nullptr) return;
  give_up(std::string("onnxruntime: ") + reinterpret_cast<const char* (*)(void*)>(api_[kGetErrorMessage])(status));
}

void* OnnxRuntime::tensor(std::vector<float>& values) {
  const std::int64_t shape[] = {static_cast<std::int64_t>(rows_a_call_), static_cast<std::int64_t>(values.size() / rows_a_call_)};
  void* made = nullptr;
  must(ort_call(api_, kCreateTensorWithData, memory_, static_cast<void*>(values.data()), values.size() * sizeof(float),
                static_cast<const std::int64_t*>(shape), std::size_t{2}, kOrtFloat, &made));
  return made;
}

void OnnxRuntime::call() {
  static constexpr const char* kInputs[] = {"rows"};
  static constexpr const char* kOutputs[] = {"probabilities"};
  const void* inputs[] = {input_};
  void* outputs[] = {output_};
  must(run_(session_, nullptr, kInputs, inputs, 1, kOutputs, 1, outputs));
}

std::span<const float> OnnxRuntime::answer() const {
  for (std::size_t row = 0; row < rows_a_call_; ++row) second_[row] = probabilities_[2 * row + 1];
  return second_;
}

Lightgbm::Lightgbm(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& library, const std::string& model_path)
    : PeerSide(rows, rows_a_call), values_(rows_a_call) {
  library.find("LGBM_GetLastError", last_error_);
  library.find("LGBM_BoosterPredictForMatSingleRowFast", predict_row_);
  library.find("LGBM_BoosterPredictForMat", predict_rows_);
  const auto create = library.function<int (*)(const char*, int*, void**)>("LGBM_BoosterCreateFromModelfile");
  const auto prepare = library.function<int (*)(void*, int, int, int, int, std::int32_t, const char*, void**)>(
      "LGBM_BoosterPredictForMatSingleRowFastInit");
  int rounds = 0;
  must(create(model_path.c_str(), &rounds, &booster_));
  must(prepare(booster_, kLgbmValues, 0, kLgbmAllRounds, kLgbmFloat32, static_cast<std::int32_t>(rows.features()), kLgbmSettings,
               &row_settings_));
}

void Lightgbm::must(int status) const {
  if (status != 0) give_up(std::string("lightgbm: ") + last_error_());
}

void Lightgbm::call() {
  std::int64_t values = 0;
  if (rows_a_call_ == 1) {
    must(predict_row_(row_settings_, features_.data(), &values, values_.data()));
  } else {
    must(predict_rows_(booster_, features_.data(), kLgbmFloat32, static_cast<std::int32_t>(rows_a_call_),
                       static_cast<std::int32_t>(rows_.features()), kLgbmRowMajor, kLgbmValues, 0, kLgbmAllRounds, kLgbmSettings,
                       &values, values_.data()));
  }
}

std::span<const float> Lightgbm::answer() const { return bits_of(values_); }

Lleaves::Lleaves(const FloatRows& rows, std::size_t rows_a_call, const SharedObject& model)
    : PeerSide(rows, rows_a_call), doubles_(features_.size()), values_(rows_a_call) {
  model.find("forest_root", predict_);
}

void Lleaves::stage(std::size_t row) {
  const std::span<const float> from = rows_.from(row, rows_a_call_);
  std::copy(from.begin(), from.end(), doubles_.begin());
}

void Lleaves::call() { predict_(doubles_.data(), values_.data(), 0, static_cast<int>(rows_a_call_)); }

std::span<const float> Lleaves::answer() const { return bits_of(values_); }

}  // namespace ringside::bench
