// Goal: signals, posted work and ticks all happen on the thread that runs the loop, and a signal ends it.
// Method: the real loop; signals to this process, blocked in all of its threads.
#include "engine/host/main_loop.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

namespace ringside::engine {
namespace {

TEST(MainLoop, HearsSignalsAndPostsAndTicksOnItsThread) {
  auto loop = MainLoop::make();
  ASSERT_TRUE(loop);
  const auto own = std::this_thread::get_id();
  int hang_ups = 0, ticks = 0;
  bool posted = false;
  std::thread other([&] {
    loop->post([&] {
      EXPECT_EQ(std::this_thread::get_id(), own);
      posted = true;
      kill(getpid(), SIGHUP);
    });
  });
  const int ended_by = loop->run({.hang_up =
                                      [&] {
                                        EXPECT_EQ(std::this_thread::get_id(), own);
                                        ++hang_ups;
                                      },
                                  .tick =
                                      [&] {
                                        ++ticks;
                                        if (hang_ups == 1 && ticks >= 3) kill(getpid(), SIGTERM);
                                      },
                                  .every = std::chrono::milliseconds(1)});
  other.join();
  EXPECT_EQ(ended_by, SIGTERM);
  EXPECT_TRUE(posted);
  EXPECT_EQ(hang_ups, 1);
  EXPECT_GE(ticks, 3);
}

}  // namespace
}  // namespace ringside::engine
