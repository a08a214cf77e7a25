// Hello, Welcome and the descriptors that come with it: everything that the engine sends is checked here, before any of it is
// mapped.
//
// Control path: blocks until `until_ns` (CLOCK_MONOTONIC) at most. Thread safety: one thread a socket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ringside/client.h>

#include "client_lib/base/unique_fd.h"
#include "schemas/wire/handshake.h"
#include "schemas/wire/segment.h"

namespace ringside {

// What the engine granted, as it came but checked: sizes, seals, limits. Its text is for people only.
struct Grant {
  wire::SegmentShape shape;
  std::uint64_t engine_epoch = 0;
  std::int64_t clock_offset_ns = 0;  // the engine's CLOCK_MONOTONIC less ours; zero within 1 ms
  std::uint64_t directory_bytes = 0;
  std::uint32_t rows_max = 0;
  std::string task;
  base::UniqueFd segment, page, directory, doorbell;
};

// A connected SOCK_SEQPACKET socket.
Result<base::UniqueFd, ConnectError> connect_socket(const std::string& path, std::uint64_t until_ns);

Result<Grant, ConnectError> shake_hands(int socket, const ClientOptions& options, std::uint64_t until_ns);

struct ReceivedMessage {
  std::vector<std::byte> bytes;
  std::vector<base::UniqueFd> descriptors;
  bool cut = false;  // MSG_TRUNC or MSG_CTRUNC: something was lost on the way
};

// One packet. The error is what to tell a person.
Result<ReceivedMessage, std::string> receive_message(int socket, std::size_t bytes_max, std::uint64_t until_ns);
Result<Done, std::string> send_message(int socket, const void* bytes, std::size_t size, std::uint64_t until_ns);

// Text from the other side, made fit for a terminal: cut at the first zero, control characters replaced.
std::string shown_text(const char* text, std::size_t bytes_max);

}  // namespace ringside
