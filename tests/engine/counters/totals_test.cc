// Goal: totals are the sums over workers, and a percentile is the nearest-rank bucket's smallest value.
// Method: workers counted by hand; values small enough to have a bucket of their own, then values that share one.
#include "engine/counters/totals.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ringside::engine {
namespace {

CounterTotals sum_of(const std::vector<std::unique_ptr<WorkerCounters>>& workers) {
  std::vector<const WorkerCounters*> pointers;
  for (const auto& worker : workers) pointers.push_back(worker.get());
  return sum(pointers);
}

std::vector<std::unique_ptr<WorkerCounters>> fresh(int count) {
  std::vector<std::unique_ptr<WorkerCounters>> workers;
  for (int i = 0; i < count; ++i) workers.push_back(std::make_unique<WorkerCounters>());
  return workers;
}

TEST(Totals, NothingCountedIsAllZero) {
  const CounterTotals totals = sum_of(fresh(2));
  EXPECT_EQ(totals.calls, 0u);
  EXPECT_EQ(totals.all_rows(), 0u);
  EXPECT_EQ(totals.total, StageTimes{});
}

TEST(Totals, CountsOfAllWorkersAreAdded) {
  auto workers = fresh(2);
  workers[0]->calls.add(3);
  workers[1]->calls.add(4);
  workers[0]->rows[0].add(5);
  workers[1]->rows[1].add(6);
  workers[1]->dropped_values.add(1);
  workers[0]->parks.add(2);
  workers[1]->wakes.add(8);
  workers[0]->lies.add(1);
  const CounterTotals totals = sum_of(workers);
  EXPECT_EQ(totals.calls, 7u);
  EXPECT_EQ(totals.rows[0], 5u);
  EXPECT_EQ(totals.rows[1], 6u);
  EXPECT_EQ(totals.all_rows(), 11u);
  EXPECT_EQ(totals.dropped_values, 1u);
  EXPECT_EQ(totals.parks, 2u);
  EXPECT_EQ(totals.wakes, 8u);
  EXPECT_EQ(totals.lies, 1u);
}

TEST(Totals, PercentilesAreNearestRankOverAllWorkers) {
  auto workers = fresh(2);
  for (std::uint64_t ns = 1; ns <= 10; ++ns) workers[ns % 2]->queue_ns.record(ns);  // each of 1 to 10 has its own bucket
  const StageTimes queue = sum_of(workers).queue;
  EXPECT_EQ(queue.count, 10u);
  EXPECT_EQ(queue.p50_ns, 5u);
  EXPECT_EQ(queue.p95_ns, 10u);
  EXPECT_EQ(queue.p99_ns, 10u);
}

TEST(Totals, OneObservationIsEveryPercentile) {
  auto workers = fresh(1);
  workers[0]->forest_ns.record(7);
  EXPECT_EQ(sum_of(workers).forest, (StageTimes{1, 7, 7, 7}));
}

TEST(Totals, PercentileIsAtMostOneSixteenthBelowTheTruth) {
  auto workers = fresh(1);
  for (int i = 0; i < 1'000; ++i) workers[0]->total_ns.record(1'234'567);
  const StageTimes total = sum_of(workers).total;
  EXPECT_LE(total.p50_ns, 1'234'567u);
  EXPECT_GE(total.p50_ns, 1'234'567u - 1'234'567u / 16);
}

TEST(Totals, WhatTheStagesLeaveOfTheWholeIsRespond) {
  auto workers = fresh(1);
  workers[0]->record({.queue_ns = 1, .decode_ns = 2, .preprocess_ns = 3, .forest_ns = 4, .total_ns = 15});
  workers[0]->refused_calls.add(2);
  const CounterTotals totals = sum_of(workers);
  EXPECT_EQ(totals.respond, (StageTimes{1, 5, 5, 5}));
  EXPECT_EQ(totals.total.p50_ns, 15u);
  EXPECT_EQ(totals.refused_calls, 2u);
  workers[0]->record({.queue_ns = 1, .decode_ns = 2, .preprocess_ns = 3, .forest_ns = 4, .total_ns = 9});  // rounded: less than its parts
  EXPECT_EQ(sum_of(workers).respond.count, 2u);
}

TEST(Totals, StagesAreNotMixedUp) {
  auto workers = fresh(1);
  workers[0]->queue_ns.record(1);
  workers[0]->decode_ns.record(2);
  workers[0]->preprocess_ns.record(3);
  workers[0]->forest_ns.record(4);
  workers[0]->total_ns.record(5);
  const CounterTotals totals = sum_of(workers);
  EXPECT_EQ(totals.queue.p50_ns, 1u);
  EXPECT_EQ(totals.decode.p50_ns, 2u);
  EXPECT_EQ(totals.preprocess.p50_ns, 3u);
  EXPECT_EQ(totals.forest.p50_ns, 4u);
  EXPECT_EQ(totals.total.p50_ns, 5u);
}

}  // namespace
}  // namespace ringside::engine
