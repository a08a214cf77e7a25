// A peer at the engine's data socket, for tests: sends any packet, receives packets with their descriptors. Independent of
// client_lib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client_lib/base/unique_fd.h"
#include "schemas/wire/cell.h"
#include "schemas/wire/handshake.h"
#include "schemas/wire/segment.h"

namespace ringside::test {

[[nodiscard]] wire::Hello good_hello(std::uint32_t channels = 1);
[[nodiscard]] std::vector<std::byte> declare_packet(const std::vector<std::pair<wire::Dtype, std::string>>& columns);

class DoorVisitor {
 public:
  struct Packet {
    std::vector<std::byte> bytes;
    std::vector<base::UniqueFd> fds;
  };

  // Connects; valid() says whether somebody listened.
  explicit DoorVisitor(const std::string& path);
  // The same with a socket made before.
  DoorVisitor(base::UniqueFd socket, const std::string& path);
  [[nodiscard]] bool valid() const { return socket_.valid(); }

  bool send(const void* bytes, std::size_t size) const;
  bool send(const wire::Hello& hello) const { return send(&hello, sizeof hello); }
  bool send(const std::vector<std::byte>& packet) const { return send(packet.data(), packet.size()); }

  // Waits for a packet. None: the engine has closed.
  [[nodiscard]] std::optional<Packet> receive() const;
  // The same, understood; a test whose engine answers something else ends here.
  [[nodiscard]] std::pair<wire::Welcome, std::vector<base::UniqueFd>> receive_welcome() const;
  [[nodiscard]] wire::Declared receive_declared() const;
  [[nodiscard]] bool is_shown_out() const { return !receive().has_value(); }

  void hang_up() { socket_.reset(); }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  base::UniqueFd socket_;
};

}  // namespace ringside::test
