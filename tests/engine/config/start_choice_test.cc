// Goal: the engine starts with the version that the order of precedence names, or says why not and what to type.
// Method: choose_start over a table of inputs; read_start_inputs and traffic.json over a scratch folder.
#include "engine/config/start_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace ringside::engine {
namespace {

using testing::HasSubstr;

StartInputs inputs() {
  return {.models = "models",
          .bundle_flag = "",
          .model_path = "",
          .bundle_key = "",
          .choice = {},
          .choice_file = "/state/t/traffic.json",
          .choice_problem = "",
          .current = {CurrentLink::Kind::kGood, "t_v1.0.0"},
          .bundles = {"t_v1.0.0", "t_v1.1.0", "t_v2.0.0"},
          .others = {"t_v3.0.0.part"},
          .versions = {{"t_v0.9.0", "an old one"}}};
}

struct Row {
  const char* name;
  void (*change)(StartInputs&);
  const char* directory;  // "" where it fails
  const char* said;       // part of the origin, the note or the problem
};
class Choices : public testing::TestWithParam<Row> {};

TEST_P(Choices, FollowThePrecedence) {
  StartInputs given = inputs();
  GetParam().change(given);
  const auto choice = choose_start(given);
  if (std::string_view(GetParam().directory).empty()) {
    ASSERT_FALSE(choice) << choice->directory;
    EXPECT_THAT(choice.error().message, HasSubstr(GetParam().said));
  } else {
    ASSERT_TRUE(choice) << choice.error().message;
    EXPECT_EQ(choice->directory, GetParam().directory);
    EXPECT_THAT(choice->origin + "\n" + choice->note, HasSubstr(GetParam().said));
  }
}

using S = StartInputs;
constexpr auto kBroken = CurrentLink::Kind::kBroken;
constexpr auto kAbsent = CurrentLink::Kind::kAbsent;

INSTANTIATE_TEST_SUITE_P(
    All, Choices,
    testing::Values(
        Row{"current_link", [](S&) {}, "models/t_v1.0.0", "models/current"},
        Row{"flag_wins_over_all",
            [](S& s) {
              s.bundle_flag = "t_v2.0.0";
              s.model_path = "t_v1.1.0";
              s.bundle_key = "t_v1.0.0";
              s.choice = {"t_v1.1.0", "t_v1.0.0"};
            },
            "models/t_v2.0.0", "--bundle"},
        Row{"model_path_wins_over_key",
            [](S& s) {
              s.model_path = "t_v1.1.0";
              s.bundle_key = "t_v2.0.0";
            },
            "models/t_v1.1.0", "MODEL_PATH"},
        Row{"key_wins_over_choice",
            [](S& s) {
              s.bundle_key = "t_v2.0.0";
              s.choice = {"t_v1.1.0", "t_v1.0.0"};
            },
            "models/t_v2.0.0", "configuration key bundle"},
        Row{"choice_wins_over_current",
            [](S& s) {
              s.choice = {"t_v1.1.0", "t_v1.0.0"};
            },
            "models/t_v1.1.0", "the last operator's choice"},
        Row{"moved_current_wins_over_choice",
            [](S& s) {
              s.choice = {"t_v1.1.0", "t_v2.0.0"};
            },
            "models/t_v1.0.0", "has moved since"},
        Row{"current_made_since_wins_over_choice",
            [](S& s) {
              s.choice = {"t_v1.1.0", ""};
            },
            "models/t_v1.0.0", "has moved since"},
        Row{"choice_stands_when_current_is_gone",
            [](S& s) {
              s.choice = {"t_v1.1.0", "t_v1.0.0"};
              s.current = {kAbsent, ""};
            },
            "models/t_v1.1.0", "the last operator's choice"},
        Row{"choice_stands_when_there_never_was_a_current",
            [](S& s) {
              s.choice = {"t_v1.1.0", ""};
              s.current = {kAbsent, ""};
            },
            "models/t_v1.1.0", "the last operator's choice"},
        Row{"path_with_slash", [](S& s) { s.bundle_flag = "./other/x"; }, "./other/x", "--bundle"},
        Row{"absolute_path", [](S& s) { s.model_path = "/srv/x"; }, "/srv/x", "MODEL_PATH"},
        Row{"current_by_name", [](S& s) { s.bundle_flag = "current"; }, "models/current", "--bundle"},
        Row{"version_under_another_name", [](S& s) { s.bundle_flag = "t_v0.9.0"; }, "models/an old one", "--bundle"},
        Row{"directory_without_a_manifest_is_left_to_the_loader", [](S& s) { s.bundle_flag = "t_v3.0.0.part"; },
            "models/t_v3.0.0.part", "--bundle"},
        Row{"absolute_link", [](S& s) { s.current.target = "/srv/bundles/t_v3/"; }, "/srv/bundles/t_v3", "models/current"},
        Row{"directory_named_current",
            [](S& s) {
              s.current = {CurrentLink::Kind::kDirectory, ""};
            },
            "models/current", "is a directory and not a link"},
        Row{"unknown_flag", [](S& s) { s.bundle_flag = "t_v1.2.0"; }, "",
            "--bundle names version 't_v1.2.0', which is not there; present in models: t_v1.0.0, t_v1.1.0, t_v2.0.0; did you "
            "mean"},
        Row{"unknown_model_path_is_not_passed_over", [](S& s) { s.model_path = "gone"; }, "", "MODEL_PATH names version 'gone'"},
        Row{"unknown_choice_is_not_passed_over",
            [](S& s) {
              s.choice = {"t_v9", "t_v1.0.0"};
            },
            "", "/state/t/traffic.json names version 't_v9'"},
        Row{"unknown_choice_says_the_way_out",
            [](S& s) {
              s.choice = {"t_v9", "t_v1.0.0"};
            },
            "", "remove the file, or give --bundle"},
        Row{"unreadable_choice_is_not_passed_over", [](S& s) { s.choice_problem = "traffic.json: not a JSON object"; }, "",
            "not a JSON object"},
        Row{"broken_link_says_the_right_one",
            [](S& s) {
              s.current = {kBroken, "t_v1.1"};
            },
            "",
            "models/current points at 't_v1.1', which does not exist; present in models: t_v1.0.0, t_v1.1.0, t_v2.0.0; next: ln "
            "-sfn t_v1.1.0 models/current"},
        Row{"broken_link_prefers_what_begins_alike",
            [](S& s) {
              s.current = {kBroken, "t_v1.0"};
            },
            "", "next: ln -sfn t_v1.0.0 models/current"},
        Row{"broken_link_far_from_any_names_the_newest",
            [](S& s) {
              s.current = {kBroken, "somewhere/else/entirely"};
            },
            "", "next: ln -sfn t_v2.0.0 models/current"},
        Row{"copy_under_another_name_is_not_the_newest",
            [](S& s) {
              s.current = {kBroken, "somewhere/else/entirely"};
              s.bundles.push_back("zoo");
              s.versions.emplace_back("t_v1.1.0", "zoo");
            },
            "", "next: ln -sfn t_v2.0.0 models/current"},
        Row{"broken_link_without_bundles",
            [](S& s) {
              s.current = {kBroken, "t_v1"};
              s.bundles.clear();
            },
            "", "models holds no bundle; next: export a bundle into models"},
        Row{"link_is_quoted_for_the_shell",
            [](S& s) {
              s.models = "my models";
              s.current = {kAbsent, ""};
            },
            "", "ln -sfn t_v2.0.0 'my models/current'"},
        Row{"file_named_current",
            [](S& s) {
              s.current = {CurrentLink::Kind::kOther, ""};
            },
            "", "leads to no directory"},
        Row{"nothing_at_all",
            [](S& s) {
              s.current = {kAbsent, ""};
            },
            "", "no version to start with"},
        Row{"moved_current_that_is_broken_is_not_passed_over",
            [](S& s) {
              s.choice = {"t_v1.1.0", "t_v1.0.0"};
              s.current = {kBroken, "t_v7"};
            },
            "", "models/current points at 't_v7'"}),
    [](const auto& row) { return row.param.name; });

TEST(VersionOrder, DigitsCompareAsNumbers) {
  EXPECT_TRUE(version_before("t_v1.9.0", "t_v1.10.0"));
  EXPECT_FALSE(version_before("t_v1.10.0", "t_v1.9.0"));
  EXPECT_TRUE(version_before("t_20260101", "t_20260101.2"));
  EXPECT_FALSE(version_before("a", "a"));
  EXPECT_NE(version_before("t_v01", "t_v1"), version_before("t_v1", "t_v01"));
}

class OnDisk : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(models());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string models() const { return (folder_ / "models").string(); }
  [[nodiscard]] std::string state() const { return (folder_ / "state" / "t").string(); }
  [[nodiscard]] StartInputs read() const {
    LoadedConfig loaded;
    loaded.config.models = models();
    return read_start_inputs(loaded, state());
  }
  void write_choice(const std::string& text) const {
    std::filesystem::create_directories(state());
    std::ofstream(choice_path(state())) << text;
  }
  std::filesystem::path folder_;
};

