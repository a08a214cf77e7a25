#include "engine/forest/reference.h"

#include <xgboost/c_api.h>

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include "engine/forest/objective.h"
#include "engine/forest/release_rules.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

// Inside this file a failed call is an exception; stop_exceptions() turns it into an error at the boundary.
void must(int status) {
  if (status != 0) throw std::runtime_error(XGBGetLastError());
}

template <class T, class Work>
Result<T, std::string> stop_exceptions(Work work) {
  try {
    return work();
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return fail("XGBoost: " + text.substr(0, text.find("\nStack trace")));
  } catch (...) {
    return fail(std::string("XGBoost: an unknown exception"));
  }
}

// A DMatrix of the library, freed with the scope.
struct Matrix {
  DMatrixHandle handle = nullptr;
  Matrix() = default;
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;
  ~Matrix() {
    if (handle != nullptr) XGDMatrixFree(handle);
  }
};

// NumPy's array interface, in which the library is told of memory.
std::string array_interface(const float* data, std::size_t rows, std::size_t columns) {
  char text[160];
  std::snprintf(text, sizeof text, R"({"data": [%)" PRIuPTR R"(, true], "shape": [%zu, %zu], "typestr": "<f4", "version": 3})",
                reinterpret_cast<std::uintptr_t>(data), rows, columns);
  return text;
}

enum class Output { kValue = 0, kMargin = 1 };

// "NaN", "-9.99e+02": what XGBoost's JSON reader takes for a number.
std::string json_number(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[32];
  std::snprintf(text, sizeof text, "%.8e", static_cast<double>(value));  // Nine digits are every float.
  return text;
}

void quieten() { must(XGBSetGlobalConfig(R"({"verbosity": 0})")); }

}  // namespace

bool XgboostReference::trusted(const BoosterModel& model) {
  constexpr BoosterVersion kLinked{1, 7, 4};
  BoosterVersion linked;
  XGBoostVersion(&linked.major, &linked.minor, &linked.patch);
  if (linked != kLinked || !is_verified(model.version)) return false;
  // From 3.1 on, 1.7.4 cannot read the base score, says nothing and takes 0.5; a base score in brackets likewise.
  if (model.version >= BoosterVersion{3, 1, 0} || model.base_scores.size() != 1) return false;
  const Objective* objective = find_objective(model.objective, model.version);
  if (objective == nullptr || objective != find_objective(model.objective, kLinked)) return false;
  // Objectives whose parameters have moved to where 1.7.4 does not find them, so that it refuses the file.
  if (model.version >= BoosterVersion{2, 0, 0} && model.objective.starts_with("rank:")) return false;
  if (model.version >= BoosterVersion{3, 0, 0} && model.objective == "reg:squaredlogerror") return false;
  const ReleaseRules rules = release_rules(model.version, model.booster);
  const ReleaseRules linked_rules = release_rules(kLinked, model.booster);
  if (rules.sum != linked_rules.sum) return false;
  if (model.booster == BoosterKind::kDart && rules.dart_leaf_from_zero != linked_rules.dart_leaf_from_zero) return false;
  for (const BoosterTree& tree : model.trees) {
    if (tree.leaf_size > 1) return false;  // 1.7.4 knows no vector leaves.
    if (tree.has_categorical() && rules.category != linked_rules.category) return false;
  }
  return true;
}

XgboostReference::XgboostReference(void* booster, const BoosterModel& model, std::size_t rounds)
    : booster_(booster),
      features_(model.num_feature),
      margins_per_row_(model.outputs()),
      values_per_row_(find_objective(model.objective, model.version)->values_per_row(model.outputs())),
      rounds_(rounds),
      missing_(json_number(model.missing)),
      in_place_(model.booster == BoosterKind::kGbtree) {}

