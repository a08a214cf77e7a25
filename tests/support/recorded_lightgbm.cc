#include "tests/support/recorded_lightgbm.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ringside::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path golden_folder() {
  const char* source = std::getenv("RINGSIDE_SOURCE");
  return fs::path(source == nullptr ? "." : source) / "tests/golden/lightgbm";
}

std::vector<double> doubles_of(const json& hexes) {
  std::vector<double> doubles;
  for (const json& hex : hexes)
    doubles.push_back(std::bit_cast<double>(std::uint64_t{std::stoull(hex.get<std::string>(), nullptr, 16)}));
  return doubles;
}

// The line of the model's header, without its key; empty where there is none.
std::string header(const std::string& model, const std::string& key) {
  const auto at = model.find("\n" + key + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + key.size() + 2;
  return model.substr(begin, model.find('\n', begin) - begin);
}

std::string printed(const char* format, auto value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// A number as JSON that reads back to it, and as a real one: -0 would be an integer.
std::string json_number(double value) {
  std::string text = printed("%.17g", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string hexes(const std::vector<double>& numbers, bool float32) {
  std::string list;
  for (const double number : numbers) {
    const auto narrow = static_cast<float>(number);
    list += list.empty() ? "\"" : ",\"";
    if (float32) {
      list += printed("%08x", std::isnan(number) ? 0x7FC0'0000U : std::bit_cast<std::uint32_t>(narrow));
    } else {
      const std::uint64_t bits = std::isnan(number) ? 0x7FF8'0000'0000'0000 : std::bit_cast<std::uint64_t>(number);
      list += printed("%016llx", static_cast<unsigned long long>(bits));
    }
    list += "\"";
  }
  return "[" + list + "]";
}

bool is_float32(const std::vector<double>& numbers) {
  return std::ranges::all_of(
      numbers, [](double number) { return std::isnan(number) || static_cast<double>(static_cast<float>(number)) == number; });
}

}  // namespace

RecordedLightgbm::RecordedLightgbm(const std::string& release, const std::string& name)
    : release_(release), model_(read_file(golden_folder() / release / (name + ".txt"))) {
  const json expected = json::parse(read_file(golden_folder() / release / (name + ".expected.json")));
  if (!expected.at("iteration_range").is_null()) iterations_ = expected.at("iteration_range")[1].get<std::size_t>();
  std::istringstream names(header(model_, "feature_names"));
  for (std::string field; names >> field;) fields_.push_back(field);
  const std::string objective = header(model_, "objective");
  if (objective.starts_with("binary ")) classes_ = 2;
  if (objective.starts_with("multiclass")) classes_ = std::stoul(header(model_, "num_class"));
  for (std::size_t r = 0; r < expected.at("features64").size(); ++r) {
    Row row{doubles_of(expected["features64"][r]), doubles_of(expected["margins"][r]), doubles_of(expected["values"][r])};
    if (std::ranges::none_of(row.features, [](double x) { return std::isinf(x); })) rows_.push_back(std::move(row));
  }
}

std::vector<std::pair<std::string, std::string>> RecordedLightgbm::all() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& entry : fs::recursive_directory_iterator(golden_folder())) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".txt" || name == "rounds_from_middle") continue;
    found.emplace_back(entry.path().parent_path().filename().string(), name);
  }
  std::ranges::sort(found);
  return found;
}

int RecordedLightgbm::label(const Row& row) const {
  if (classes_ == 0) return -1;
  if (row.values.size() == 1) return 1.0 - row.values[0] >= row.values[0] ? 0 : 1;  // argmax of the two
  return static_cast<int>(std::ranges::max_element(row.values) - row.values.begin());
}

BundleFiles RecordedLightgbm::bundle(bool float32_features) const {
  std::string schema = "schema_version: 1\nfields:\n", steps, features, golden;
  for (const std::string& field : fields_) {
    schema += "  - {name: \"" + field + "\", dtype: float, type: numeric, on_missing: pass}\n";
    steps += (steps.empty() ? "" : ",") + (R"({"op":"number","field":")" + field + R"(","out":")" + field + R"("})");
    features += (features.empty() ? "\"" : ",\"") + field + "\"";
  }
  std::string classes;
  for (std::size_t c = 0; c < classes_; ++c) classes += (c == 0 ? "" : ",") + std::to_string(c);
  for (const Row& row : rows_) {
    if (float32_features && !is_float32(row.features)) continue;
    std::string cells;
    for (std::size_t f = 0; f < fields_.size(); ++f) {
      if (std::isnan(row.features[f])) continue;
      cells += (cells.empty() ? "\"" : ",\"") + fields_[f] + "\":" + json_number(row.features[f]);
    }
    golden += "{\"kind\":\"score\",\"row\":{" + cells + "},\"features\":" + hexes(row.features, float32_features) +
              ",\"margin\":" + hexes(row.margins, false) + ",\"values\":" + hexes(row.values, false) +
              ",\"label\":" + (classes_ == 0 ? "null" : std::to_string(label(row))) + ",\"filled\":[],\"unknown\":[]}\n";
  }
  BundleFiles files = BundleFiles::empty(version());
  files["feature_schema.yaml"] = schema + "final_feature_cols: [" + features + "]\n";
  files["preprocess.json"] = R"({"format_version":1,"steps":[)" + steps + R"(],"features":[)" + features +
                             R"(],"feature_dtype":")" + (float32_features ? "float32" : "float64") + R"(","classes":[)" +
                             classes + "]}\n";
  files["model.txt"] = model_;
  files["version.txt"] = "version: " + version() + "\ntask_name: small\n";
  files["golden.jsonl"] = golden;
  if (iterations_ != 0) files["serving.yaml"] = "iterations: " + std::to_string(iterations_) + "\n";
  files.edit_manifest(R"("xgboost":"1.7.4")", R"("lightgbm":")" + release_ + "\"");
  files.edit_manifest(R"("file":"model.json")", R"("file":"model.txt")");
  return files;
}

}  // namespace ringside::test
