// Goal: a page of `ringside top` is what happened between two pages of /metrics: rates, percentiles of that time alone, a restart told.
#include "tools/cli/top_view.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::cli {
namespace {

MetricsSample page(const std::string& text) {
  auto sample = MetricsSample::parse(text);
  if (!sample) throw std::runtime_error(sample.error());
  return *sample;
}

std::string buckets(int to_1us, int to_2us, int all) {
  std::string text;
  for (const auto& [le, count] : {std::pair("1e-06", to_1us), std::pair("2e-06", to_2us), std::pair("+Inf", all)}) {
    text += std::string("ringside_stage_seconds_bucket{stage=\"total\",le=\"") + le + "\"} " + std::to_string(count) + "\n";
  }
  return text + "ringside_stage_seconds_count{stage=\"total\"} " + std::to_string(all) + "\n";
}

TEST(QuantileBetween, IsLinearWithinABucketAndOfTheTimeBetweenAlone) {
  const MetricsSample before = page(buckets(1'000, 1'000, 1'000)), after = page(buckets(1'010, 1'040, 1'040));
  const auto at = [&](double q) {
    return quantile_between(before, after, "ringside_stage_seconds", {{"stage", "total"}}, q) * 1e6;
  };
  EXPECT_NEAR(at(0.125), 0.5, 1e-9);  // the fifth of ten below 1 us
  EXPECT_NEAR(at(0.25), 1.0, 1e-9);
  EXPECT_NEAR(at(0.625), 1.5, 1e-9);  // the 15th of the thirty above
}

TEST(QuantileBetween, AboveTheLastBoundIsThatBoundAndNothingIsNotANumber) {
  const MetricsSample none = page(buckets(0, 0, 0)), some = page(buckets(0, 0, 4));
  EXPECT_NEAR(quantile_between(none, some, "ringside_stage_seconds", {{"stage", "total"}}, 0.5) * 1e6, 2.0, 1e-9);
  EXPECT_TRUE(std::isnan(quantile_between(some, some, "ringside_stage_seconds", {{"stage", "total"}}, 0.5)));
  EXPECT_TRUE(std::isnan(quantile_between(none, some, "ringside_stage_seconds", {{"stage", "forest"}}, 0.5)));
}

std::string engine(int start, int calls, int ok) {
  return "ringside_ready{task=\"loan\"} 1\nprocess_start_time_seconds " + std::to_string(start) + "\nringside_calls_total " +
         std::to_string(calls) + "\nringside_rows_total{status=\"ok\"} " + std::to_string(ok) +
         "\nringside_rows_total{status=\"invalid\"} 0\nringside_version_rows_total{version=\"loan_v1\"} " + std::to_string(ok) +
         "\nringside_version_role{version=\"loan_v1\",role=\"current\"} 1\n";
}

TEST(TopDocument, RatesAreASecond) {
  const Json document = top_document(page(engine(5, 100, 100)), page(engine(5, 300, 500)), 2.0);
  EXPECT_EQ(document.at("task"), "loan");
  EXPECT_EQ(document.at("restarted"), false);
  EXPECT_EQ(document.at("calls_per_s"), 100.0);
  EXPECT_EQ(document.at("rows_per_s").at("ok"), 200.0);
  EXPECT_EQ(document.at("versions").at(0).at("rows_per_s"), 200.0);
  EXPECT_EQ(document.at("versions").at(0).at("roles").at(0), "current");
  EXPECT_TRUE(document.at("latency").at("total").at("p50_us").is_null());
}

TEST(TopDocument, AfterARestartCountsWhatTheNewProcessCounted) {
  const Json document = top_document(page(engine(5, 1'000, 1'000)), page(engine(9, 1'200, 30)), 1.0);
  EXPECT_EQ(document.at("restarted"), true);
  EXPECT_EQ(document.at("calls_per_s"), 1'200.0);  // not the 200 that a difference would say
  EXPECT_EQ(document.at("rows_per_s").at("ok"), 30.0);
}

TEST(TopDocument, ClientsStandBusiestFirstAndOneThatCameCountsFromNothing) {
  const auto client = [](const char* name, int ok, int other) {
    const std::string labels = std::string("client=\"") + name + "\",uid=\"7\"";
    return "ringside_client_rows_total{" + labels + ",status=\"ok\"} " + std::to_string(ok) + "\nringside_client_rows_total{" +
           labels + ",status=\"other\"} " + std::to_string(other) + "\nringside_clients{" + labels +
           "} 1\nringside_client_channels{" + labels + "} 2\nringside_client_segment_bytes{" + labels + "} 4096\n";
  };
  const Json document = top_document(page(client("slow", 10, 0)), page(client("slow", 12, 1) + client("new", 40, 0)), 1.0);
  ASSERT_EQ(document.at("clients").size(), 2u);
  EXPECT_EQ(document.at("clients").at(0).at("client"), "new");
  EXPECT_EQ(document.at("clients").at(0).at("ok_rows_per_s"), 40.0);
  EXPECT_EQ(document.at("clients").at(1).at("ok_rows_per_s"), 2.0);
  EXPECT_EQ(document.at("clients").at(1).at("other_rows_per_s"), 1.0);
  EXPECT_EQ(document.at("clients").at(1).at("channels"), 2.0);
}

TEST(TopText, SaysWhatAPersonLooksFor) {
  const std::string text =
      top_text(top_document(page(engine(5, 0, 0) + buckets(0, 0, 0)), page(engine(5, 10, 8) + buckets(5, 10, 10)), 1.0));
  EXPECT_THAT(text, testing::HasSubstr("rows/s   8 ok"));
  EXPECT_THAT(text, testing::HasSubstr("loan_v1  8       current"));
  EXPECT_THAT(text, testing::ContainsRegex("total +1\\.00 +1\\.90 +1\\.98 +10"));
  EXPECT_THAT(text, testing::HasSubstr("no clients"));
}

}  // namespace
}  // namespace ringside::cli
