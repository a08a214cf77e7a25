// Goal: whatever release of XGBoost wrote a model, and whatever is in it, we say what that release says, in every bit; or we refuse it,
//   for a reason that is written down here.
// Method: models and predictions recorded from the releases themselves (tests/golden/xgboost/README.md); each is read from every file
//   it has, evaluated plainly and by every kernel that takes it, and transformed.

#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "engine/forest/forest.h"
#include "engine/forest/plain_walker.h"
#include "engine/forest/reference.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// What is refused though its release answers, with a word of the reason.
struct Refusal {
  const char* name;
  const char* word;
  std::pair<int, int> before = {99, 0};  // The first release that is not concerned.
};
constexpr Refusal kRefused[] = {
    {"edited_leaves_not_finite", "finite leaf"},  // A score that can be NaN is no score.
    // Until 3.0, XGBoost cannot read these base scores, says nothing and takes 0.5: whoever wrote one did not mean that.
    {"edited_base_score_blanks", "a number in a string", {3, 1}},
    {"edited_base_score_bracketed", "a number in a string", {3, 1}},
    {"edited_base_score_long", "at most 9 digits", {3, 1}},
    {"edited_base_score_round", "a number in a string", {3, 1}},
};

std::pair<int, int> release_of(const fs::path& folder) {
  std::pair<int, int> release;
  char point = 0;
  std::istringstream(folder.filename().string()) >> release.first >> point >> release.second;
  return release;
}

fs::path golden_folder() {
  const char* source = std::getenv("RINGSIDE_SOURCE");
  return fs::path(source == nullptr ? "." : source) / "tests/golden/xgboost";
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

float float_of(const json& hex) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(std::stoul(hex.get<std::string>(), nullptr, 16)));
}

std::vector<float> floats_of(const json& row) {
  std::vector<float> floats;
  for (const json& hex : row) floats.push_back(float_of(hex));
  return floats;
}

// Equal bits; of a NaN only that it is one, for its sign and payload are the compiler's choice of operand order.
std::string difference(const std::vector<float>& ours, const std::vector<float>& theirs) {
  if (ours.size() != theirs.size()) return std::to_string(ours.size()) + " where " + std::to_string(theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::isnan(ours[i]) && std::isnan(theirs[i])) continue;
    if (std::bit_cast<std::uint32_t>(ours[i]) == std::bit_cast<std::uint32_t>(theirs[i])) continue;
    std::ostringstream text;
    text << "output " << i << ": " << std::hexfloat << ours[i] << ", expected " << theirs[i];
    return text.str();
  }
  return "";
}

// What answers one row; the plain walker and every kernel that takes the model say the same.
struct Answerer {
  std::string name;
  std::size_t margins, values;
  std::function<void(const float* row, const float* base, float* margins, float* values)> answer;
};

std::vector<Answerer> answerers(const PlainWalker& walker, const BoosterModel& model, const WalkOptions& options) {
  std::vector<Answerer> all{{"plain walker", walker.margins_per_row(), walker.values_per_row(),
                             [&walker](const float* row, const float* base, float* margins, float* values) {
                               walker.predict_margins(row, base, margins);
                               walker.transform(margins, values);
                             }}};
  for (const KernelKind kind : kKernelKinds) {
    auto forest = Forest::build(
        model, {.iteration_begin = options.iteration_begin, .iteration_end = options.iteration_end, .kernel = kind});
    if (!forest) continue;
    all.push_back({forest->kernel(), forest->margins_per_row(), forest->values_per_row(),
                   [forest = *forest](const float* row, const float* base, float* margins, float* values) {
                     forest.predict_margins(row, 1, forest.features(), base, margins);
                     forest.transform(margins, 1, values);
                   }});
  }
  return all;
}

// The first row that differs, or nothing.
std::string compare_rows(const Answerer& answerer, const json& expected) {
  std::vector<float> margins(answerer.margins);
  std::vector<float> values(answerer.values);
  const json& base_margins = expected.at("base_margin");
  for (std::size_t r = 0; r < expected.at("features").size(); ++r) {
    const std::vector<float> row = floats_of(expected.at("features")[r]);
    const std::vector<float> base = base_margins.is_null() ? std::vector<float>() : floats_of(base_margins[r]);
    answerer.answer(row.data(), base.empty() ? nullptr : base.data(), margins.data(), values.data());
    const std::string row_text = answerer.name + ", row " + std::to_string(r) + ", ";
    // softmax's margins a release may give in another shape than its values; both are one list a row.
    if (const std::string text = difference(margins, floats_of(expected.at("margins")[r])); !text.empty()) {
      return row_text + "margins: " + text;
    }
    if (const std::string text = difference(values, floats_of(expected.at("values")[r])); !text.empty()) {
      return row_text + "values: " + text;
    }
  }
  return "";
}

