#include "client_lib/connect/handshake.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "client_lib/base/clock.h"
#include "schemas/wire/directory.h"

namespace ringside {
namespace {

constexpr std::int64_t kSameClockNs = 1'000'000;
constexpr std::uint64_t kDirectoryBytesMax = std::uint64_t{1} << 30;

// The fields that never change, so that programs of different layouts can say what differs.
struct WelcomeHead {
  wire::MessageHeader header;
  std::uint64_t magic;
  std::uint16_t abi_major;
  std::uint16_t abi_minor;
  std::uint32_t layout_hash;
};
static_assert(sizeof(WelcomeHead) == offsetof(wire::Welcome, refusal) &&
              offsetof(wire::Welcome, magic) == offsetof(WelcomeHead, magic));

// What to add to our clock to get the engine's, which it read between our two readings. Zero when one clock explains all three:
// then any other number would only be the message's journey.
std::int64_t clock_offset(std::uint64_t before, std::uint64_t engine_now, std::uint64_t after) {
  const auto most = static_cast<std::int64_t>(engine_now - before);
  const auto least = static_cast<std::int64_t>(engine_now - after);
  if (least <= kSameClockNs && most >= -kSameClockNs) return 0;
  return least + (most - least) / 2;
}

Failure<ConnectError> error(ConnectErrorCode code, std::string message) { return fail(ConnectError{code, std::move(message)}); }
Failure<ConnectError> malformed(const std::string& what) {
  return error(ConnectErrorCode::kMalformed, "what answered is no Ringside engine of this layout: " + what);
}

wire::Hello hello_for(const ClientOptions& options) {
  wire::Hello hello{};
  hello.header = {static_cast<std::uint32_t>(wire::MessageKind::kHello), sizeof hello};
  hello.magic = wire::kMagic;
  hello.abi_major = wire::kAbiMajor;
  hello.abi_minor = wire::kAbiMinor;
  hello.layout_hash = wire::kLayoutHash;
  hello.channels = options.channels;
  const std::uint64_t arena =
      options.arena_bytes == 0 ? wire::kArenaBytesDefault : (std::uint64_t{options.arena_bytes} + 4'095) / 4'096 * 4'096;
  hello.in_arena_bytes = arena;
  hello.out_arena_bytes = arena;
  const std::string name = options.name.empty() ? std::string(program_invocation_short_name) : options.name;
  std::memcpy(hello.name, name.data(), std::min(name.size(), sizeof hello.name - 1));
  return hello;
}

ConnectErrorCode code_of(wire::Refusal refusal) {
  switch (refusal) {
    case wire::Refusal::kLayoutMismatch:
      return ConnectErrorCode::kLayoutMismatch;
    case wire::Refusal::kNotAllowed:
      return ConnectErrorCode::kNotAllowed;
    case wire::Refusal::kTooMany:
      return ConnectErrorCode::kTooMany;
    case wire::Refusal::kStopping:
      return ConnectErrorCode::kStopping;
    case wire::Refusal::kNone:
    case wire::Refusal::kMalformed:
    case wire::Refusal::kBadSchema:
      break;
  }
  return ConnectErrorCode::kMalformed;
}

// A memfd of exactly (or, for the page, at least) this size that nobody can resize: touching it can never raise SIGBUS.
Result<Done, ConnectError> check_memory(const char* what, const base::UniqueFd& fd, std::uint64_t bytes) {
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return error(ConnectErrorCode::kSystem, "cannot look at the " + std::string(what));
  if (static_cast<std::uint64_t>(status.st_size) != bytes) {
    return malformed("the " + std::string(what) + " has " + std::to_string(status.st_size) + " bytes instead of " +
                     std::to_string(bytes));
  }
  const int seals = fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW)) {
    return malformed("the " + std::string(what) + " is not sealed against a change of size");
  }
  return Done{};
}

// Everything before the descriptors.
Result<wire::Welcome, ConnectError> read_welcome(const ReceivedMessage& message) {
  WelcomeHead head{};
  if (message.cut) return malformed("its greeting was cut");
  if (message.bytes.size() < sizeof head) return malformed("a greeting of " + std::to_string(message.bytes.size()) + " bytes");
  std::memcpy(&head, message.bytes.data(), sizeof head);
  if (head.header.kind != static_cast<std::uint32_t>(wire::MessageKind::kWelcome) || head.magic != wire::kMagic) {
    return malformed("its greeting is not one");
  }
  if (head.abi_major != wire::kAbiMajor || head.layout_hash != wire::kLayoutHash) {
    const auto shown = [](std::uint16_t major, std::uint32_t hash) { return std::to_string(major) + "/" + std::to_string(hash); };
    return error(ConnectErrorCode::kLayoutMismatch, "the engine's memory layout is " + shown(head.abi_major, head.layout_hash) +
                                                        ", this library's " + shown(wire::kAbiMajor, wire::kLayoutHash) +
                                                        ": upgrade the older of the two");
  }
  wire::Welcome welcome{};
  if (message.bytes.size() != sizeof welcome || head.header.bytes != sizeof welcome) {
    return malformed("a greeting of " + std::to_string(message.bytes.size()) + " bytes instead of " +
                     std::to_string(sizeof welcome));
  }
  std::memcpy(&welcome, message.bytes.data(), sizeof welcome);
  if (welcome.refusal != static_cast<std::uint32_t>(wire::Refusal::kNone)) {
    const std::string text = shown_text(welcome.text, sizeof welcome.text);
    return error(code_of(static_cast<wire::Refusal>(welcome.refusal)),
                 text.empty() ? "the engine refused and gave no reason" : text);
  }
  return welcome;
}

}  // namespace

