// Goal: after start, a worker's thread never allocates, whatever the calls are.
// Method: this program has its own malloc, which counts by thread and hands on to glibc's. (Not in sanitizer builds, which have
//   theirs.)
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "tests/engine/worker/worker_rig.h"
#include "tests/support/temporary_folder.h"

extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
}

namespace {

std::atomic<std::uint64_t> allocations_of_the_worker{0};
thread_local bool is_worker = false;

void count() noexcept {
  if (is_worker) allocations_of_the_worker.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
void* malloc(std::size_t bytes) { return count(), __libc_malloc(bytes); }
void* calloc(std::size_t number, std::size_t bytes) { return count(), __libc_calloc(number, bytes); }
void* realloc(void* old, std::size_t bytes) { return count(), __libc_realloc(old, bytes); }
void* aligned_alloc(std::size_t alignment, std::size_t bytes) { return count(), __libc_memalign(alignment, bytes); }
int posix_memalign(void** target, std::size_t alignment, std::size_t bytes) {
  count();
  *target = __libc_memalign(alignment, bytes);
  return *target == nullptr ? ENOMEM : 0;
}
}

namespace ringside::engine {
namespace {

using test::float_field;
using test::make_bundle;

TEST(WorkerAllocation, CountingWorks) {
  is_worker = true;
  std::vector<int> memory(100);
  is_worker = false;
  EXPECT_GT(memory.size() * allocations_of_the_worker.exchange(0), 0u);
}

TEST(WorkerAllocation, NoKindOfCallAllocatesOnTheWorkersThread) {
  const test::TemporaryFolder folder;
  const LandingRing ring = *LandingRing::make(folder.path(), {.capacity = 64u << 20});
  WorkerJournal journal({}, ring, base::TickRate::measure());
  WorkerRig rig(WaitMode::kAdaptive, &journal);
  Baseline baseline{.rows = 1, .scored = 1};
  baseline.features = {{.name = "x", .edges = {0, 10}, .counts = {0, 1, 0}}};
  baseline.scores = {{.name = "score", .edges = {1.5}, .counts = {1, 0}}};
  baseline.fields.resize(1);
  rig.serve({make_bundle({.version = "v1", .more_fields = {float_field("y")}}), make_bundle({.version = "v2", .baseline = baseline}),
             make_bundle({.version = "v3", .more_fields = {float_field("y")}, .lightgbm = true})});
  rig.on_thread_start = [] { is_worker = true; };
  Seat seat = rig.make_seat(), other = rig.make_seat();
  rig.seat({&seat, &other});
  rig.start();
  for (int round = 0; round < 2; ++round) {
    if (round == 1) allocations_of_the_worker.store(0);  // round 0 warms up
    for (const std::size_t rows : {1, 64, 65, 512}) static_cast<void>(seat.call(ramp(rows), {.flags = wire::kReturnFeatures}));
    for (const std::size_t rows : {1, 512}) {
      fill_x(seat.body, ramp(rows));
      seat.body.set_version("v3");
      static_cast<void>(seat.client().call(seat.body, seat.schema_hash(), {.flags = wire::kReturnFeatures}));
    }
    for (const std::size_t rows : {1, 512}) {  // v1 and v3 gather alike, v2 does not
      fill_x(seat.body, ramp(rows));
      for (const char* version : {"v1", "v2", "v3", "nobody", "v1"}) seat.body.add_target(wire::MetaKind::kVersion, version);
      static_cast<void>(
          seat.client().call(seat.body, seat.schema_hash(), {.flags = wire::kReturnFeatures | wire::kReturnInputDigest}));
    }
    seat.body.clear_meta();
    static_cast<void>(seat.call(ramp(0)));
    static_cast<void>(seat.call(ramp(100), {.deadline_ns = 1}));
    static_cast<void>(seat.call(ramp(100), {.out_bytes = 0}));
    fill_x(seat.body, ramp(200));
    for (std::uint16_t row = 0; row < 200; ++row) {
      seat.body.set_text(0, row, "text for a number");
      seat.body.add_named(row, "extra field " + std::to_string(row), wire::Cell::null());
      seat.body.set_request_id(row, "id " + std::to_string(row));
    }
    seat.body.set_version("v2");
    seat.body.set_user_id("u37201");
    static_cast<void>(seat.client().call(seat.body, seat.schema_hash()));
    seat.body.clear_meta();
    seat.body.set_version("nobody");
    static_cast<void>(seat.client().call(seat.body, seat.schema_hash()));
    rig.publisher.update([](TrafficDraft& draft) {
      draft.roles.shadow = Shadow{"v3", kBuckets};
      draft.roles.canary = Canary{"v2", kBuckets, "salt"};
      draft.roles.pins = Pins::none()->with(std::vector<PinChange>{{PinKind::kKey, "u1", "v2"}, {PinKind::kTag, "a=b", "v2"}});
    });
    for (const char* key : {"u1", "u2", ""}) {
      fill_x(seat.body, ramp(1));
      seat.body.set_route_key(key);
      seat.body.add_route_tag("a=c");
      static_cast<void>(seat.client().call(seat.body, seat.schema_hash()));
    }
    static_cast<void>(seat.client().wait_asleep(seat.post(ramp(3))));
    const auto large = other.post(ramp(512));
    static_cast<void>(seat.call(ramp(1)));
    static_cast<void>(other.client().wait(large));
    rig.publisher.update([](TrafficDraft&) {});
    rig.seat({&seat});
    static_cast<void>(seat.call(ramp(1)));
    rig.seat({&seat, &other});
  }
  other.lie();
  test::wait_until([&] { return other.shared().expelled(); });
  static_cast<void>(seat.call(ramp(1)));
  EXPECT_EQ(allocations_of_the_worker.load(), 0u);
  EXPECT_GT(journal.records().value(), 4'000u);
}

}  // namespace
}  // namespace ringside::engine
