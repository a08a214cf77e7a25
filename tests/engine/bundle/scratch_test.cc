// Goal: what a load reads and parses lies in its scratch, and nothing that is left after the load does: the scratch may go, whole.
// Method: the small bundle and the committed example. LoadHeap counts what was not given back; a scratch that overwrites everything it ever gave
//   stands for one that is gone, and golden rows are replayed after that.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include "engine/bundle/golden.h"
#include "engine/bundle/loader.h"
#include "engine/region/load_heap.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;

constexpr const char* kExample = "models/loan_default_v1.0.0";

// Gives nothing back before it goes; spoil(): as if it had gone.
class SpoiltScratch final : public std::pmr::memory_resource {
 public:
  ~SpoiltScratch() override {
    for (const auto& [at, bytes] : given_) ::operator delete(at, std::align_val_t(64));
  }
  void spoil() {
    for (const auto& [at, bytes] : given_) std::memset(at, 0xDD, bytes);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t /*alignment*/) override {
    void* at = ::operator new(bytes, std::align_val_t(64));
    given_.emplace_back(at, bytes);
    bytes_ += bytes;
    return at;
  }
  void do_deallocate(void* /*at*/, std::size_t /*bytes*/, std::size_t /*alignment*/) override {}
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::vector<std::pair<void*, std::size_t>> given_;
  std::size_t bytes_ = 0;
};

TEST(LoadScratch, HoldsNothingWhenTheLoadHasEnded) {
  TemporaryDirectory place;
  BundleFiles::small().write(place.path() / "small_v1.0.0");
  for (const std::string& directory : {(place.path() / "small_v1.0.0").string(), std::string(kExample)}) {
    LoadHeap heap;
    const auto bundle = load_bundle(directory, {.expected_task = {}, .scratch = &heap});
    ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
    EXPECT_EQ(heap.blocks_in_use(), 0u) << directory;
  }
}

TEST(LoadScratch, HoldsNothingWhenTheLoadHasFailed) {
  for (const char* file : {"model.json", "preprocess.json", "golden.jsonl", "feature_schema.yaml"}) {
    TemporaryDirectory place;
    auto files = BundleFiles::small();
    files[file].resize(files[file].size() / 2);
    files.write(place.path() / "small_v1.0.0");
    LoadHeap heap;
    const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {.expected_task = {}, .scratch = &heap});
    EXPECT_FALSE(bundle.ok());
    EXPECT_EQ(heap.blocks_in_use(), 0u) << file;
  }
}

TEST(LoadScratch, TakesTheFilesAndWhatTheyAreReadInto) {
  SpoiltScratch scratch;
  const auto bundle = load_bundle(kExample, {.expected_task = {}, .scratch = &scratch});
  ASSERT_TRUE(bundle.ok());
  EXPECT_GT(scratch.bytes(), 2 * (*bundle)->facts.file_bytes);
}

TEST(LoadScratch, IsNotReadByTheBundleThatWasLoaded) {
  SpoiltScratch scratch;
  const auto loaded = load_bundle(kExample, {.expected_task = {}, .scratch = &scratch});
  ASSERT_TRUE(loaded.ok());
  const Bundle& bundle = **loaded;
  scratch.spoil();
  BundleProblems problems;
  const auto rows = read_golden(test::read_file(std::string(kExample) + "/golden.jsonl"), {}, problems);
  const GoldenReplay replayed = replay_golden(bundle, rows, {}, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().text();
  EXPECT_EQ(replayed.scored, bundle.facts.golden_rows);
  EXPECT_GT(replayed.scored, 0u);
  EXPECT_EQ(bundle.version, "loan_default_v1.0.0");
  for (const Field& field : bundle.schema.fields()) EXPECT_EQ(field.name.find('\xDD'), std::string::npos);
  for (const auto& [key, value] : bundle.facts.metadata) EXPECT_EQ((key + value).find('\xDD'), std::string::npos);
  for (const auto& [key, value] : bundle.facts.evaluation) EXPECT_EQ((key + value).find('\xDD'), std::string::npos);
}

}  // namespace
}  // namespace ringside::engine
