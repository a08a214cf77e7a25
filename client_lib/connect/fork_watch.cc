#include "client_lib/connect/fork_watch.h"

#include <pthread.h>

#include <atomic>

namespace ringside {
namespace {

std::atomic<std::uint32_t> generation{0};

bool watch() noexcept {
  // relaxed: the child has one thread when this runs.
  return pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); }) == 0;
}

}  // namespace

std::uint32_t fork_generation() noexcept {
  static const bool watching = watch();
  (void)watching;
  return generation.load(std::memory_order_relaxed);
}

}  // namespace ringside
