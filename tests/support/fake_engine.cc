#include "tests/support/fake_engine.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <future>
#include <utility>

#include "client_lib/base/check.h"
#include "client_lib/base/clock.h"
#include "client_lib/base/sealed_memfd.h"
#include "schemas/wire/schema_hash.h"

namespace ringside::test {
namespace {

constexpr std::uint64_t kDirectoryBytes = 1u << 20;

base::Mapping map_whole(const base::UniqueFd& fd, std::uint64_t bytes) {
  return *base::Mapping::map(fd.get(), bytes, base::Access::kReadWrite);
}

}  // namespace

struct FakeEngine::Session {
  base::UniqueFd socket, segment_fd, page_fd, doorbell;
  base::Mapping segment, page;
  std::vector<FakeChannel> channels;
};

FakeEngine::FakeEngine(std::string socket_path)
    : socket_path_(std::move(socket_path)), wake_(eventfd(0, EFD_NONBLOCK)), epoch_(base::monotonic_ns()) {
  directory_fd_ = *base::make_sealed_memfd("directory", kDirectoryBytes);
  directory_ = map_whole(directory_fd_, kDirectoryBytes);
  auto* header = reinterpret_cast<wire::DirectoryHeader*>(directory_.data());
  header->magic = wire::kMagic;
  header->engine_epoch = epoch_;
  header->current.store(wire::kNoVersion, std::memory_order_relaxed);
  handler_ = [](const SeenCall& call) { return ok_reply(call); };

  unlink(socket_path_.c_str());
  listener_.reset(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  RINGSIDE_CHECK(socket_path_.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size() + 1);
  RINGSIDE_CHECK(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  RINGSIDE_CHECK(listen(listener_.get(), 8) == 0);
  thread_ = std::thread([this] { run(); });
}

FakeEngine::~FakeEngine() {
  stop_.store(true, std::memory_order_seq_cst);
  const std::uint64_t one = 1;
  RINGSIDE_CHECK(write(wake_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

void FakeEngine::do_on_thread(const std::function<void()>& action) {
  std::promise<void> done;
  {
    const std::scoped_lock lock(mutex_);
    actions_.emplace_back([&] {
      action();
      done.set_value();
    });
  }
  const std::uint64_t one = 1;
  RINGSIDE_CHECK(write(wake_.get(), &one, sizeof one) == sizeof one);
  done.get_future().wait();
}

void FakeEngine::run() {
  while (!stop_.load(std::memory_order_seq_cst)) {
    std::vector<std::function<void()>> actions;
    {
      const std::scoped_lock lock(mutex_);
      actions.swap(actions_);
    }
    for (const auto& action : actions) action();
    if (!scan()) wait_for_events();
  }
  sessions_.clear();  // on this thread: nothing of the engine outlives it but the memory that clients have mapped
  listener_.reset();
}

bool FakeEngine::scan() {
  bool worked = false;
  for (const auto& session : sessions_) {
    for (FakeChannel& channel : session->channels) {
      while (auto call = channel.next()) {
        worked = true;
        if (const auto reply = handler_(*call)) {
          channel.answer(*call, *reply);
        } else {
          held_.push_back({session.get(), *std::move(call)});
        }
      }
    }
  }
  return worked;
}

void FakeEngine::wait_for_events() {
  bool has_work = false;
  for (const auto& session : sessions_) {
    for (FakeChannel& channel : session->channels) {
      channel.park();
      has_work = has_work || channel.has_next_after_announcing();
    }
  }
  std::vector<pollfd> events{{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
  for (const auto& session : sessions_) {
    events.push_back({session->socket.get(), POLLIN, 0});
    events.push_back({session->doorbell.get(), POLLIN, 0});
  }
  if (!has_work) {
    parked_.store(true, std::memory_order_seq_cst);
    poll(events.data(), events.size(), -1);
    parked_.store(false, std::memory_order_seq_cst);
  }
  for (const auto& session : sessions_) {
    std::uint64_t rung = 0;
    if (session->doorbell) [[maybe_unused]]
      const auto drained = read(session->doorbell.get(), &rung, sizeof rung);
    for (FakeChannel& channel : session->channels) channel.unpark();
  }
  std::uint64_t woken = 0;
  [[maybe_unused]] const auto drained = read(wake_.get(), &woken, sizeof woken);
  for (std::size_t i = sessions_.size(); i-- > 0;) {
    if (has_work || events[2 + 2 * i].revents == 0) continue;
    Session* const session = sessions_[i].get();
    if (serve_socket(*session)) continue;
    std::erase_if(held_, [session](const HeldCall& held) { return held.session == session; });
    sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!has_work && events[1].revents != 0) accept_client();
}

void FakeEngine::accept_client() {
  auto session = std::make_unique<Session>();
  session->socket.reset(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (session->socket) sessions_.push_back(std::move(session));
}

bool FakeEngine::serve_socket(Session& session) {
  std::vector<std::byte> packet(wire::kDeclareBytesMax + 1);
  const ssize_t size = recv(session.socket.get(), packet.data(), packet.size(), MSG_DONTWAIT);
  if (size <= 0) return size < 0 && errno == EAGAIN;
  packet.resize(static_cast<std::size_t>(size));
  wire::MessageHeader header{};
  std::memcpy(&header, packet.data(), sizeof header);
  if (header.kind == static_cast<std::uint32_t>(wire::MessageKind::kHello) && packet.size() == sizeof(wire::Hello)) {
    wire::Hello hello{};
    std::memcpy(&hello, packet.data(), sizeof hello);
    greet(session, hello);
  } else {
    declare(session, packet);
  }
  return true;
}

void FakeEngine::greet(Session& session, const wire::Hello& hello) {
  const wire::SegmentShape shape{hello.channels, hello.in_arena_bytes, hello.out_arena_bytes};
  session.segment_fd = *base::make_sealed_memfd("segment", shape.total_bytes());
  session.page_fd = *base::make_sealed_memfd("page", shape.page_bytes());
  session.doorbell.reset(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  session.segment = map_whole(session.segment_fd, shape.total_bytes());
  session.page = map_whole(session.page_fd, shape.page_bytes());
  *reinterpret_cast<wire::PageHeader*>(session.page.data()) = {wire::kMagic, epoch_};
  for (std::uint32_t c = 0; c < shape.channels; ++c) {
    session.channels.emplace_back(wire::ChannelView::at(session.segment.data(), session.page.data(), shape, c), c);
  }

  Greeting greeting;
  wire::Welcome& w = greeting.welcome;
  w.header = {static_cast<std::uint32_t>(wire::MessageKind::kWelcome), sizeof w};
  w.magic = wire::kMagic;
  w.abi_major = wire::kAbiMajor;
  w.abi_minor = wire::kAbiMinor;
  w.layout_hash = wire::kLayoutHash;
  w.channels = shape.channels;
  w.in_arena_bytes = shape.in_arena_bytes;
  w.out_arena_bytes = shape.out_arena_bytes;
  w.engine_epoch = epoch_;
  w.engine_now_ns = base::monotonic_ns();
  w.directory_bytes = kDirectoryBytes;
  w.rows_max = 512;
  std::strcpy(w.task, "m");
  greeting.descriptors = {session.segment_fd.get(), session.page_fd.get(), directory_fd_.get(), session.doorbell.get()};
  if (bend_) bend_(greeting);

  iovec part{&greeting.welcome, greeting.bytes};
  std::array<char, CMSG_SPACE(sizeof(int) * 16)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!greeting.descriptors.empty()) {
    const std::size_t bytes = greeting.descriptors.size() * sizeof(int);
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(head), greeting.descriptors.data(), bytes);
  }
  sendmsg(session.socket.get(), &message, MSG_NOSIGNAL);
}

void FakeEngine::declare(Session& session, const std::vector<std::byte>& packet) {
  wire::Declare head{};
  std::memcpy(&head, packet.data(), sizeof head);
  wire::SchemaHasher hasher;
  std::size_t at = sizeof head;
  for (std::uint32_t i = 0; i < head.columns; ++i) {
    const auto dtype = static_cast<wire::Dtype>(packet[at]);
    const auto bytes = std::to_integer<std::size_t>(packet[at + 1]);
    hasher.add(dtype, {reinterpret_cast<const char*>(packet.data()) + at + 2, bytes});
    at += 2 + bytes;
  }
  wire::Declared declared{};
  declared.header = {static_cast<std::uint32_t>(wire::MessageKind::kDeclared), sizeof declared};
  declared.schema_hash = hasher.hash();
  if (refuse_schemas_) {
    declared.refusal = static_cast<std::uint32_t>(wire::Refusal::kBadSchema);
    std::strcpy(declared.text, "too many schemas: at most 0");
  } else {
    declared_.push_back(declared.schema_hash);
  }
  send(session.socket.get(), &declared, sizeof declared, MSG_NOSIGNAL);
}

std::uint64_t FakeEngine::write_entry(const FakeVersion& version) {
  wire::VersionEntry entry{};
  std::string text;
  const auto put_text = [&text](const std::string& value, std::uint32_t base) {
    const auto offset = static_cast<std::uint32_t>(base + text.size());
    text += value;
    return offset;
  };
  std::vector<wire::FieldEntry> fields(version.fields.size());
  std::vector<wire::ClassEntry> classes(version.classes.size());
  std::vector<wire::NameEntry> features(version.features.size());
  entry.fields = static_cast<std::uint16_t>(fields.size());
  entry.classes = static_cast<std::uint16_t>(classes.size());
  entry.features = static_cast<std::uint16_t>(features.size());
  entry.values = version.values;
  entry.margins = version.margins;
  entry.model_kind = static_cast<std::uint8_t>(version.kind);
  entry.fields_offset = sizeof entry;
  entry.classes_offset = static_cast<std::uint32_t>(entry.fields_offset + fields.size() * sizeof fields[0]);
  entry.features_offset = static_cast<std::uint32_t>(entry.classes_offset + classes.size() * sizeof classes[0]);
  const auto text_offset = static_cast<std::uint32_t>(entry.features_offset + features.size() * sizeof features[0]);
  wire::SchemaHasher hasher;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FakeField& field = version.fields[i];
    hasher.add(field.dtype, field.name);
    fields[i] = {put_text(field.name, text_offset), static_cast<std::uint16_t>(field.name.size()),
                 static_cast<std::uint8_t>(field.dtype), static_cast<std::uint8_t>(field.required ? 1 : 0)};
  }
  for (std::size_t i = 0; i < classes.size(); ++i) {
    classes[i] = {0, put_text(version.classes[i], text_offset), static_cast<std::uint16_t>(version.classes[i].size()),
                  wire::kClassText, 0};
  }
  for (std::size_t i = 0; i < features.size(); ++i) {
    features[i] = {put_text(version.features[i], text_offset), static_cast<std::uint32_t>(version.features[i].size())};
  }
  entry.schema_hash = hasher.hash();
  entry.name_offset = put_text(version.name, text_offset);
  entry.name_bytes = static_cast<std::uint32_t>(version.name.size());
  entry.bytes = (text_offset + text.size() + 7) / 8 * 8;

  const std::uint64_t offset = directory_end_;
  RINGSIDE_CHECK(offset + entry.bytes <= kDirectoryBytes);
  std::byte* const at = directory_.data() + offset;
  const auto copy = [at](std::uint64_t where, const void* from, std::size_t bytes) {
    if (bytes != 0) std::memcpy(at + where, from, bytes);
  };
  copy(0, &entry, sizeof entry);
  copy(entry.fields_offset, fields.data(), fields.size() * sizeof fields[0]);
  copy(entry.classes_offset, classes.data(), classes.size() * sizeof classes[0]);
  copy(entry.features_offset, features.data(), features.size() * sizeof features[0]);
  copy(text_offset, text.data(), text.size());
  directory_end_ += entry.bytes;
  return offset;
}

std::uint32_t FakeEngine::add_version(const FakeVersion& version, bool make_current) {
  std::uint32_t ordinal = 0;
  do_on_thread([&] {
    ordinal = versions_++;
    auto* header = reinterpret_cast<wire::DirectoryHeader*>(directory_.data());
    header->slots[ordinal].offset.store(write_entry(version), std::memory_order_release);  // [ENTRY]
    if (make_current) header->current.store(ordinal, std::memory_order_relaxed);
  });
  return ordinal;
}

void FakeEngine::answer_with(Handler handler) {
  do_on_thread([&] { handler_ = std::move(handler); });
}
void FakeEngine::bend_greeting(std::function<void(Greeting&)> bend) {
  do_on_thread([&] { bend_ = std::move(bend); });
}
void FakeEngine::refuse_schemas(bool refuse) {
  do_on_thread([&] { refuse_schemas_ = refuse; });
}

void FakeEngine::answer_held(const std::function<FakeReply(const SeenCall&)>& reply, bool newest_first) {
  do_on_thread([&] {
    if (newest_first) std::reverse(held_.begin(), held_.end());
    for (const HeldCall& held : held_) held.session->channels[held.call.channel].answer(held.call, reply(held.call));
    held_.clear();
  });
}

std::size_t FakeEngine::held() {
  std::size_t count = 0;
  do_on_thread([&] { count = held_.size(); });
  return count;
}

std::size_t FakeEngine::clients() {
  std::size_t count = 0;
  do_on_thread([&] { count = sessions_.size(); });
  return count;
}

std::vector<std::uint64_t> FakeEngine::declared() {
  std::vector<std::uint64_t> list;
  do_on_thread([&] { list = declared_; });
  return list;
}

void FakeEngine::wait_until_parked() {
  while (!parked_.load(std::memory_order_seq_cst)) std::this_thread::yield();
}

}  // namespace ringside::test
