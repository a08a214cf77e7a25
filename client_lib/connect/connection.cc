#include "client_lib/connect/connection.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "client_lib/connect/fork_watch.h"

namespace ringside {
namespace {

Result<base::Mapping, ConnectError> map_checked(const base::UniqueFd& fd, std::uint64_t bytes, base::Access access) {
  auto mapping = base::Mapping::map(fd.get(), bytes, access);
  if (!mapping) return fail(ConnectError{ConnectErrorCode::kSystem, mapping.error() + ": is there address space left?"});
  madvise(mapping->data(), mapping->size(), MADV_DONTFORK);
  return *std::move(mapping);
}

}  // namespace

Result<std::shared_ptr<Connection>, ConnectError> Connection::open(const std::string& path, const ClientOptions& options,
                                                                   std::uint32_t generation, std::uint64_t until_ns) {
  auto socket = connect_socket(path, until_ns);
  if (!socket) return fail(std::move(socket).error());
  auto grant = shake_hands(socket->get(), options, until_ns);
  if (!grant) return fail(std::move(grant).error());

  auto segment = map_checked(grant->segment, grant->shape.total_bytes(), base::Access::kReadWrite);
  if (!segment) return fail(std::move(segment).error());
  auto page = map_checked(grant->page, grant->shape.page_bytes(), base::Access::kReadOnly);
  if (!page) return fail(std::move(page).error());
  auto directory = map_checked(grant->directory, grant->directory_bytes, base::Access::kReadOnly);
  if (!directory) return fail(std::move(directory).error());

  const auto* page_header = reinterpret_cast<const wire::PageHeader*>(page->data());
  const auto* directory_header = reinterpret_cast<const wire::DirectoryHeader*>(directory->data());
  if (page_header->magic != wire::kMagic || directory_header->magic != wire::kMagic ||
      page_header->engine_epoch != grant->engine_epoch || directory_header->engine_epoch != grant->engine_epoch) {
    return fail(ConnectError{ConnectErrorCode::kMalformed,
                             "what answered is no Ringside engine of this layout: its memory is not marked as such"});
  }
  return std::shared_ptr<Connection>(new Connection(generation, *std::move(socket), *std::move(grant), *std::move(segment),
                                                    *std::move(page), *std::move(directory)));
}

Connection::Connection(std::uint32_t generation, base::UniqueFd socket, Grant grant, base::Mapping segment, base::Mapping page,
                       base::Mapping directory)
    : generation_(generation),
      fork_generation_(ringside::fork_generation()),
      socket_(std::move(socket)),
      grant_(std::move(grant)),
      segment_(std::move(segment)),
      page_(std::move(page)),
      directory_(std::move(directory)) {
  grant_.segment.reset();  // mapped: no longer needed
  grant_.page.reset();
  grant_.directory.reset();
  for (std::uint32_t channel = 0; channel < grant_.shape.channels; ++channel) {
    lanes_.emplace_back(wire::ChannelView::at(segment_.data(), page_.data(), grant_.shape, channel));
  }
}

Connection::~Connection() {
  if (!is_forked()) return;
  // In a forked child the pages are not there (MADV_DONTFORK), and something else may stand at their addresses by now: unmapping
  // would hit that. The owners are let go of on purpose.
  static_cast<void>(new base::Mapping(std::move(segment_)));
  static_cast<void>(new base::Mapping(std::move(page_)));
  static_cast<void>(new base::Mapping(directory_.take_mapping()));
}

bool Connection::is_forked() const noexcept { return fork_generation_ != ringside::fork_generation(); }

void Connection::ring_doorbell() noexcept {
  const std::uint64_t one = 1;
  while (write(grant_.doorbell.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

Result<Done, SchemaError> Connection::declare(const detail::SchemaState& schema, std::uint64_t until_ns) {
  std::vector<std::byte> packet(sizeof(wire::Declare));
  for (const FieldDecl& field : schema.fields) {
    packet.push_back(static_cast<std::byte>(field.dtype));
    packet.push_back(static_cast<std::byte>(field.name.size()));
    const auto* name = reinterpret_cast<const std::byte*>(field.name.data());
    packet.insert(packet.end(), name, name + field.name.size());
  }
  if (packet.size() > wire::kDeclareBytesMax) {
    return fail(SchemaError{SchemaErrorCode::kBadSchema, "the names take " + std::to_string(packet.size()) + " bytes; at most " +
                                                             std::to_string(wire::kDeclareBytesMax) + " fit one schema"});
  }
  wire::Declare head{};
  head.header = {static_cast<std::uint32_t>(wire::MessageKind::kDeclare), static_cast<std::uint32_t>(packet.size())};
  head.columns = static_cast<std::uint32_t>(schema.fields.size());
  std::memcpy(packet.data(), &head, sizeof head);

  const auto gone = [this](const std::string& why) {
    mark_dead();
    return fail(SchemaError{SchemaErrorCode::kUnreachable, "the schema was not declared: " + why});
  };
  if (auto sent = send_message(socket(), packet.data(), packet.size(), until_ns); !sent) return gone(sent.error());
  const auto received = receive_message(socket(), sizeof(wire::Declared) + 1, until_ns);
  if (!received) return gone(received.error());
  wire::Declared declared{};
  if (received->cut || received->bytes.size() != sizeof declared) return gone("the engine's answer is not one");
  std::memcpy(&declared, received->bytes.data(), sizeof declared);
  if (declared.header.kind != static_cast<std::uint32_t>(wire::MessageKind::kDeclared))
    return gone("the engine's answer is not one");
  if (declared.refusal != static_cast<std::uint32_t>(wire::Refusal::kNone)) {
    return fail(SchemaError{SchemaErrorCode::kBadSchema, shown_text(declared.text, sizeof declared.text)});
  }
  if (declared.schema_hash != schema.hash) return gone("the engine understood another list of names");
  return Done{};
}

}  // namespace ringside
