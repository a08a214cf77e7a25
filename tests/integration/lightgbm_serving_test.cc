// Goal: a service that links the client library gets LightGBM's bits from a real engine, in float64, one row at a time and in
//   batches; so does who reads JSON. Method: recorded models of LightGBM as bundles, served by ringsided; every recorded row
//   through the C++ client and through the command line.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/integration/engine_process.h"
#include "tests/support/recorded_lightgbm.h"

namespace ringside::testing {
namespace {

using test::RecordedLightgbm;

std::uint64_t bits(double number) { return std::isnan(number) ? 1 : std::bit_cast<std::uint64_t>(number); }

// A models directory whose current version is the recorded model.
class Models {
 public:
  explicit Models(const RecordedLightgbm& recorded) {
    recorded.bundle().write(place_.path() / recorded.version());
    std::filesystem::create_directory_symlink(recorded.version(), place_.path() / "current");
  }
  [[nodiscard]] std::string path() const { return place_.path().string(); }
  [[nodiscard]] const std::filesystem::path& folder() const { return place_.path(); }

 private:
  test::TemporaryDirectory place_;
};

std::vector<FieldDecl> fields_of(const RecordedLightgbm& recorded) {
  std::vector<FieldDecl> fields;
  for (const std::string& name : recorded.fields()) fields.push_back({name, Dtype::kFloat});
  return fields;
}

// Missing features are not set.
template <class Set>
void fill(const RecordedLightgbm& recorded, const RecordedLightgbm::Row& row, const Set& set) {
  for (std::size_t f = 0; f < row.features.size(); ++f) {
    if (!std::isnan(row.features[f])) set(recorded.fields()[f], row.features[f]);
  }
}

std::string difference(const RecordedLightgbm& recorded, const RecordedLightgbm::Row& row, const RowAnswer& answer) {
  if (!answer.ok()) return answer.explanation();
  if (!answer.is_float64() || !answer.features_float64()) return "another width";
  if (answer.values() != row.values.size() || answer.margins() != row.margins.size()) return "another number of outputs";
  if (answer.features() != row.features.size()) return "another number of features";
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (bits(answer.value(i)) != bits(row.values[i])) return "value " + std::to_string(i);
    if (bits(answer.margin(i)) != bits(row.margins[i])) return "margin " + std::to_string(i);
  }
  for (std::size_t i = 0; i < row.features.size(); ++i) {
    if (bits(answer.feature64(i)) != bits(row.features[i])) return "feature " + std::to_string(i);
  }
  const int label = recorded.label(row);
  if (label < 0) return answer.label().kind == Label::Kind::kNone ? "" : "a label";
  return answer.label().number == label ? "" : "label";
}

class LightgbmServing : public ::testing::TestWithParam<const char*> {
 protected:
  RecordedLightgbm recorded_{"4.7.0", GetParam()};
  Models models_{recorded_};
  EngineProcess engine_{{}, models_.path()};
  Client client_ = engine_.connect({}, recorded_.version());
  Schema schema_ = *client_.resolve(fields_of(recorded_));
};

TEST_P(LightgbmServing, RecordedRowsHaveLightgbmsBitsOneByOne) {
  Row row(schema_);
  for (std::size_t i = 0; i < recorded_.rows().size(); ++i) {
    row.reset();
    fill(recorded_, recorded_.rows()[i], [&](const std::string& name, double x) { row.set(name, x); });
    EXPECT_EQ(difference(recorded_, recorded_.rows()[i], client_.predict(row, {.return_features = true})), "") << "row " << i;
  }
}

TEST_P(LightgbmServing, RecordedRowsHaveLightgbmsBitsInEveryBatchSize) {
  const std::size_t count = recorded_.rows().size();
  for (const std::size_t size : {2u, 64u, 65u, 512u}) {
    Batch batch(schema_, size);
    for (std::size_t i = 0; i < size; ++i)
      fill(recorded_, recorded_.rows()[i % count], [&](const std::string& name, double x) { batch.set(i, name, x); });
    const BatchResult result = client_.predict_batch(batch, {.return_features = true});
    ASSERT_EQ(result.rows(), size);
    for (std::size_t i = 0; i < size; ++i)
      EXPECT_EQ(difference(recorded_, recorded_.rows()[i % count], result.row(i)), "") << "row " << i << " of " << size;
  }
}

// What the command line prints reads back to the same float64.
TEST_P(LightgbmServing, CommandLinePrintsEveryBit) {
  const std::string file = (models_.folder() / "rows.jsonl").string();
  std::string lines;
  for (const RecordedLightgbm::Row& row : recorded_.rows()) {
    nlohmann::json object = nlohmann::json::object();
    fill(recorded_, row, [&](const std::string& name, double x) { object[name] = x; });
    lines += object.dump() + "\n";
  }
  test::write_file(file, lines);
  std::string output;
  ASSERT_EQ(engine_.cli({"predict", "--input", file, "--features"}, &output), 0) << output;
  std::istringstream answers(output);
  std::size_t count = 0;
  for (std::string line; std::getline(answers, line) && line.starts_with("{"); ++count) {
    const nlohmann::json answer = nlohmann::json::parse(line);
    const RecordedLightgbm::Row& row = recorded_.rows().at(count);
    const auto is = [](const nlohmann::json& printed, double number) {
      return printed.is_null() ? std::isnan(number) : bits(printed.get<double>()) == bits(number);
    };
    const nlohmann::json values = answer.contains("score") ? nlohmann::json::array({answer["score"]}) : answer["probabilities"];
    const nlohmann::json margins = answer["margin"].is_array() ? answer["margin"] : nlohmann::json::array({answer["margin"]});
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      EXPECT_TRUE(is(values.at(i), row.values[i])) << line;
      EXPECT_TRUE(is(margins.at(i), row.margins[i])) << line;
    }
    for (std::size_t i = 0; i < row.features.size(); ++i) EXPECT_TRUE(is(answer["features"].at(i), row.features[i])) << line;
  }
  EXPECT_EQ(count, recorded_.rows().size());
}

INSTANTIATE_TEST_SUITE_P(Models, LightgbmServing, ::testing::Values("binary", "multiclass", "regression", "missing_nan"),
                         [](const auto& model) { return std::string(model.param); });

}  // namespace
}  // namespace ringside::testing
