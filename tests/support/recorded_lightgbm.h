// A model and predictions that a release of LightGBM recorded (tests/golden/lightgbm), as a bundle that the engine loads and
// serves.
//
//   const RecordedLightgbm recorded("4.7.0", "binary");
//   BundleFiles files = recorded.bundle();                 // fields are the features, each a float that may be missing
//   files.write(place / recorded.version());
//
// Rows with an infinite feature are left out: no caller can send one. Labels are made here by LGBMClassifier's rule, argmax.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/bundle_files.h"

namespace ringside::test {

class RecordedLightgbm {
 public:
  struct Row {
    std::vector<double> features, margins, values;  // a missing feature is NaN
  };

  RecordedLightgbm(const std::string& release, const std::string& name);

  // Of all releases: release and name. Without those that ask for rounds from the middle, which no bundle can.
  [[nodiscard]] static std::vector<std::pair<std::string, std::string>> all();

  [[nodiscard]] std::string version() const { return "recorded_v1.0.0"; }
  [[nodiscard]] const std::vector<std::string>& fields() const noexcept { return fields_; }
  [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t classes() const noexcept { return classes_; }  // 0: no label
  [[nodiscard]] int label(const Row& row) const;                           // -1: none

  // With float32 features: only rows whose features are float32, which LightGBM scores alike in either width.
  [[nodiscard]] BundleFiles bundle(bool float32_features = false) const;

 private:
  std::string release_, model_;
  std::vector<std::string> fields_;
  std::vector<Row> rows_;
  std::size_t classes_ = 0, iterations_ = 0;  // 0: all
};

}  // namespace ringside::test
