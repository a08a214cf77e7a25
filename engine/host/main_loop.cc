#include "engine/host/main_loop.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "client_lib/base/sealed_memfd.h"

namespace ringside::engine {

MainLoop::MainLoop(base::UniqueFd signals, base::UniqueFd posts)
    : signals_(std::move(signals)), posts_(std::move(posts)), posted_(std::make_unique<Posted>()) {}

Result<MainLoop, std::string> MainLoop::make() {
  sigset_t heard;
  sigemptyset(&heard);
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&heard, signal_number);
  pthread_sigmask(SIG_BLOCK, &heard, nullptr);
  base::UniqueFd signals(signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK));
  base::UniqueFd posts(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!signals || !posts) return fail(base::system_error_text("signalfd"));
  return MainLoop(std::move(signals), std::move(posts));
}

void MainLoop::post(std::function<void()> act) {
  {
    const std::lock_guard lock(posted_->mutex);
    posted_->acts.push_back(std::move(act));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(posts_.get(), &one, sizeof one);  // full: it is readable already
}

void MainLoop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(posts_.get(), &count, sizeof count);
  std::vector<std::function<void()>> acts;
  {
    const std::lock_guard lock(posted_->mutex);
    acts.swap(posted_->acts);
  }
  for (const auto& act : acts) act();
}

int MainLoop::run(const Acts& acts) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point next = Clock::now();  // the first tick comes at once
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    pollfd waiting[] = {{signals_.get(), POLLIN, 0}, {posts_.get(), POLLIN, 0}};
    ::poll(waiting, std::size(waiting), static_cast<int>(std::max<std::int64_t>(left, 0)));
    signalfd_siginfo heard{};
    while (::read(signals_.get(), &heard, sizeof heard) == static_cast<ssize_t>(sizeof heard)) {
      if (heard.ssi_signo != SIGHUP) return static_cast<int>(heard.ssi_signo);
      if (acts.hang_up) acts.hang_up();
    }
    run_posted();
    if (const auto now = Clock::now(); now >= next) {
      if (acts.tick) acts.tick();
      next = now + acts.every;
    }
  }
}

}  // namespace ringside::engine
