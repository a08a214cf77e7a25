#include "engine/versions/models_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

// A copy or an `ln -sfn` is several events: one look when they are over.
constexpr int kSettleMs = 20;

void drain(int fd) {
  std::array<char, 4'096> events;
  while (::read(fd, events.data(), events.size()) > 0) {
  }
}

}  // namespace

ModelsWatch::ModelsWatch(const std::string& models_directory, std::chrono::milliseconds period, std::function<void()> look)
    : period_(period),
      look_(std::move(look)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  RINGSIDE_CHECK(stop_);
  constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
  if (inotify_ && ::inotify_add_watch(inotify_.get(), models_directory.c_str(), kEvents) < 0) inotify_.reset();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-watch");
}

ModelsWatch::~ModelsWatch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);  // an eventfd of one writer takes it
  thread_.join();
}

void ModelsWatch::run() {
  std::array<pollfd, 2> fds{pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                            pollfd{.fd = inotify_ ? inotify_.get() : -1, .events = POLLIN, .revents = 0}};
  while (true) {
    ::poll(fds.data(), fds.size(), static_cast<int>(period_.count()));
    if ((fds[0].revents & POLLIN) != 0) return;
    if ((fds[1].revents & POLLIN) != 0) {
      ::poll(fds.data(), 1, kSettleMs);
      if ((fds[0].revents & POLLIN) != 0) return;
      drain(inotify_.get());
    }
    look_();
  }
}

}  // namespace ringside::engine
