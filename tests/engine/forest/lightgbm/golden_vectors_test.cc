// Goal: whatever release of LightGBM wrote a text model, and whatever is in it, we say what that release says, in every bit.
// Method: models and predictions recorded from the releases themselves (tests/golden/lightgbm/README.md); each is read, evaluated
//   plainly, packed, and transformed.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/forest/lightgbm/forest.h"
#include "engine/forest/lightgbm/plain_walker.h"

namespace ringside::engine::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path golden_folder() {
  const char* source = std::getenv("RINGSIDE_SOURCE");
  return fs::path(source == nullptr ? "." : source) / "tests/golden/lightgbm";
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<double> doubles_of(const json& row) {
  std::vector<double> doubles;
  for (const json& hex : row)
    doubles.push_back(std::bit_cast<double>(std::uint64_t{std::stoull(hex.get<std::string>(), nullptr, 16)}));
  return doubles;
}

// Equal bits; of a NaN only that it is one, for its sign and payload are the compiler's choice of operand order.
std::string difference(const char* what, const std::vector<double>& ours, const json& expected) {
  const std::vector<double> theirs = doubles_of(expected);
  if (ours.size() != theirs.size()) return std::to_string(ours.size()) + " where " + std::to_string(theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::isnan(ours[i]) && std::isnan(theirs[i])) continue;
    if (std::bit_cast<std::uint64_t>(ours[i]) == std::bit_cast<std::uint64_t>(theirs[i])) continue;
    std::ostringstream text;
    text << what << " " << i << ": " << std::hexfloat << ours[i] << ", expected " << theirs[i];
    return text.str();
  }
  return "";
}

WalkOptions range_of(const json& expected) {
  const json& range = expected.at("iteration_range");
  if (range.is_null()) return {};
  return {.iteration_begin = range[0].get<std::size_t>(), .iteration_end = range[1].get<std::size_t>()};
}

// What is wrong with our answers for one model file.
std::string verdict(const fs::path& path, const json& expected) {
  const std::string file = content(path);
  const auto model = read_lightgbm_model(std::as_bytes(std::span(file.data(), file.size())));
  if (!model) return "refused: " + model.error().text();
  const auto walker = LightgbmWalker::of(*model, range_of(expected));
  const auto forest = LightgbmForest<double>::build(*model, range_of(expected));
  if (!walker || !forest) return "refused: " + (walker ? forest.error() : walker.error()).text();
  std::vector<double> scores(model->outputs);
  std::vector<double> values(model->outputs);
  for (std::size_t r = 0; r < expected.at("features64").size(); ++r) {
    const std::vector<double> row = doubles_of(expected.at("features64")[r]);
    walker->predict_scores(row.data(), scores.data());
    walker->values_of(scores.data(), values.data());
    std::string text = difference("margin", scores, expected.at("margins")[r]);
    if (text.empty()) text = difference("value", values, expected.at("values")[r]);
    forest->predict_scores(row.data(), 1, row.size(), scores.data());
    forest->values_of(scores.data(), 1, values.data());
    if (text.empty()) text = difference("packed margin", scores, expected.at("margins")[r]);
    if (text.empty()) text = difference("packed value", values, expected.at("values")[r]);
    if (!text.empty()) return "row " + std::to_string(r) + ", " + text;
  }
  return "";
}

TEST(LightgbmGoldenVectors, EveryRecordedModelGivesTheBitsOfItsRelease) {
  std::map<std::string, std::size_t> cases;
  for (const fs::path& folder : sorted(golden_folder())) {
    if (!fs::is_directory(folder)) continue;
    for (const fs::path& path : sorted(folder)) {
      if (path.extension() != ".txt") continue;
      const json expected = json::parse(content(fs::path(path).replace_extension(".expected.json")));
      EXPECT_EQ(verdict(path, expected), "") << path << "\n" << expected.at("note").get<std::string>();
      ++cases[folder.filename().string()];
    }
  }
  for (const char* release : {"2.3.1", "3.3.5", "4.1.0", "4.7.0"}) EXPECT_GT(cases[release], 40U) << release;
}

}  // namespace
}  // namespace ringside::engine::test
