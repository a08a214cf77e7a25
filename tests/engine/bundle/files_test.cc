// Goal: a bundle directory is exactly what its manifest says, or is refused by the name of each file that is not. Method: one
// good bundle on disk, one thing done to it a row, the whole list of problems compared.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <functional>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/loader.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::BundleFiles;
using test::read_file;
using test::TemporaryDirectory;
using test::write_file;

std::vector<std::string> problems_of(const fs::path& directory, const LoadOptions& options = {}) {
  const auto bundle = load_bundle(directory.string(), options);
  std::vector<std::string> texts;
  if (!bundle) {
    for (const BundleProblem& problem : bundle.error()) texts.push_back(problem.text());
  }
  return texts;
}

void flip_a_byte(const fs::path& path) {
  std::string bytes = read_file(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(path, bytes);
}

struct Damage {
  const char* what;
  std::function<void(const fs::path&)> apply;
  std::vector<std::string> problems;  // how each begins
};

class DamagedDirectory : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedDirectory, IsRefusedByTheNamesOfItsFiles) {
  TemporaryDirectory place;
  const fs::path directory = place.path() / "small_v1.0.0";
  BundleFiles::small().write(directory);
  ASSERT_EQ(problems_of(directory), std::vector<std::string>{});
  GetParam().apply(directory);
  const auto problems = problems_of(directory);
  ASSERT_EQ(problems.size(), GetParam().problems.size()) << ::testing::PrintToString(problems);
  for (std::size_t i = 0; i < problems.size(); ++i) {
    EXPECT_TRUE(problems[i].starts_with(GetParam().problems[i])) << problems[i] << "\nnot " << GetParam().problems[i];
  }
}

const Damage kDamages[] = {
    {"a byte of the model flipped", [](const fs::path& d) { flip_a_byte(d / "model.json"); }, {"model.json: expected sha256 "}},
    {"a byte of the golden rows flipped",
     [](const fs::path& d) { flip_a_byte(d / "golden.jsonl"); },
     {"golden.jsonl: expected sha256 "}},
    {"a file cut short",
     [](const fs::path& d) { fs::resize_file(d / "preprocess.json", 100); },
     {"preprocess.json: expected 549 bytes (manifest.json), found 100 bytes"}},
    {"an empty file",
     [](const fs::path& d) { fs::resize_file(d / "version.txt", 0); },
     {"version.txt: expected 60 bytes (manifest.json), found 0 bytes"}},
    {"a file longer",
     [](const fs::path& d) { fs::resize_file(d / "version.txt", 1'000); },
     {"version.txt: expected 60 bytes (manifest.json), found 1000 bytes"}},
    {"a file more",
     [](const fs::path& d) { write_file(d / "notes.txt", "hello"); },
     {"notes.txt: expected only files that manifest.json lists, found a file of 5 bytes"}},
    {"a hidden file more",
     [](const fs::path& d) { write_file(d / ".swp", ""); },
     {".swp: expected only files that manifest.json lists"}},
    {"a file more whose name begins a line",
     [](const fs::path& d) { write_file(d / "a\n\x1b[31mall is well", ""); },
     {"a\\x0a\\x1b[31mall is well: expected only files that manifest.json lists"}},
    {"a file gone",
     [](const fs::path& d) { fs::remove(d / "golden.jsonl"); },
     {"golden.jsonl: expected a regular file, found no such file"}},
    {"a file renamed",
     [](const fs::path& d) { fs::rename(d / "model.json", d / "model.jsn"); },
     {"model.jsn: expected only files that manifest.json lists", "model.json: expected a regular file, found no such file"}},
    {"a file twice",
     [](const fs::path& d) { fs::copy_file(d / "model.json", d / "model.ubj"); },
     {"model.ubj: expected only files that manifest.json lists"}},
    {"a link in a file's place",
     [](const fs::path& d) {
       fs::rename(d / "model.json", d.parent_path() / "elsewhere.json");
       fs::create_symlink("../elsewhere.json", d / "model.json");
     },
     {"model.json: expected a regular file, found a link to ../elsewhere.json"}},
    {"a link more",
     [](const fs::path& d) { fs::create_symlink("model.json", d / "alias.json"); },
     {"alias.json: expected a regular file, found a link to model.json"}},
    {"a folder inside",
     [](const fs::path& d) { fs::create_directory(d / "more"); },
     {"more: expected a regular file, found a directory"}},
    {"a pipe in a file's place",
     [](const fs::path& d) {
       fs::remove(d / "model.json");
       ASSERT_EQ(::mkfifo((d / "model.json").c_str(), 0600), 0);
     },
     {"model.json: expected a regular file, found a pipe"}},
    {"no manifest",
     [](const fs::path& d) { fs::remove(d / "manifest.json"); },
     {"manifest.json: expected a regular file, found no such file"}},
    {"a manifest cut short",
     [](const fs::path& d) { fs::resize_file(d / "manifest.json", 300); },
     {"manifest.json: expected one JSON object"}},
    {"a link in the manifest's place",
     [](const fs::path& d) {
       fs::rename(d / "manifest.json", d.parent_path() / "m.json");
       fs::create_symlink("../m.json", d / "manifest.json");
     },
     {"manifest.json: expected a regular file, found a link to ../m.json"}},
    {"a signature that is a folder",
     [](const fs::path& d) { fs::create_directory(d / "manifest.sig"); },
     {"manifest.sig: expected a regular file, found a directory"}},
    {"three things at once",
     [](const fs::path& d) {
       flip_a_byte(d / "model.json");
       fs::remove(d / "golden.jsonl");
       write_file(d / "notes.txt", "");
     },
     {"notes.txt: ", "golden.jsonl: ", "model.json: "}},
};

INSTANTIATE_TEST_SUITE_P(EachKind, DamagedDirectory, ::testing::ValuesIn(kDamages), [](const auto& test) {
  std::string name = test.param.what;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(BundleFilesOnDisk, FilesSwappedBetweenTwoBundlesAreNamed) {
  TemporaryDirectory place;
  const fs::path one = place.path() / "small_v1.0.0";
  const fs::path other = place.path() / "small_v2.0.0";
  BundleFiles::small("small_v1.0.0").write(one);
  BundleFiles changed = BundleFiles::small("small_v2.0.0");
  changed.edit("model.json", "[0.25,-0.6,0.7]", "[0.25,-0.5,0.7]");  // as long as before: only the hash tells
  changed.write(other);
  fs::copy_file(other / "model.json", one / "model.json", fs::copy_options::overwrite_existing);
  const auto problems = problems_of(one);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].starts_with("model.json: expected sha256 ")) << problems[0];
}

TEST(BundleFilesOnDisk, ManifestOfAnotherBundleNamesWhatDiffers) {
  TemporaryDirectory place;
  const fs::path one = place.path() / "small_v1.0.0";
  const fs::path other = place.path() / "small_v2.0.0";
  BundleFiles::small("small_v1.0.0").write(one);
  BundleFiles::small("small_v2.0.0").write(other);
  fs::copy_file(other / "manifest.json", one / "manifest.json", fs::copy_options::overwrite_existing);
  const auto problems = problems_of(one);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].starts_with("version.txt: expected sha256 ")) << problems[0];
}