TEST_F(OnDisk, BundlesAreDirectoriesInVersionOrder) {
  for (const std::string name : {"t_v1.10.0", "t_v1.9.0", ".t_v2.0.0.copying"}) {
    std::filesystem::create_directory(models() + "/" + name);
    std::ofstream(models() + "/" + name + "/manifest.json") << "{}";
  }
  std::filesystem::create_directory(models() + "/notes");
  std::ofstream(models() + "/NOTICE.md") << "not a bundle";
  std::filesystem::create_directory_symlink("t_v1.9.0", models() + "/current");
  const StartInputs found = read();
  EXPECT_THAT(found.bundles, testing::ElementsAre("t_v1.9.0", "t_v1.10.0"));
  EXPECT_THAT(found.others, testing::ElementsAre("notes"));
  EXPECT_EQ(found.current.kind, CurrentLink::Kind::kGood);
  EXPECT_EQ(found.current.target, "t_v1.9.0");
  EXPECT_FALSE(found.choice);
  EXPECT_EQ(found.choice_problem, "");
}

TEST_F(OnDisk, LinkToNothingIsBroken) {
  std::filesystem::create_directory_symlink("gone", models() + "/current");
  EXPECT_EQ(read().current.kind, CurrentLink::Kind::kBroken);
}

TEST_F(OnDisk, LinkToAFileIsNoBundle) {
  std::ofstream(models() + "/file") << "x";
  std::filesystem::create_symlink("file", models() + "/current");
  EXPECT_EQ(read().current.kind, CurrentLink::Kind::kOther);
}