// What is wrong with our answers for one model file; "refused: …" where it was not even evaluated.
std::string verdict_of_bytes(const std::string& file, const json& expected) {
  auto model = read_model(std::as_bytes(std::span(file.data(), file.size())));
  if (!model) return "refused: " + model.error().text();
  model->missing = float_of(expected.at("missing"));
  WalkOptions options;
  if (const json& range = expected.at("iteration_range"); !range.is_null()) {
    options = {.iteration_begin = range[0].get<std::size_t>(), .iteration_end = range[1].get<std::size_t>()};
  }
  const auto walker = PlainWalker::of(*model, options);
  if (!walker) return "refused: " + walker.error().text();
  const std::vector<Answerer> all = answerers(*walker, *model, options);
  if (all.size() < 2) return "no kernel takes it";
  for (const Answerer& one : all) {
    if (std::string text = compare_rows(one, expected); !text.empty()) return text;
  }
  return "";
}

void check_case(const fs::path& expectation) {
  const std::string name = expectation.filename().string();
  const std::string stem = name.substr(0, name.size() - std::string(".expected.json").size());
  const json expected = json::parse(content(expectation));
  const auto release = release_of(expectation.parent_path());
  const auto* refusal = std::find_if(std::begin(kRefused), std::end(kRefused),
                                     [&](const Refusal& r) { return stem == r.name && release < r.before; });
  bool seen = false;
  for (const char* spelling : {".json", ".ubj"}) {
    const fs::path path = expectation.parent_path() / (stem + spelling);
    if (!fs::exists(path)) continue;
    seen = true;
    const std::string found = verdict_of_bytes(content(path), expected);
    if (refusal == std::end(kRefused)) {
      EXPECT_EQ(found, "") << path << "\n" << expected.at("note").get<std::string>();
    } else {
      EXPECT_TRUE(found.starts_with("refused: ") && found.find(refusal->word) != std::string::npos) << path << ": " << found;
    }
  }
  EXPECT_TRUE(seen || fs::exists(expectation.parent_path() / (stem + ".bin"))) << expectation << " has no model";
}

TEST(GoldenVectors, EveryRecordedModelGivesTheBitsOfItsRelease) {
  std::size_t cases = 0;
  for (const fs::path& folder : sorted(golden_folder())) {
    if (!fs::is_directory(folder)) continue;
    for (const fs::path& path : sorted(folder)) {
      if (!path.string().ends_with(".expected.json")) continue;
      check_case(path);
      ++cases;
    }
  }
  EXPECT_GT(cases, 100U);
}

// The rows that a DMatrix takes: those without infinities, as one matrix; and which they are.
std::vector<float> finite_rows(const json& expected, std::vector<std::size_t>& rows) {
  std::vector<float> cells;
  for (std::size_t r = 0; r < expected.at("features").size(); ++r) {
    const std::vector<float> row = floats_of(expected.at("features")[r]);
    if (std::any_of(row.begin(), row.end(), [](float x) { return std::isinf(x); })) continue;
    cells.insert(cells.end(), row.begin(), row.end());
    rows.push_back(r);
  }
  return cells;
}

