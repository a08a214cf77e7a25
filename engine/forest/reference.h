// The XGBoost library itself, as the reference that a freshly loaded forest is compared with before it serves.
//
//   if (XgboostReference::trusted(model)) {
//     auto reference = XgboostReference::load(file, model);
//     reference->predict(rows, count, nullptr, margins, values);     // Must equal Forest's in every bit.
//   }
//
// gbtree is asked in place, as XGBClassifier does; DART through a DMatrix, as Booster.predict does, because 1.7's in-place DART
// rounds otherwise (README.md); gblinear so, too, because it knows no other way. One thread (nthread 1); the library's messages to stderr are switched off on the calling thread.
//
// Thread safety: one thread at a time. It belongs on the loader: it allocates, and parses JSON on every call. Never on a worker.
// Errors: the library's own text. Its exceptions stop here.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <span>
#include <string>

#include "engine/forest/model.h"

namespace ringside::engine {

class XgboostReference {
 public:
  // Whether the linked library (1.7.4) is known to read this model as the release that wrote it does: a table that the vectors of all
  // those releases hold. Where not, only golden rows decide.
  [[nodiscard]] static bool trusted(const BoosterModel& model);

  // Answers with the rounds [0, rounds) of the file, 0 for all, and takes model.missing for missing.
  // REQUIRES: `model` is what read_model(file) gave; the library is not robust against malformed files.
  [[nodiscard]] static Result<XgboostReference, std::string> load(std::span<const std::byte> file, const BoosterModel& model,
                                                                  std::size_t rounds = 0);

  XgboostReference(XgboostReference&& other) noexcept;
  XgboostReference& operator=(XgboostReference&& other) noexcept;
  ~XgboostReference();

  // `features` is rows x num_feature, NaN where missing; `base_margins` null or rows x margins a row. Fills rows x margins a row
  // margins and rows x values a row values; on failure both are unspecified. Either may be null.
  // DART and gblinear refuse infinite features, as a DMatrix does.
  [[nodiscard]] Result<Done, std::string> predict(const float* features, std::size_t rows, const float* base_margins,
                                                  float* margins, float* values);

 private:
  XgboostReference(void* booster, const BoosterModel& model, std::size_t rounds);

  void* booster_;  // BoosterHandle
  std::size_t features_;
  std::size_t margins_per_row_;
  std::size_t values_per_row_;
  std::size_t rounds_;
  std::string missing_;  // As JSON spells it.
  bool in_place_;
};

}  // namespace ringside::engine