XgboostReference::XgboostReference(XgboostReference&& other) noexcept
    : booster_(std::exchange(other.booster_, nullptr)),
      features_(other.features_),
      margins_per_row_(other.margins_per_row_),
      values_per_row_(other.values_per_row_),
      rounds_(other.rounds_),
      missing_(std::move(other.missing_)),
      in_place_(other.in_place_) {}

XgboostReference& XgboostReference::operator=(XgboostReference&& other) noexcept {
  std::swap(booster_, other.booster_);
  std::swap(missing_, other.missing_);
  features_ = other.features_;
  margins_per_row_ = other.margins_per_row_;
  values_per_row_ = other.values_per_row_;
  rounds_ = other.rounds_;
  in_place_ = other.in_place_;
  return *this;
}

XgboostReference::~XgboostReference() {
  if (booster_ != nullptr) XGBoosterFree(booster_);
}

Result<XgboostReference, std::string> XgboostReference::load(std::span<const std::byte> file, const BoosterModel& model,
                                                             std::size_t rounds) {
  return stop_exceptions<XgboostReference>([&] {
    quieten();
    BoosterHandle booster = nullptr;
    must(XGBoosterCreate(nullptr, 0, &booster));
    XgboostReference reference(booster, model, rounds);
    must(XGBoosterSetParam(booster, "nthread", "1"));
    // Loading from a buffer keeps the number of threads that was configured before, or else takes a team of all cores, which stays.
    // Asking for the features configures, and wants to know them first.
    must(XGBoosterSetParam(booster, "num_feature", std::to_string(model.num_feature).c_str()));
    bst_ulong configured_features = 0;
    must(XGBoosterGetNumFeature(booster, &configured_features));
    must(XGBoosterLoadModelFromBuffer(booster, file.data(), file.size()));
    return reference;
  });
}

Result<Done, std::string> XgboostReference::predict(const float* features, std::size_t rows, const float* base_margins,
                                                    float* margins, float* values) {
  if (rows == 0) return Done{};
  return stop_exceptions<Done>([&] {
    quieten();
    const std::string matrix = array_interface(features, rows, features_);
    Matrix data;
    if (in_place_) {
      must(XGProxyDMatrixCreate(&data.handle));
    } else {
      must(XGDMatrixCreateFromDense(matrix.c_str(), (R"({"missing": )" + missing_ + R"(, "nthread": 1})").c_str(), &data.handle));
    }
    if (base_margins != nullptr) {
      must(XGDMatrixSetInfoFromInterface(data.handle, "base_margin",
                                         array_interface(base_margins, rows, margins_per_row_).c_str()));
    }
    const auto ask = [&](Output output, std::size_t per_row, float* out) {
      if (out == nullptr) return;
      const std::string config = R"({"type": )" + std::to_string(static_cast<int>(output)) +
                                 R"(, "iteration_begin": 0, "iteration_end": )" + std::to_string(rounds_) +
                                 R"(, "strict_shape": false, )" +
                                 (in_place_ ? R"("missing": )" + missing_ + R"(, "cache_id": 0})" : R"("training": false})");
      const bst_ulong* shape = nullptr;
      bst_ulong dimensions = 0;
      const float* result = nullptr;
      must(in_place_
               ? XGBoosterPredictFromDense(booster_, matrix.c_str(), config.c_str(), data.handle, &shape, &dimensions, &result)
               : XGBoosterPredictFromDMatrix(booster_, data.handle, config.c_str(), &shape, &dimensions, &result));
      bst_ulong size = 1;
      for (bst_ulong d = 0; d < dimensions; ++d) size *= shape[d];
      if (size != rows * per_row) {
        throw std::runtime_error(std::to_string(size) + " outputs where " + std::to_string(rows * per_row) + " were expected");
      }
      std::copy(result, result + size, out);
    };
    ask(Output::kMargin, margins_per_row_, margins);
    ask(Output::kValue, values_per_row_, values);
    return Done{};
  });
}

}  // namespace ringside::engine
