// SIGTERM and SIGINT as something that can be waited for beside everything else.
//
// Thread safety: made before any other thread, so that all of them block the signals; then read by anyone.
#pragma once

#include <poll.h>
#include <sys/signalfd.h>

#include <chrono>
#include <csignal>

#include "client_lib/base/unique_fd.h"

namespace ringside::ship {

class StopSignal {
 public:
  StopSignal() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    fd_.reset(signalfd(-1, &ends, SFD_CLOEXEC));
  }
  // Readable once it is to end: any descriptor of that kind.
  explicit StopSignal(base::UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] bool stopped() const noexcept { return wait(std::chrono::milliseconds(0)); }
  // True: it is to end. False: the time has passed.
  [[nodiscard]] bool wait(std::chrono::milliseconds time) const noexcept {
    pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return poll(&ready, 1, static_cast<int>(time.count())) > 0;  // never read: it stays readable
  }

 private:
  base::UniqueFd fd_;
};

}  // namespace ringside::ship
