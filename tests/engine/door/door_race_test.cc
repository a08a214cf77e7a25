// Goal: clients that connect, call and vanish as fast as they can harm neither the worker nor each other, and leave nothing
//   behind.
// Method: a real door, a real worker, two threads of visitors that map what they are given, post a call, and hang up at a random
//   moment.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "client_lib/base/mapping.h"
#include "engine/worker/worker.h"
#include "tests/engine/door/door_rig.h"
#include "tests/support/call_client.h"
#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::DoorVisitor;

TEST(DoorRace, ClientsThatComeAndGoLeaveNothingBehind) {
  DoorRig rig(1);
  auto directory = Directory::make(1);
  ASSERT_TRUE(directory.ok());
  TrafficPublisher publisher(1, rig.reclaimer, *directory);
  const auto bundle = test::make_bundle({});
  const auto resident = *publisher.admit(bundle);
  publisher.update([&](TrafficDraft& draft) { draft.residents = {resident}, draft.current = resident; });
  WorkerCounters counters;
  Worker worker({.index = 0}, rig.roster, publisher, rig.quiescence.reader(0), counters, [&] { rig.door->knock(); });
  const auto descriptors = open_descriptors();
  std::thread worker_thread([&] { worker.run(); });

  std::atomic<std::uint32_t> answered{0}, wrong{0};
  std::vector<std::thread> visitors;
  for (std::uint32_t v = 0; v < 2; ++v) {
    visitors.emplace_back([&, v] {
      std::minstd_rand random(v + 1);
      for (int i = 0; i < 40; ++i) {
        DoorVisitor visitor(rig.path());
        visitor.send(test::good_hello(1 + static_cast<std::uint32_t>(random() % 4)));
        if (random() % 8 == 0) continue;  // gone before the welcome
        const auto [welcome, fds] = visitor.receive_welcome();
        if (fds.size() != 4) continue;
        const wire::SegmentShape shape{welcome.channels, welcome.in_arena_bytes, welcome.out_arena_bytes};
        const auto segment = base::Mapping::map(fds[0].get(), shape.total_bytes(), base::Access::kReadWrite);
        const auto page = base::Mapping::map(fds[1].get(), shape.page_bytes(), base::Access::kReadOnly);
        const int bell = fds[3].get();
        test::CallClient client(wire::ChannelView::at(segment->data(), page->data(), shape, shape.channels - 1), [bell] {
          const std::uint64_t one = 1;
          [[maybe_unused]] const auto written = ::write(bell, &one, sizeof one);
        });
        wire::CallBody body;
        const auto rows = static_cast<std::uint16_t>(1 + random() % 200);
        body.start(1, rows);
        for (std::uint16_t row = 0; row < rows; ++row) body.set(0, row, wire::Cell::real(15.0));
        const auto ticket = client.post(body, bundle->schema.hash(), {.encoding = wire::Encoding::kPositional});
        if (random() % 2 == 0) continue;  // gone with a call under way
        const test::Answer answer = client.wait_asleep(ticket);
        (answer.geometry.rows == rows && answer.value(rows - 1u) == 2.0F ? answered : wrong).fetch_add(1);
      }
    });
  }
  for (auto& visitor : visitors) visitor.join();
  rig.wait_until_empty();
  EXPECT_EQ(wrong.load(), 0u);
  EXPECT_GT(answered.load(), 0u);
  EXPECT_EQ(counters.lies.value(), 0u);
  test::wait_until([] { return segment_mappings() == 0; });  // the door forgets a client a moment before it retires what it had
  rig.door->stop();
  worker.stop();
  worker_thread.join();
  EXPECT_LE(open_descriptors(), descriptors);
}

}  // namespace
}  // namespace ringside::engine
