#include "bench/forest_sides.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>

#include "bench/comparison.h"

namespace ringside::bench {
namespace {

constexpr const char* kPredictConfig =
    R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"cache_id":0,"missing":NaN})";

void copy_rows(const FloatRows& rows, std::size_t row, std::vector<float>& into) {
  const std::span<const float> from = rows.from(row, into.size() / rows.features());
  std::copy(from.begin(), from.end(), into.begin());
}

}  // namespace

engine::Forest load_forest(const std::string& model_path) {
  const std::vector<std::byte> file = read_whole_file(model_path);
  auto model = engine::read_model(file);
  if (!model) give_up(model_path + ": " + model.error().text());
  auto forest = engine::Forest::build(*model);
  if (!forest) give_up(model_path + ": " + forest.error().text());
  return std::move(*forest);
}

OurForest::OurForest(const FloatRows& rows, std::size_t rows_a_call, const std::string& model_path)
    : rows_(rows),
      rows_a_call_(rows_a_call),
      forest_(load_forest(model_path)),
      features_(rows_a_call * rows.features()),
      margins_(rows_a_call * forest_.margins_per_row()),
      values_(rows_a_call * forest_.values_per_row()) {}

OurForest::OurForest(std::unique_ptr<const FloatRows> rows, std::size_t rows_a_call, const std::string& model_path)
    : OurForest(*rows, rows_a_call, model_path) {
  own_rows_ = std::move(rows);
}

void OurForest::stage(std::size_t row) { copy_rows(rows_, row, features_); }

void OurForest::call() {
  forest_.predict_margins(features_.data(), rows_a_call_, rows_.features(), nullptr, margins_.data());
  forest_.transform(margins_.data(), rows_a_call_, values_.data());
}

void XgboostCall::must(int status) const {
  if (status != 0) give_up(std::string("xgboost: ") + api_.last_error());
}

XgboostCall::XgboostCall(const FloatRows& rows, std::size_t rows_a_call, const std::string& model_path, const XgboostApi& api)
    : api_(api), rows_(rows), rows_a_call_(rows_a_call), features_(rows_a_call * rows.features()) {
  must(api_.create(nullptr, 0, &booster_));
  must(api_.load_model(booster_, model_path.c_str()));
  must(api_.set_parameter(booster_, "nthread", "1"));
  must(api_.create_proxy(&proxy_));
  array_interface_ = R"({"data":[)" + std::to_string(reinterpret_cast<std::uintptr_t>(features_.data())) + R"(,true],"shape":[)" +
                     std::to_string(rows_a_call) + "," + std::to_string(rows.features()) + R"(],"typestr":"<f4","version":3})";
}

XgboostCall::~XgboostCall() {
  api_.free_matrix(proxy_);
  api_.free_booster(booster_);
}

void XgboostCall::stage(std::size_t row) { copy_rows(rows_, row, features_); }

void XgboostCall::call() {
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  must(api_.predict(booster_, array_interface_.c_str(), kPredictConfig, proxy_, &shape, &dimensions, &answer_));
}

IfElseForest::IfElseForest(const FloatRows& rows, std::size_t rows_a_call, const std::string& shared_object)
    : rows_(rows), features_(rows_a_call * rows.features()), values_(rows_a_call) {
  library_ = dlopen(shared_object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) give_up(shared_object + ": " + dlerror());
  margin_ = reinterpret_cast<float (*)(const float*)>(dlsym(library_, "margin"));
  if (margin_ == nullptr) give_up(shared_object + ": has no function `margin`");
}

IfElseForest::~IfElseForest() { dlclose(library_); }

void IfElseForest::stage(std::size_t row) { copy_rows(rows_, row, features_); }

void IfElseForest::call() {
  for (std::size_t row = 0; row < values_.size(); ++row) {
    const float margin = margin_(features_.data() + row * rows_.features());
    values_[row] = 1.0F / (std::exp(std::min(-margin, 88.7F)) + 1.0F);  // XGBoost's own sigmoid, in its precision
  }
}

}  // namespace ringside::bench
