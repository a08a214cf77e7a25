// Goal: what a client suffers stays its own: stopped, forked, without descriptors, out of slots, gone with a batch under way.
// Method: each beside a client that is served on; then the engine holds what it held before. Real processes and signals.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>

#include "tests/integration/child_process.h"
#include "tests/integration/served_neighbour.h"

namespace ringside::testing {
namespace {

using SufferingClients = ServedNeighbour;
using Say = ChildProcess::Say;

[[noreturn]] int wait_for_ever() {
  while (true) pause();
}

TEST_F(SufferingClients, StoppedInTheMiddleOfItsCallsGoesOnLater) {
  ChildProcess child([this](const Say& say) {
    Client client = engine_.connect();
    Row row(*client.resolve(demo_fields()));
    fill(row, demo_rows()[3]);
    for (int i = 0;; ++i) {
      if (!difference(client.predict(row, {.deadline = Deadline::none()}), demo_rows()[3]).empty()) return 1;
      say();
    }
  });
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(child.wait_until_it_said());
    child.stop();
    expect_neighbour_served();
    child.go_on();
  }
  EXPECT_TRUE(child.wait_until_it_said());
}

TEST_F(SufferingClients, ChildThatHoldsTheSocketOfADeadParentKeepsNothingInTheEngine) {
  pid_t heir = -1;
  std::array<int, 2> whose{};
  ASSERT_EQ(pipe(whose.data()), 0);
  {
    ChildProcess parent([&](const Say& say) {
      Client client = engine_.connect();
      const pid_t child = fork();
      if (child == 0) wait_for_ever();  // with a copy of every descriptor
      static_cast<void>(!write(whose[1], &child, sizeof child));
      say();
      return wait_for_ever();
    });
    ASSERT_TRUE(parent.wait_until_it_said());
    ASSERT_EQ(read(whose[0], &heir, sizeof heir), static_cast<ssize_t>(sizeof heir));
    EXPECT_NE(footprint_of(engine_.pid()), before_);
  }  // the parent is killed
  wait_until_engine_is_as_before();
  EXPECT_EQ(::kill(heir, SIGKILL), 0) << "the heir lived all the time";
  close(whose[0]);
  close(whose[1]);
}

TEST_F(SufferingClients, WithoutDescriptorsItIsToldSoAndLeavesNothing) {
  int refused = 0, welcomed = 0;
  for (rlim_t spare = 0; spare < 10; ++spare) {
    ChildProcess child([this, spare](const Say&) {
      // Descriptors are given out from the lowest free number: all below the limit are taken but `spare`.
      const rlimit limit{64 + spare, 64 + spare};
      for (int fd = open("/dev/null", O_RDONLY); fd >= 0 && fd < 63; fd = open("/dev/null", O_RDONLY)) {
      }
      setrlimit(RLIMIT_NOFILE, &limit);
      const auto client = Client::connect({.run_dir = engine_.run_dir()});
      return client ? 0 : 1;
    });
    (child.wait() == 0 ? welcomed : refused) += 1;
    expect_neighbour_served(1);
  }
  EXPECT_GE(refused, 4) << "it needs a socket and four more";
  EXPECT_GE(welcomed, 1);
}

TEST_F(SufferingClients, LeakedSlotsAreRefusedToTheirOwnerAlone) {
  {
    Client leaker = engine_.connect({.channels = 2});
    Row row(*leaker.resolve(demo_fields()));
    fill(row, demo_rows()[5]);
    Channel other = *leaker.open_channel();
    int sent = 0;
    while (leaker.channel().submit(row, {.deadline = Deadline::none()}).sent) ++sent;
    EXPECT_EQ(sent, 63);
    EXPECT_EQ(leaker.predict(row).status(), Status::kRejected);
    Prediction answer;
    other.wait(other.submit(row), answer);
    EXPECT_EQ(difference(answer, demo_rows()[5]), "") << "its other channel has slots of its own";
    expect_neighbour_served();
  }
}

TEST_F(SufferingClients, GoneWithBatchesUnderWayLeavesTheWorkerToTheOthers) {
  for (int round = 0; round < 30; ++round) {
    ChildProcess child([this](const Say& say) {
      Client client = engine_.connect();
      const Batch batch(*client.resolve(demo_fields()), 512);
      for (int i = 0; i < 20; ++i) static_cast<void>(client.channel().submit(batch, {.deadline = Deadline::none()}));
      say();
      return wait_for_ever();
    });
    ASSERT_TRUE(child.wait_until_it_said());
    child.kill();
    expect_neighbour_served(1);
  }
}

// The same for certain: when the worker looks, the batch is there and its owner is not.
TEST_F(SufferingClients, BatchOfADeadClientIsNoHarm) {
  ChildProcess child([this](const Say& say) {
    Client client = engine_.connect();
    const Batch batch(*client.resolve(demo_fields()), 512);
    say();
    raise(SIGSTOP);
    static_cast<void>(client.channel().submit(batch, {.deadline = Deadline::none()}));
    say();
    return wait_for_ever();
  });
  ASSERT_TRUE(child.wait_until_it_said());
  waitpid(child.pid(), nullptr, WUNTRACED);
  engine_.freeze();
  child.go_on();
  ASSERT_TRUE(child.wait_until_it_said());
  child.kill();
  engine_.thaw();
}

}  // namespace
}  // namespace ringside::testing
