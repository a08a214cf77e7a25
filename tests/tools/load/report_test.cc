// Goal: a report is the sum of its threads, and its JSON and page say what it holds.
// Method: invented records of two threads; the JSON is parsed again. That it fits its schema is shown in ringside_load_test.py.

#include "tools/load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ringside::load {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kStart = 1'000'000'000;

CallerRecord record_of(std::uint64_t calls, std::uint64_t ns, const char* version) {
  CallerRecord record;
  record.calls = record.rows = calls;
  record.seconds.resize(5);
  for (std::uint64_t i = 0; i < calls; ++i) record.latency_ns.record(ns);
  record.statuses[static_cast<std::size_t>(Status::kOk)] = calls;
  record.versions = {{version, calls}};
  record.seconds[1] = {calls, calls, ns};
  record.end_ns = kStart + 2'000'000'000;
  return record;
}

Report report_of_two() {
  Report report;
  report.options.mode = Mode::kOpen;
  report.options.rate = 100;
  report.task = "loan<default>";
  report.input_rows = 7;
  report.add(record_of(30, 1'000, "v1"), kStart);
  CallerRecord second = record_of(10, 90'000, "v2");
  second.versions = {{"v2", 8}, {"v1", 2}};
  second.not_sent = 3;
  report.add(second, kStart);
  return report;
}

TEST(Report, AddsUpItsThreads) {
  const Report report = report_of_two();
  EXPECT_EQ(report.calls, 40u);
  EXPECT_EQ(report.count(Status::kOk), 40u);
  EXPECT_EQ(report.not_sent, 3u);
  EXPECT_EQ(report.versions.at("v1"), 32u);
  EXPECT_EQ(report.versions.at("v2"), 8u);
  EXPECT_DOUBLE_EQ(report.elapsed_s, 2.0);
  EXPECT_DOUBLE_EQ(report.calls_per_s(), 20.0);
  ASSERT_EQ(report.seconds.size(), 2u);
  EXPECT_EQ(report.seconds[0].calls, 0u);
  EXPECT_EQ(report.seconds[1].calls, 40u);
  EXPECT_EQ(report.seconds[1].max_ns, 90'000u);
}

TEST(Report, JsonHoldsPercentilesInMicroseconds) {
  const auto json = nlohmann::json::parse(json_of(report_of_two()));
  EXPECT_NEAR(json["latency_us"]["p50"].get<double>(), 1.0, 0.01);
  EXPECT_NEAR(json["latency_us"]["p99"].get<double>(), 90.0, 1.0);
  EXPECT_EQ(json["latency_us"]["max"], 90.0);
  EXPECT_EQ(json["latency_from"], "intended send time");
  EXPECT_EQ(json["statuses"]["ok"], 40);
  EXPECT_EQ(json["statuses"]["lost"], 0);
  EXPECT_EQ(json["first_trouble"], nullptr);
}

TEST(Report, JsonOfAClosedLoopHasNoRate) {
  Report report = report_of_two();
  report.options.mode = Mode::kClosed;
  const auto json = nlohmann::json::parse(json_of(report));
  EXPECT_EQ(json["rate"], nullptr);
  EXPECT_EQ(json["latency_from"], "call");
}

TEST(Report, TextSaysWhatWasNotSent) {
  EXPECT_THAT(text_of(report_of_two()), HasSubstr("not sent    3 calls"));
  Report kept_up = report_of_two();
  kept_up.not_sent = 0;
  EXPECT_THAT(text_of(kept_up), Not(HasSubstr("not sent")));
}

TEST(Report, PageIsSelfContainedAndEscapesNames) {
  const std::string page = html_of(report_of_two());
  EXPECT_THAT(page, HasSubstr("loan&lt;default&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("loan<default>")));
  EXPECT_THAT(page, HasSubstr("<polyline"));
  for (const char* outside : {"src=", "href=", "<script", "@import", "url("}) EXPECT_THAT(page, Not(HasSubstr(outside)));
}

TEST(Report, OfNoCallsCanStillBeTold) {
  const Report report;
  EXPECT_EQ(report.calls_per_s(), 0);
  EXPECT_FALSE(text_of(report).empty());
  EXPECT_FALSE(html_of(report).empty());
  EXPECT_EQ(nlohmann::json::parse(json_of(report))["calls"], 0);
}

}  // namespace
}  // namespace ringside::load
