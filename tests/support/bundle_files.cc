#include "tests/support/bundle_files.h"

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/bundle/bundle_directory.h"

namespace ringside::test {
namespace {

constexpr const char* kSchema = R"(schema_version: 1
fields:
  - {name: age,    dtype: int,   type: numeric,     fill: 30, min: 0, max: 150}
  - {name: city,   dtype: str,   type: categorical, encode: label,  fill: unknown}
  - {name: home,   dtype: str,   type: categorical, encode: onehot, fill: own}
  - {name: income, dtype: float, type: numeric,     on_missing: pass}
final_feature_cols: [age, city, home_own, home_rent, income]
)";

constexpr const char* kPlan = R"({"format_version":1,
 "steps":[
  {"op":"number","field":"age","out":"age:0"},
  {"op":"subtract","in":"age:0","value":"0x1.3p+5","out":"age:1"},
  {"op":"divide","in":"age:1","value":"0x1.8p+3","out":"age"},
  {"op":"label","field":"city","classes":["ams","ber","unknown"],"unseen":"unknown","out":"city"},
  {"op":"onehot","field":"home","categories":["own","rent"],"unseen":"zeros","outs":["home_own","home_rent"]},
  {"op":"number","field":"income","out":"income"}],
 "features":["age","city","home_own","home_rent","income"],
 "classes":[0,1]}
)";

// One line a row; an expectation stands under its row.
constexpr const char* kGolden[][2] = {
    {R"({"kind":"score","row":{"age":27,"city":"ams","home":"own","income":500.5})",
     R"(,"features":["bf6aaaab","00000000","3f800000","00000000","43fa4000"],"margin":["bf0ccccd"],"values":["3ebb5295"],"label":0,"filled":[],"unknown":[]})"},
    {R"({"kind":"score","row":{"age":41,"city":"ber","home":"rent","income":8500.0})",
     R"(,"features":["3e800000","3f800000","00000000","3f800000","4604d000"],"margin":["3f8ccccd"],"values":["3f40110c"],"label":1,"filled":[],"unknown":[]})"},
    {R"({"kind":"score","row":{"age":38,"city":"rome","home":"own","income":null})",
     R"(,"features":["00000000","40000000","3f800000","00000000","7fc00000"],"margin":["be199998"],"values":["3eecd5ff"],"label":0,"filled":[],"unknown":["city"]})"},
    {R"({"kind":"score","row":{"age":41.0,"city":"unknown","home":"castle","income":1000.5})",
     R"(,"features":["3e800000","40000000","00000000","00000000","447a2000"],"margin":["3f933334"],"values":["3f426f4e"],"label":1,"filled":[],"unknown":["home"]})"},
    {R"({"kind":"score","row":{"city":"ber","home":null,"income":1000.0})",
     R"(,"features":["bf2aaaab","3f800000","3f800000","00000000","447a0000"],"margin":["bf0ccccd"],"values":["3ebb5295"],"label":0,"filled":["age","home"],"unknown":[]})"},
    {R"({"kind":"score","row":{"age":120,"city":"ams","home":"rent"})",
     R"(,"features":["40daaaab","00000000","00000000","3f800000","7fc00000"],"margin":["3f8ccccd"],"values":["3f40110c"],"label":1,"filled":[],"unknown":[]})"},
    {R"({"kind":"reject","row":{"age":"x","city":"ams"})", R"(,"errors":[{"field":"age","code":"TYPE_MISMATCH"}]})"},
    {R"({"kind":"reject","row":{"zip":1,"income":1e400,"age":35.5})",
     R"(,"errors":[{"field":"age","code":"INT_FRACTION"},{"field":"income","code":"NOT_FINITE"},{"field":"zip","code":"EXTRA_FIELD"}]})"},
    {R"({"kind":"reject","row":{"age":27,"income":1e300})", R"(,"errors":[{"field":"income","code":"NOT_FINITE"}]})"},
    {R"({"kind":"reject","row":{"age":27,"age":28})", R"(,"errors":[{"field":"age","code":"DUPLICATE_FIELD"}]})"},
};

