// A disk that refuses what a test tells it to.
//
// Thread safety: the recorder's threads and the test's.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "engine/ledger/disk.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {

class RefusingDisk final : public Disk {
 public:
  static constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

  int make(const char* path) noexcept override { return make_error == 0 ? Disk::make(path) : refuse(make_error); }
  ssize_t write(int file, const void* bytes, std::size_t count, off_t at) noexcept override {
    if (write_error != 0) return refuse(write_error);
    if (room == 0) return refuse(ENOSPC);
    const ssize_t written = Disk::write(file, bytes, std::min<std::uint64_t>(count, room), at);
    if (room != kNoEnd && written > 0) room = room - static_cast<std::uint64_t>(written);
    return written;
  }
  int sync(int file) noexcept override {
    if (holding_) {
      held_ = true;
      test::wait_until([this] { return !holding_; });
    }
    return sync_error == 0 ? Disk::sync(file) : refuse(sync_error);
  }

  void hold_syncs() { holding_ = true; }
  void wait_for_a_held_sync() {
    test::wait_until([this] { return held_.load(); });
  }
  void let_syncs_go() { holding_ = false; }

  std::atomic<int> make_error{0}, write_error{0}, sync_error{0};
  std::atomic<std::uint64_t> room{kNoEnd};  // bytes until it is full

 private:
  static int refuse(int error) noexcept {
    errno = error;
    return -1;
  }
  std::atomic<bool> holding_{false}, held_{false};
};

}  // namespace ringside::engine
