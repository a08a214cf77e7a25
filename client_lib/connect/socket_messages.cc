// The half of handshake.h that knows sockets: packets with descriptors, and their time limits.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "client_lib/base/clock.h"
#include "client_lib/connect/handshake.h"

namespace ringside {
namespace {

constexpr std::size_t kDescriptorsMax = 16;  // more than any message has: a surplus is seen, not lost

std::string system_text(int error) { return std::generic_category().message(error); }

enum class Ready : std::uint8_t { kYes, kTimedOut, kFailed };

Ready wait_ready(int socket, short events, std::uint64_t until_ns) {
  while (true) {
    const std::uint64_t now = base::monotonic_ns();
    const std::uint64_t left_ms = now >= until_ns ? 0 : std::min<std::uint64_t>((until_ns - now) / 1'000'000 + 1, 60'000);
    pollfd entry{socket, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(left_ms));
    if (ready > 0) return Ready::kYes;
    if (ready == 0 && base::monotonic_ns() >= until_ns) return Ready::kTimedOut;
    if (ready < 0 && errno != EINTR) return Ready::kFailed;
  }
}

ConnectError connect_error(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {ConnectErrorCode::kNotFound, "no socket at " + path + ": start ringsided, or check run_dir and task"};
    case ECONNREFUSED:
      return {ConnectErrorCode::kUnreachable, "the socket " + path + " is left over and nobody listens: start ringsided"};
    case EACCES:
    case EPERM:
      return {ConnectErrorCode::kNotAllowed, "this user may not connect to " + path + ": ask for its group"};
    case EAGAIN:
    case EINPROGRESS:
    case ETIMEDOUT:
      return {ConnectErrorCode::kUnreachable, "the engine at " + path + " accepts nobody just now: is it overloaded or stopped?"};
    default:
      return {ConnectErrorCode::kUnreachable, "cannot connect to " + path + ": " + system_text(error)};
  }
}

}  // namespace

Result<base::UniqueFd, ConnectError> connect_socket(const std::string& path, std::uint64_t until_ns) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ConnectError{ConnectErrorCode::kBadOptions, "the socket path " + path + " is too long: the system allows " +
                                                                std::to_string(sizeof address.sun_path - 1) + " bytes"});
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  while (true) {
    base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket) return fail(ConnectError{ConnectErrorCode::kSystem, "cannot open a socket: " + system_text(errno)});
    // A full backlog makes connect() wait; the send timeout bounds it.
    const std::uint64_t now = base::monotonic_ns();
    const std::uint64_t left_us = now >= until_ns ? 1'000 : std::max<std::uint64_t>((until_ns - now) / 1'000, 1'000);
    const timeval timeout{static_cast<time_t>(left_us / 1'000'000), static_cast<suseconds_t>(left_us % 1'000'000)};
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
    if (errno != EINTR) return fail(connect_error(path, errno));
  }
}

Result<Done, std::string> send_message(int socket, const void* bytes, std::size_t size, std::uint64_t until_ns) {
  while (true) {
    const ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(size)) return Done{};
    if (sent >= 0) return fail("the system sent half a packet");
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail("the engine has gone: " + system_text(errno));
    if (wait_ready(socket, POLLOUT, until_ns) != Ready::kYes) return fail("the engine does not read: no answer in time");
  }
}

Result<ReceivedMessage, std::string> receive_message(int socket, std::size_t bytes_max, std::uint64_t until_ns) {
  ReceivedMessage received;
  received.bytes.resize(bytes_max);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptorsMax)> control{};
  iovec part{received.bytes.data(), received.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = -1;
  while (size < 0) {
    size = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return fail("the engine has gone: " + system_text(errno));
    if (wait_ready(socket, POLLIN, until_ns) != Ready::kYes) return fail(std::string("no answer in time"));
  }
  // First of all the descriptors get an owner: whatever is wrong with the message, none may leak.
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
      received.descriptors.emplace_back(descriptor);
    }
  }
  received.cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  received.bytes.resize(static_cast<std::size_t>(size));
  if (size == 0) return fail(std::string("the engine closed the connection"));
  return received;
}

std::string shown_text(const char* text, std::size_t bytes_max) {
  std::string shown(text, strnlen(text, bytes_max));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return shown;
}

}  // namespace ringside
