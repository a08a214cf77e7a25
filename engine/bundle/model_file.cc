#include "engine/bundle/model_file.h"

#include "engine/bundle/library_files.h"
#include "engine/bundle/manifest.h"

namespace ringside::engine {
namespace {

// Line in golden.jsonl of the n-th scored row.
std::uint64_t scored_line(const std::vector<GoldenRow>& rows, std::size_t number) {
  for (const GoldenRow& row : rows) {
    if (row.scored && number-- == 0) return row.line;
  }
  return 0;
}

}  // namespace

std::unique_ptr<ModelFile> ModelFile::read(const std::string& name, std::span<const std::byte> bytes, BundleProblems& problems) {
  return name == kLightgbmFile ? read_lightgbm_file(name, bytes, problems) : read_xgboost_file(name, bytes, problems);
}

void ModelFile::compare_numbers(const char* key, const char* by, const FloatBlock& ours, const FloatBlock& theirs,
                                std::size_t width, const std::vector<GoldenRow>& rows, BundleProblems& problems) {
  for (std::size_t i = 0; i < ours.size() && problems.size() < kGoldenProblemsMax; ++i) {
    const std::uint64_t our_bits = golden_bits(ours, i), their_bits = golden_bits(theirs, i);
    if (our_bits == their_bits) continue;
    problems.push_back({kGoldenFile, indexed(key, i % width) + " " + by, scored_line(rows, i / width),
                        golden_hex(their_bits, theirs.type()), golden_hex(our_bits, ours.type())});
  }
}

void ModelFile::compare_names(const std::string& key, const std::vector<std::string>& expected,
                              const std::vector<std::string>& found, BundleProblems& problems) const {
  constexpr const char* kBy = " (features of preprocess.json)";
  if (expected.size() != found.size())
    return problems.push_back({name_, key, 0, std::to_string(expected.size()) + " names" + kBy, std::to_string(found.size())});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] != found[i])
      problems.push_back({name_, indexed(key, i), 0, in_quotes(expected[i]) + kBy, in_quotes(found[i])});
  }
}

}  // namespace ringside::engine