// A tree of one split.
std::string stump(int number, int feature, const char* threshold, bool default_left, const char* left, const char* right) {
  std::ostringstream tree;
  tree << R"({"base_weights":[0.0,0.0,0.0],"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],)"
       << R"("default_left":[)" << default_left << R"(,0,0],"id":)" << number
       << R"(,"left_children":[1,-1,-1],"loss_changes":[1.0,0.0,0.0],"parents":[2147483647,0,0],"right_children":[2,-1,-1],)"
       << R"("split_conditions":[)" << threshold << "," << left << "," << right << R"(],"split_indices":[)" << feature
       << R"(,0,0],"split_type":[0,0,0],"sum_hessian":[2.0,1.0,1.0],)"
       << R"("tree_param":{"num_deleted":"0","num_feature":"5","num_nodes":"3","size_leaf_vector":"0"}})";
  return tree.str();
}

std::string model() {
  return R"({"learner":{"attributes":{},"feature_names":["age","city","home_own","home_rent","income"],)"
         R"("feature_types":["float","float","float","float","float"],"gradient_booster":{"model":{"gbtree_model_param":)"
         R"({"num_parallel_tree":"1","num_trees":"4","size_leaf_vector":"0"},"tree_info":[0,0,0,0],"trees":[)" +
         stump(0, 0, "0.25", true, "-0.6", "0.7") + "," + stump(1, 1, "1.5", false, "0.3", "-0.2") + "," +
         stump(2, 3, "0.5", false, "0.1", "-0.45") + "," + stump(3, 4, "1000.5", false, "-0.35", "0.55") +
         R"(]},"name":"gbtree"},"learner_model_param":{"base_score":"5E-1","boost_from_average":"0","num_class":"0",)"
         R"("num_feature":"5","num_target":"1"},"objective":{"name":"binary:logistic","reg_loss_param":{"scale_pos_weight":"1"}}},)"
         R"("version":[1,7,4]})";
}

void replace_once(std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) {
    std::fprintf(stderr, "BundleFiles: not exactly once: %s\n", from.c_str());
    std::abort();
  }
  text.replace(at, from.size(), to);
}

}  // namespace

BundleFiles BundleFiles::empty(const std::string& version) {
  BundleFiles files;
  files.version_ = version;
  return files;
}

BundleFiles BundleFiles::small(const std::string& version) {
  BundleFiles files = empty(version);
  files["feature_schema.yaml"] = kSchema;
  files["preprocess.json"] = kPlan;
  files["model.json"] = model();
  files["version.txt"] = "version: " + version + "\ntask_name: small\nmetrics: {auc: 0.90}\n";
  for (const auto& [row, expected] : kGolden) files["golden.jsonl"] += std::string(row) + expected + "\n";
  return files;
}

void BundleFiles::edit(const std::string& name, const std::string& from, const std::string& to) {
  replace_once(files_.at(name), from, to);
}

std::string BundleFiles::manifest() const {
  std::ostringstream text;
  text << R"({"format_version":1,"version":")" << version_ << R"(","task_name":"small","created":"2026-11-22T21:00:00Z",
 "packages":{"python":"3.11.2","xgboost":"1.7.4"},
 "libm":{"name":"glibc","version":"2.36","fma":true},
 "made_from":{},"inexact":[],"model":{"file":"model.json"},
 "files":[)";
  const char* separator = "";
  for (const auto& [name, bytes] : files_) {
    text << separator << R"({"path":")" << name << R"(","size":)" << bytes.size() << R"(,"sha256":")" << engine::sha256_hex(bytes)
         << R"("})";
    separator = ",\n  ";
  }
  text << "]}\n";
  std::string result = text.str();
  for (const auto& [from, to] : manifest_edits_) replace_once(result, from, to);
  return result;
}

void BundleFiles::write(const std::filesystem::path& directory) const {
  std::filesystem::create_directories(directory);
  for (const auto& [name, bytes] : files_) write_file(directory / name, bytes);
  write_file(directory / "manifest.json", manifest());
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "ringside_test_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    std::perror("mkdtemp");
    std::abort();
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace ringside::test
