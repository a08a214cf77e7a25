// Goal: however publications, schemas, passes, sleeps and pins fall together, a worker only ever sees whole, living tables.
// Method: reader threads check, on each pass, that a table agrees with itself; control threads publish and declare. Meant for the
//   tsan and asan builds, where a table that was freed too early is seen as such.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/traffic/publisher.h"
#include "engine/traffic/route.h"
#include "tests/support/made_bundle.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

using test::make_bundle;
using test::Watchdog;

// Whole: the current one is resident, its label finds it, and every schema has an adapter for every resident.
bool is_whole(const TrafficTable& table) {
  const TrafficDraft& draft = table.draft();
  if (table.current() != TrafficTable::kNone && table.resident(table.current()).bundle->version != draft.current->bundle->version)
    return false;
  for (TrafficTable::Index i = 0; i < draft.residents.size(); ++i) {
    if (table.find_version(table.resident(i).bundle->version) != i) return false;
    for (const auto& schema : draft.schemas) {
      if (table.adapter(schema->hash, static_cast<std::uint16_t>(schema->columns.size()), i) == nullptr) return false;
    }
  }
  // The key that every publication pins to the canary's version, and another that the canary takes: both find it, where it is resident.
  if (draft.roles.canary) {
    const auto expected = table.find_version(draft.roles.canary->version);
    for (const std::string_view key : {"pinned", "drawn"}) {
      const auto [index, arm] = route(table, {.version = "", .label = "", .key = key, .tags = {}});
      if (expected == TrafficTable::kNone ? arm != wire::Arm::kCurrent : index != expected) return false;
    }
  }
  return true;
}

TEST(PublisherRace, WorkersSeeOnlyWholeAndLivingTables) {
  const Watchdog watchdog;
  constexpr std::uint32_t kWorkers = 2;
  constexpr std::uint64_t kPasses = 20'000, kUpdates = 400;
  Quiescence quiescence(kWorkers);
  Reclaimer reclaimer(quiescence);
  auto directory = Directory::make(1);
  ASSERT_TRUE(directory.ok());
  TrafficPublisher publisher(kWorkers, reclaimer, *directory);
  std::vector<std::shared_ptr<const Resident>> bundles;
  for (int i = 0; i < 4; ++i) bundles.push_back(*publisher.admit(make_bundle({.version = "v" + std::to_string(i)})));

  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> broken{0}, passes{0};
  std::vector<std::thread> workers;
  for (std::uint32_t worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&, worker] {
      auto reader = quiescence.reader(worker);
      std::minstd_rand random(worker + 1);
      const TrafficTable* kept = nullptr;
      reader.online();
      while (!stop.load(std::memory_order_relaxed)) {
        const TrafficTable& table = publisher.acquire();
        if (!is_whole(table)) broken.fetch_add(1, std::memory_order_relaxed);
        if (kept == nullptr && random() % 8 == 0) {
          table.pin(worker);
          kept = &table;
        } else if (kept != nullptr) {
          if (!is_whole(*kept)) broken.fetch_add(1, std::memory_order_relaxed);
          if (random() % 16 == 0) {
            kept->unpin(worker);
            kept = nullptr;
          }
        }
        reader.quiet();
        if (kept == nullptr && random() % 32 == 0) {
          reader.offline();
          std::this_thread::yield();
          reader.online();
        }
        if (passes.fetch_add(1, std::memory_order_relaxed) % 32 == 0) std::this_thread::yield();
      }
      if (kept != nullptr) kept->unpin(worker);
      reader.offline();
    });
  }
  std::thread declarer([&] {
    for (std::uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      const std::uint64_t hash = i % 5;
      static_cast<void>(publisher.add_schema(
          {.columns = {{"x", wire::Dtype::kFloat}, {"c" + std::to_string(hash), wire::Dtype::kInt}}, .hash = hash}));
      publisher.drop_schema((i + 2) % 5);
      std::this_thread::yield();
    }
  });
  for (std::uint64_t i = 0; i < kUpdates || passes.load(std::memory_order_relaxed) < kPasses; ++i) {
    publisher.update([&](TrafficDraft& draft) {
      draft.residents = {bundles[i % 4], bundles[(i + 1) % 4]};
      draft.previous = nullptr;
      draft.current = i % 7 == 0 ? nullptr : draft.residents[i % 2];
      const std::string canary = "v" + std::to_string(i % 3);
      draft.roles.canary = Canary{canary, kBuckets, canary};
      draft.roles.pins = draft.roles.pins->with(
          std::vector<PinChange>{{PinKind::kKey, "pinned", canary}, {PinKind::kKey, std::to_string(i % 50), canary}});
    });
    std::this_thread::yield();
  }
  stop.store(true, std::memory_order_relaxed);
  declarer.join();
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(broken.load(), 0u);
}

}  // namespace
}  // namespace ringside::engine