TEST_F(OnDisk, ModelsThatDoNotExistAreEmpty) {
  std::filesystem::remove_all(models());
  EXPECT_TRUE(read().bundles.empty());
  EXPECT_EQ(read().current.kind, CurrentLink::Kind::kAbsent);
}

TEST_F(OnDisk, ChoiceIsReadAsItWasKept) {
  ASSERT_TRUE(keep_choice(state(), {"t_v1.0.0", "t_v1.1.0"}));
  ASSERT_TRUE(keep_choice(state(), {"t_v1.1.0", ""}));  // over the first
  const StartInputs found = read();
  ASSERT_TRUE(found.choice) << found.choice_problem;
  EXPECT_EQ(found.choice->version, "t_v1.1.0");
  EXPECT_EQ(found.choice->seen_current, "");
  EXPECT_FALSE(std::filesystem::exists(choice_path(state()) + ".new"));
}

TEST_F(OnDisk, CanaryAndLabelsAreReadAsTheyWereKept) {
  OperatorChoice kept{"t_v1.0.0", ""};
  kept.canary = KeptCanary{"t_v1.1.0", 122'500, "spring"};
  kept.labels = {{"prod", "t_v1.0.0"}, {"next", "t_v1.1.0"}};
  ASSERT_TRUE(keep_choice(state(), kept));
  const StartInputs found = read();
  ASSERT_TRUE(found.choice) << found.choice_problem;
  ASSERT_TRUE(found.choice->canary);
  EXPECT_EQ(found.choice->canary->version, "t_v1.1.0");
  EXPECT_EQ(found.choice->canary->buckets, 122'500u);
  EXPECT_EQ(found.choice->canary->salt, "spring");
  std::sort(kept.labels.begin(), kept.labels.end());
  EXPECT_EQ(found.choice->labels, kept.labels);
}

TEST_F(OnDisk, RolesWithoutAChosenVersionLeaveTheStartToCurrent) {
  std::filesystem::create_directory_symlink("t_v1.0.0", models() + "/current");
  OperatorChoice kept;
  kept.labels = {{"prod", "t_v1.0.0"}};
  ASSERT_TRUE(keep_choice(state(), kept));
  const StartInputs found = read();
  ASSERT_TRUE(found.choice) << found.choice_problem;
  EXPECT_EQ(found.choice->version, "");
  StartInputs inputs = found;
  inputs.current = {CurrentLink::Kind::kGood, "t_v1.0.0"};
  const auto choice = choose_start(inputs);
  ASSERT_TRUE(choice);
  EXPECT_FALSE(choice->outdates_operator);
  EXPECT_EQ(choice->origin, models() + "/current");
}

TEST_F(OnDisk, ChoiceThatCannotBeKeptSaysWhy) {
  std::ofstream(folder_ / "state") << "a file where a directory should be";
  const auto kept = keep_choice(state(), {"t_v1.0.0", ""});
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error(), HasSubstr(state()));
}

struct BadChoice {
  const char* name;
  const char* text;
  const char* said;
};
class BadChoices : public OnDisk, public testing::WithParamInterface<BadChoice> {};

TEST_P(BadChoices, AreAProblemAndNotPassedOver) {
  write_choice(GetParam().text);
  const StartInputs found = read();
  EXPECT_FALSE(found.choice);
  EXPECT_THAT(found.choice_problem, HasSubstr(GetParam().said));
  EXPECT_THAT(found.choice_problem, HasSubstr("traffic.json"));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadChoices,
    testing::Values(BadChoice{"empty", "", "not a JSON object"}, BadChoice{"cut", "{\"format_ver", "not a JSON object"},
                    BadChoice{"list", "[]", "not a JSON object"},
                    BadChoice{"other_format", R"({"format_version":2,"current":"a","seen_current":""})", "format_version"},
                    BadChoice{"no_version", R"({"format_version":1,"seen_current":""})", "current: expected"},
                    BadChoice{"empty_version", R"({"format_version":1,"current":"","seen_current":""})", "current: expected"},
                    BadChoice{"number", R"({"format_version":1,"current":7,"seen_current":""})", "current: expected"},
                    BadChoice{"canary_text", R"({"format_version":1,"canary":"a"})", "canary: expected"},
                    BadChoice{"canary_share", R"({"format_version":1,"canary":{"version":"a","buckets":1000001,"salt":"a"}})", "canary: expected"},
                    BadChoice{"canary_negative", R"({"format_version":1,"canary":{"version":"a","buckets":-1,"salt":"a"}})", "canary: expected"},
                    BadChoice{"canary_salt", R"({"format_version":1,"canary":{"version":"a","buckets":1}})", "canary: expected"},
                    BadChoice{"labels_list", R"({"format_version":1,"labels":["a"]})", "labels: expected"},
                    BadChoice{"label_number", R"({"format_version":1,"labels":{"a":1}})", "labels: a: expected"},
                    BadChoice{"nothing_seen", R"({"format_version":1,"current":"a"})", "seen_current"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace ringside::engine
