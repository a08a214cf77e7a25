#include "tests/support/door_visitor.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ringside::test {
namespace {

template <class T>
T understood(const DoorVisitor::Packet& packet, wire::MessageKind kind) {
  T message{};
  if (packet.bytes.size() == sizeof message) std::memcpy(&message, packet.bytes.data(), sizeof message);
  if (message.header.kind != static_cast<std::uint32_t>(kind)) {
    std::fprintf(stderr, "DoorVisitor: %zu bytes that are not the message expected\n", packet.bytes.size());
    std::abort();
  }
  return message;
}

}  // namespace

wire::Hello good_hello(std::uint32_t channels) {
  wire::Hello hello{};
  hello.header = {static_cast<std::uint32_t>(wire::MessageKind::kHello), sizeof hello};
  hello.magic = wire::kMagic;
  hello.abi_major = wire::kAbiMajor;
  hello.abi_minor = wire::kAbiMinor;
  hello.layout_hash = wire::kLayoutHash;
  hello.channels = channels;
  hello.in_arena_bytes = 1 << 20;
  hello.out_arena_bytes = 1 << 20;
  std::memcpy(hello.name, "visitor", 7);
  return hello;
}

std::vector<std::byte> declare_packet(const std::vector<std::pair<wire::Dtype, std::string>>& columns) {
  std::vector<std::byte> packet(sizeof(wire::Declare));
  for (const auto& [dtype, name] : columns) {
    packet.push_back(static_cast<std::byte>(dtype));
    packet.push_back(static_cast<std::byte>(name.size()));
    const auto* bytes = reinterpret_cast<const std::byte*>(name.data());
    packet.insert(packet.end(), bytes, bytes + name.size());
  }
  wire::Declare head{};
  head.header = {static_cast<std::uint32_t>(wire::MessageKind::kDeclare), static_cast<std::uint32_t>(packet.size())};
  head.columns = static_cast<std::uint32_t>(columns.size());
  std::memcpy(packet.data(), &head, sizeof head);
  return packet;
}

DoorVisitor::DoorVisitor(const std::string& path)
    : DoorVisitor(base::UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)), path) {}

DoorVisitor::DoorVisitor(base::UniqueFd socket, const std::string& path) : socket_(std::move(socket)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket_.reset();
}

bool DoorVisitor::send(const void* bytes, std::size_t size) const {
  return ::send(socket_.get(), bytes, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

std::optional<DoorVisitor::Packet> DoorVisitor::receive() const {
  Packet packet;
  packet.bytes.resize(4'096);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 16)> control{};
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = 0;
  do {
    size = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return std::nullopt;
  packet.bytes.resize(static_cast<std::size_t>(size));
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof fd);
      packet.fds.emplace_back(fd);
    }
  }
  return packet;
}

std::pair<wire::Welcome, std::vector<base::UniqueFd>> DoorVisitor::receive_welcome() const {
  auto packet = receive().value_or(Packet{});
  return {understood<wire::Welcome>(packet, wire::MessageKind::kWelcome), std::move(packet.fds)};
}

wire::Declared DoorVisitor::receive_declared() const {
  return understood<wire::Declared>(receive().value_or(Packet{}), wire::MessageKind::kDeclared);
}

}  // namespace ringside::test
