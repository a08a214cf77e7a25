// Goal: what the engine writes on /metrics is read as it was meant, and anything else is refused in words.
#include "tools/cli/metrics_sample.h"

#include <gtest/gtest.h>

namespace ringside::cli {
namespace {

TEST(MetricsSample, SeriesAreFoundByNameAndLabelsInAnyOrder) {
  const auto sample =
      MetricsSample::parse("# HELP a b\n# TYPE a counter\na 1\na{x=\"1\",y=\"2\"} 2.5\na{x=\"2\"} 1e3\n\nb{le=\"+Inf\"} 7\n");
  ASSERT_TRUE(sample) << sample.error();
  EXPECT_EQ(sample->value("a"), 1);
  EXPECT_EQ(sample->value("a", {{"y", "2"}, {"x", "1"}}), 2.5);
  EXPECT_EQ(sample->value("a", {{"x", "1"}}), 0);  // no series has just this label
  EXPECT_EQ(sample->of("a").size(), 3u);
  EXPECT_EQ(sample->of("b").front()->labels.at("le"), "+Inf");
  EXPECT_TRUE(sample->of("c").empty());
}

TEST(MetricsSample, LabelsMayHoldWhatClientsCallThemselves) {
  const auto sample = MetricsSample::parse(R"(a{client="say \"hi\", {you} = \\me\n"} 3)");
  ASSERT_TRUE(sample) << sample.error();
  EXPECT_EQ(sample->of("a").front()->labels.at("client"), "say \"hi\", {you} = \\me\n");
}

TEST(MetricsSample, WhatIsNoSeriesIsRefusedAndNamed) {
  for (const char* line :
       {"a", "a{", "a{x}", "a{x=1} 2", "a{x=\"1\" 2", "a{x=\"1\\", "a{x=\"1", "a one", "a 1 2", " 1", "a +", "<html>"}) {
    const auto sample = MetricsSample::parse(std::string("fine 1\n") + line + "\n");
    ASSERT_FALSE(sample) << line;
    EXPECT_NE(sample.error().find(line), std::string::npos) << sample.error();
  }
}

}  // namespace
}  // namespace ringside::cli