Result<Grant, ConnectError> shake_hands(int socket, const ClientOptions& options, std::uint64_t until_ns) {
  const wire::Hello hello = hello_for(options);
  const std::uint64_t asked_ns = base::monotonic_ns();
  if (auto sent = send_message(socket, &hello, sizeof hello, until_ns); !sent)
    return error(ConnectErrorCode::kUnreachable, sent.error());
  auto received = receive_message(socket, sizeof(wire::Welcome) + 1, until_ns);
  const std::uint64_t answered_ns = base::monotonic_ns();
  if (!received) {
    return error(ConnectErrorCode::kUnreachable,
                 received.error() + " to the greeting: is ringsided stopped, or something else there?");
  }
  const auto welcome = read_welcome(*received);
  if (!welcome) return fail(welcome.error());
  if (received->descriptors.size() != wire::kWelcomeFds) {
    return malformed(std::to_string(received->descriptors.size()) + " descriptors instead of " +
                     std::to_string(wire::kWelcomeFds));
  }

  Grant grant;
  grant.shape = {welcome->channels, welcome->in_arena_bytes, welcome->out_arena_bytes};
  grant.engine_epoch = welcome->engine_epoch;
  grant.clock_offset_ns = clock_offset(asked_ns, welcome->engine_now_ns, answered_ns);
  grant.directory_bytes = welcome->directory_bytes;
  grant.rows_max = welcome->rows_max;
  grant.task = shown_text(welcome->task, sizeof welcome->task);
  grant.segment = std::move(received->descriptors[0]);
  grant.page = std::move(received->descriptors[1]);
  grant.directory = std::move(received->descriptors[2]);
  grant.doorbell = std::move(received->descriptors[3]);

  if (!grant.shape.valid()) return malformed("it granted memory of an impossible shape");
  if (grant.rows_max == 0 || grant.rows_max > wire::kCallRowsMax)
    return malformed("it takes calls of " + std::to_string(grant.rows_max) + " rows");
  if (grant.directory_bytes < sizeof(wire::DirectoryHeader) || grant.directory_bytes > kDirectoryBytesMax) {
    return malformed("a directory of " + std::to_string(grant.directory_bytes) + " bytes");
  }
  for (const auto& checked : {check_memory("segment", grant.segment, grant.shape.total_bytes()),
                              check_memory("engine page", grant.page, grant.shape.page_bytes()),
                              check_memory("directory", grant.directory, grant.directory_bytes)}) {
    if (!checked) return fail(checked.error());
  }
  return grant;
}

}  // namespace ringside
