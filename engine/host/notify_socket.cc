#include "engine/host/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "client_lib/base/clock.h"
#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

// Zero: no number.
std::uint64_t number(const char* text) {
  if (text == nullptr) return 0;
  std::uint64_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  return error == std::errc{} && stop == end ? value : 0;
}

}  // namespace

NotifySocket::Environment NotifySocket::Environment::of_this_process() {
  return {std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID")};
}

NotifySocket::NotifySocket(const Environment& environment)
    : socket_(environment.notify_socket == nullptr ? "" : environment.notify_socket) {
  const bool ours =
      environment.watchdog_pid == nullptr || number(environment.watchdog_pid) == static_cast<std::uint64_t>(::getpid());
  if (!socket_.empty() && ours) watchdog_ = std::chrono::microseconds(number(environment.watchdog_usec));
}

void NotifySocket::reloading() { say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(base::monotonic_ns() / 1'000)); }

void NotifySocket::status(const std::string& text) {
  if (text == status_) return;
  status_ = text;
  say("STATUS=" + text);
}

void NotifySocket::say(const std::string& word) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const base::UniqueFd sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  [[maybe_unused]] const auto sent =
      ::sendto(sender.get(), word.data(), word.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace ringside::engine
