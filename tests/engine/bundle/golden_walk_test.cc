// Goal: a walk shows what a margin's sum forgets. Method: the small bundle with walks put into its golden rows; then a leaf's last bit, a
// threshold that no row feels and a default direction that none takes are changed, each unseen by the margins.

#include "engine/bundle/golden_walk.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/loader.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;

constexpr const char* kFirstRowEnds = R"("values":["3ebb5295"],"label":0,"filled":[],"unknown":[])";

// The problems' texts; `walks`: how many walks the loader compared.
std::vector<std::string> walk_problems(const BundleFiles& files, std::uint64_t* walks = nullptr) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  std::vector<std::string> texts;
  if (bundle && walks != nullptr) *walks = (*bundle)->facts.golden_walks;
  if (!bundle) {
    for (const BundleProblem& problem : bundle.error()) texts.push_back(problem.text());
  }
  return texts;
}

// Row 1 says its walk, written down by hand: age -0.92, city 0, home_rent 0, income 500.5.
BundleFiles with_walk() {
  const auto record = [](std::uint32_t what, std::uint32_t bits, std::uint32_t more) {
    std::string bytes;
    for (const std::uint32_t word : {what, bits, more}) {
      for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift & 0xFF));
    }
    return bytes;
  };
  const std::uint32_t leaf = 0xFFFF'FFFF;
  const std::string records = record(0, 0x3e800000, 3) + record(leaf, 0xbf19999a, 0) +  // age < 0.25: -0.6; missing goes left
                              record(1, 0x3fc00000, 2) + record(leaf, 0x3e99999a, 0) +  // city < 1.5: 0.3
                              record(3, 0x3f000000, 2) + record(leaf, 0x3dcccccd, 0) +  // home_rent < 0.5: 0.1
                              record(4, 0x447a2000, 2) + record(leaf, 0xbeb33333, 0);   // income < 1000.5: -0.35
  BundleFiles files = BundleFiles::small();
  files.edit("golden.jsonl", std::string(R"("margin":["bf0ccccd"],)") + kFirstRowEnds,
             std::string(R"("margin":["bf0ccccd"],)") + kFirstRowEnds + R"(,"walk":")" + sha256_hex(records).substr(0, 16) + '"');
  return files;
}

TEST(GoldenWalk, IsTheDigestOfSplitsAndLeavesFromTheRootDown) {
  std::uint64_t walks = 0;
  EXPECT_EQ(walk_problems(with_walk(), &walks), std::vector<std::string>{});
  EXPECT_EQ(walks, 1u);
}

TEST(GoldenWalk, IsNotNeeded) {
  std::uint64_t walks = 7;
  EXPECT_EQ(walk_problems(BundleFiles::small(), &walks), std::vector<std::string>{});
  EXPECT_EQ(walks, 0u);
}

TEST(GoldenWalk, ShowsWhatNoMarginShows) {
  const struct {
    const char *from, *to;
  } unseen[] = {{"[0.5,0.1,-0.45]", "[0.5,0.10000001,-0.45]"},    // the last bit of a leaf, lost in the sum
                {"[1000.5,-0.35,0.55]", "[1000.25,-0.35,0.55]"},  // between two golden rows' incomes
                {"[1.5,0.3,-0.2]", "[1.25,0.3,-0.2]"}};
  for (const auto& [from, to] : unseen) {
    BundleFiles without = BundleFiles::small(), with = with_walk();
    without.edit("model.json", from, to);
    with.edit("model.json", from, to);
    EXPECT_EQ(walk_problems(without), std::vector<std::string>{}) << to;
    const std::vector<std::string> problems = walk_problems(with);
    ASSERT_EQ(problems.size(), 1u) << to;
    EXPECT_TRUE(problems[0].starts_with("golden.jsonl row 1: walk (the splits and leaves on its way): expected ")) << problems[0];
  }
}

TEST(GoldenWalk, FormIsJudged) {
  for (const char* wrong : {"0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"}) {
    BundleFiles files = BundleFiles::small();
    files.edit("golden.jsonl", R"("unknown":["city"])", R"("unknown":["city"],"walk":")" + std::string(wrong) + '"');
    EXPECT_EQ(walk_problems(files),
              std::vector<std::string>{"golden.jsonl row 3: walk: expected 16 hex digits, found \"" + std::string(wrong) + '"'});
  }
}

}  // namespace
}  // namespace ringside::engine
