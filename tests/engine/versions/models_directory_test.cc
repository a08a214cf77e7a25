// Goal: no name leads out of models/, links are not versions, and `current` moves in one step or not at all.
#include "engine/versions/models_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(VersionName, OrdinaryNamesAreGood) {
  for (const char* good :
       {"loan_default_v1.0.0", "loan_default_20261122.1", "a", "A-b_c.d", "a b", "caf\xc3\xa9", "a*", "~", "a\\b"})
    EXPECT_TRUE(is_version_name(good)) << good;
  EXPECT_TRUE(is_version_name(std::string(128, 'a')));
}

TEST(VersionName, PathTricksAndOddBytesAreNot) {
  for (const char* bad :
       {"", ".", "..", "../x", "x/../y", "a/b", "/etc", ".hidden", "-x", "current", "a\n", "a\x7f", "caf\xe9", "\xc2\x85"}) {
    EXPECT_FALSE(is_version_name(bad)) << bad;
  }
  EXPECT_FALSE(is_version_name(std::string(129, 'a')));
  EXPECT_FALSE(is_version_name(std::string("a\0b", 3)));
}

TEST(ModelsDirectory, ListsDirectoriesWithGoodNamesSorted) {
  const TemporaryFolder models;
  for (const char* name : {"b_v2", "a_v1", ".hidden"}) fs::create_directory(fs::path(models.path()) / name);
  std::ofstream(models.path() + "/NOTICE.md") << "text";
  fs::create_directory_symlink("a_v1", models.path() + "/current");
  fs::create_directory_symlink("a_v1", models.path() + "/alias");
  fs::create_directory_symlink("nowhere", models.path() + "/dangling");
  const auto names = list_versions(models.path());
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, ElementsAre("a_v1", "b_v2"));
}

TEST(ModelsDirectory, MissingDirectoryIsAnErrorThatNamesIt) {
  const auto names = list_versions("/nowhere/models");
  ASSERT_FALSE(names.ok());
  EXPECT_THAT(names.error(), HasSubstr("/nowhere/models"));
}

TEST(ModelsDirectory, LinkToADirectoryIsNoVersionDirectory) {
  const TemporaryFolder models;
  fs::create_directory(models.path() + "/a_v1");
  fs::create_directory_symlink("a_v1", models.path() + "/alias");
  EXPECT_TRUE(is_version_directory(models.path() + "/a_v1"));
  EXPECT_FALSE(is_version_directory(models.path() + "/alias"));
  EXPECT_FALSE(is_version_directory(models.path() + "/none"));
  EXPECT_FALSE(is_version_directory(models.path() + "/" + std::string(5'000, 'x')))
      << "an error of the system is a no, not an exception";
}

TEST(MoveCurrent, MakesAndMovesTheLink) {
  const TemporaryFolder models;
  for (const char* version : {"a_v1", "a_v2"}) {
    fs::create_directory(models.path() + "/" + version);
    ASSERT_TRUE(move_current(models.path(), version).ok());
    EXPECT_EQ(fs::read_symlink(models.path() + "/current"), version);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(models.path()), fs::directory_iterator()), 3) << "nothing temporary is left";
}

TEST(MoveCurrent, WhatIsNoLinkIsLeftAlone) {
  const TemporaryFolder models;
  fs::create_directory(models.path() + "/current");
  const auto moved = move_current(models.path(), "a_v1");
  ASSERT_FALSE(moved.ok());
  EXPECT_THAT(moved.error(), HasSubstr("ln -sfn"));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(models.path() + "/current")));
}

TEST(MoveCurrent, MissingDirectoryIsAnError) { EXPECT_FALSE(move_current("/nowhere/models", "a_v1").ok()); }

}  // namespace
}  // namespace ringside::engine
