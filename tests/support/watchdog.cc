#include "tests/support/watchdog.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace ringside::test {

Watchdog::Watchdog(std::chrono::seconds patience) {
  const auto* running = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = running == nullptr ? "a test" : std::string(running->test_suite_name()) + "." + running->name();
  thread_ = std::thread([this, patience, name] {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, patience, [this] { return done_; })) return;
    std::fprintf(stderr, "watchdog: %s hangs: not done after %lld s\n", name.c_str(), static_cast<long long>(patience.count()));
    std::abort();
  });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

}  // namespace ringside::test