// The first difference between what the linked library says of a file and what its release said. `asked` counts the models it is
// trusted with.
std::string reference_verdict(const fs::path& path, const json& expected, std::size_t& asked) {
  const std::string file = content(path);
  const auto bytes = std::as_bytes(std::span(file.data(), file.size()));
  auto model = read_model(bytes);
  const json& range = expected.at("iteration_range");
  if (!model || !XgboostReference::trusted(*model) || (!range.is_null() && range[0] != 0)) return "";
  model->missing = float_of(expected.at("missing"));
  auto reference = XgboostReference::load(bytes, *model, range.is_null() ? 0 : range[1].get<std::size_t>());
  if (!reference) return reference.error();
  std::vector<std::size_t> rows;
  const std::vector<float> cells = finite_rows(expected, rows);
  std::vector<float> base;
  if (const json& margins = expected.at("base_margin"); !margins.is_null()) {
    for (const std::size_t r : rows) {
      const std::vector<float> row = floats_of(margins[r]);
      base.insert(base.end(), row.begin(), row.end());
    }
  }
  const std::size_t outputs = model->outputs();
  const std::size_t width = find_objective(model->objective, model->version)->values_per_row(outputs);
  std::vector<float> margins(rows.size() * outputs);
  std::vector<float> values(rows.size() * width);
  const auto said =
      reference->predict(cells.data(), rows.size(), base.empty() ? nullptr : base.data(), margins.data(), values.data());
  if (!said) return said.error();
  ++asked;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto part = [&](const std::vector<float>& all, std::size_t size) {
      return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(i * size),
                                all.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
    };
    std::string text = difference(part(margins, outputs), floats_of(expected.at("margins")[rows[i]]));
    if (text.empty()) text = difference(part(values, width), floats_of(expected.at("values")[rows[i]]));
    if (!text.empty()) return "row " + std::to_string(rows[i]) + ", " + text;
  }
  return "";
}

TEST(GoldenVectors, TheLinkedLibraryAgreesWithEveryReleaseThatItIsTrustedWith) {
  std::map<std::string, std::size_t> asked;
  for (const fs::path& folder : sorted(golden_folder())) {
    if (!fs::is_directory(folder)) continue;
    for (const fs::path& path : sorted(folder)) {
      const std::string name = path.string();
      if (name.ends_with(".expected.json") || (!name.ends_with(".json") && !name.ends_with(".ubj"))) continue;
      const json expected = json::parse(content(name.substr(0, name.rfind('.')) + ".expected.json"));
      EXPECT_EQ(reference_verdict(path, expected, asked[folder.filename().string()]), "") << path;
    }
  }
  for (const char* release : {"1.5.2", "1.6.2", "1.7.6", "2.0.3", "2.1.4", "3.0.5"}) EXPECT_GT(asked[release], 20U) << release;
}

// What the exporter makes of a legacy binary file: the linked library's JSON of it, under the version of the release that wrote it.
std::string converted(const fs::path& path) {
  const std::string file = content(path);
  BoosterHandle booster = nullptr;
  bst_ulong size = 0;
  const char* saved = nullptr;
  if (XGBoosterCreate(nullptr, 0, &booster) != 0 || XGBoosterLoadModelFromBuffer(booster, file.data(), file.size()) != 0 ||
      XGBoosterSaveModelToBuffer(booster, R"({"format": "json"})", &size, &saved) != 0) {
    return XGBGetLastError();
  }
  std::string text(saved, size);
  XGBoosterFree(booster);
  std::string release = path.parent_path().filename().string();
  std::replace(release.begin(), release.end(), '.', ',');
  const std::string linked = "\"version\":[1,7,4]";
  const std::size_t at = text.find(linked);
  return at == std::string::npos ? text : text.replace(at, linked.size(), "\"version\":[" + release + "]");
}

TEST(GoldenVectors, LegacyBinariesAsTheLinkedLibraryConvertsThemGiveTheBitsOfTheirRelease) {
  XGBSetGlobalConfig(R"({"verbosity": 0})");
  std::size_t files = 0;
  for (const fs::path& folder : sorted(golden_folder())) {
    if (!fs::is_directory(folder)) continue;
    for (const fs::path& path : sorted(folder)) {
      if (path.extension() != ".bin") continue;
      const std::string name = path.string();
      const json expected = json::parse(content(name.substr(0, name.rfind('.')) + ".expected.json"));
      EXPECT_EQ(verdict_of_bytes(converted(path), expected), "") << path;
      ++files;
    }
  }
  EXPECT_GT(files, 10U);
}

TEST(GoldenVectors, StandForEveryVerifiedReleaseAndForNoOther) {
  std::set<std::pair<int, int>> recorded;
  for (const fs::path& folder : sorted(golden_folder())) {
    if (fs::is_directory(folder)) recorded.insert(release_of(folder));
  }
  std::set<std::pair<int, int>> verified;
  for (const VerifiedVersions& known : kVerifiedVersions) verified.emplace(known.major, known.minor);
  EXPECT_EQ(recorded, verified);
}

}  // namespace
}  // namespace ringside::engine::test