TEST(BundleFilesOnDisk, SignatureIsTheOnlyFileThatNeedsNoEntry) {
  TemporaryDirectory place;
  const fs::path directory = place.path() / "small_v1.0.0";
  BundleFiles::small().write(directory);
  write_file(directory / "manifest.sig", "whatever");
  EXPECT_EQ(problems_of(directory), std::vector<std::string>{});
}

TEST(BundleFilesOnDisk, DirectoryMayBeReachedThroughALink) {
  TemporaryDirectory place;
  BundleFiles::small().write(place.path() / "small_v1.0.0");
  fs::create_symlink("small_v1.0.0", place.path() / "current");
  const auto bundle = load_bundle((place.path() / "current").string(), {});
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  EXPECT_EQ((*bundle)->facts.notes, std::vector<std::string>{}) << "its own name is the version's";
}

TEST(BundleFilesOnDisk, LinkToNowhereSaysWhichCommandWouldBeRight) {
  TemporaryDirectory place;
  BundleFiles::small("small_v1.0.0").write(place.path() / "small_v1.0.0");
  BundleFiles::small("small_v1.1.0").write(place.path() / "small_v1.1.0");
  const std::string current = (place.path() / "current").string();
  fs::create_symlink("small_v0.9.0", current);
  const auto problems = problems_of(current);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("a link to small_v0.9.0, which is not there"), std::string::npos) << problems[0];
  EXPECT_NE(problems[0].find("; next: ln -sfn small_v1.1.0 " + current), std::string::npos) << problems[0];
}

TEST(BundleFilesOnDisk, LinkToNowhereIsMendedByWhatItMeantElseByTheNewestVersion) {
  TemporaryDirectory place;
  for (const std::string name : {"small_v1.9.0", "small_v1.10.0", "zoo (copy)"}) BundleFiles::small().write(place.path() / name);
  fs::create_directory(place.path() / "small_v2.0.0");  // no bundle yet
  const fs::path current = place.path() / "current";
  const auto proposed = [&](const char* target) {
    fs::remove(current);
    fs::create_symlink(target, current);
    const std::string problem = problems_of(current).at(0);
    return problem.substr(problem.find("ln -sfn"));
  };
  EXPECT_EQ(proposed("somewhere/else"), "ln -sfn small_v1.10.0 " + current.string());
  EXPECT_EQ(proposed("small_v1.9"), "ln -sfn small_v1.9.0 " + current.string());
  for (const char* name : {"small_v1.9.0", "small_v1.10.0"}) fs::remove_all(place.path() / name);
  EXPECT_EQ(proposed("small_v1.9"), "ln -sfn 'zoo (copy)' " + current.string());
}

TEST(BundleFilesOnDisk, NoDirectoryIsOneProblemUnderItsPath) {
  TemporaryDirectory place;
  EXPECT_EQ(problems_of(place.path() / "none"),
            std::vector<std::string>{(place.path() / "none").string() +
                                     ": expected a bundle directory, found No such file or directory"});
  write_file(place.path() / "file", "");
  EXPECT_EQ(problems_of(place.path() / "file"),
            std::vector<std::string>{(place.path() / "file").string() + ": expected a bundle directory, found Not a directory"});
}

TEST(BundleFilesOnDisk, FileBeyondTheBoundIsRefusedUnread) {
  TemporaryDirectory place;
  const fs::path directory = place.path() / "small_v1.0.0";
  BundleFiles::small().write(directory);
  LoadOptions options;
  options.bytes_max = 1'500;
  std::vector<std::string> files;
  for (const std::string& problem : problems_of(directory, options)) files.push_back(problem.substr(0, problem.find(" bytes")));
  EXPECT_EQ(files, (std::vector<std::string>{"golden.jsonl: expected at most 1500", "model.json: expected at most 1500"}));
}

TEST(Sha256, MatchesAPublishedVector) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace ringside::engine
