#include "engine/door/door.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

#include "client_lib/base/clock.h"
#include "client_lib/base/sealed_memfd.h"

namespace ringside::engine {
namespace {

Peer peer_of(const ClientStatus& client) {
  Peer peer{.uid = client.uid, .pid = static_cast<std::uint32_t>(client.pid), .name = {}, .name_bytes = 0};
  peer.name_bytes = static_cast<std::uint8_t>(client.name.copy(peer.name.data(), peer.name.size()));
  return peer;
}

constexpr int kTickMs = 100;        // while somebody owes a Hello, or the listener rests
constexpr int kAcceptsATurn = 64;   // then everybody else is heard
constexpr int kPacketsATurn = 16;   // of one peer; level-triggered, so the rest is not forgotten
constexpr std::size_t kStrangersMax = 64;  // refused peers that may wait for their answer, beside clients_max

Result<sockaddr_un, std::string> socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail("socket path is " + std::to_string(path.size()) + " bytes, the system allows " + std::to_string(sizeof address.sun_path - 1) +
                ": choose a shorter --run-dir: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Removes the socket of an engine that was killed. Error: somebody listens there, or it is something else, which is left alone.
Result<Done, std::string> clear_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return Done{};  // nothing there, or bind will say why
  if (!S_ISSOCK(found.st_mode)) return fail(path + " exists and is not a socket: move it away");
  // Non-blocking: an engine that accepts nobody, its backlog full, is an engine.
  const base::UniqueFd probe(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return fail(base::system_error_text("socket"));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN) {
    return fail("another engine already serves " + path);
  }
  if (errno != ECONNREFUSED) return fail(base::system_error_text("cannot tell whether somebody serves " + path));
  ::unlink(path.c_str());
  return Done{};
}

// Of the peer, beside its group. None when the kernel does not say.
std::vector<gid_t> supplementary_groups(int socket) {
  std::vector<gid_t> groups(64);
  while (true) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
      groups.resize(bytes / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE || bytes <= groups.size() * sizeof(gid_t)) return {};
    groups.resize(bytes / sizeof(gid_t));
  }
}

bool watch(int epoll, int fd, std::uint64_t id) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.u64 = id;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

// One packet, with descriptors. A peer whose buffer is full reads nothing and is treated as gone.
bool send_packet(int socket, const void* bytes, std::size_t size, std::span<const int> fds = {}) noexcept {
  iovec part{const_cast<void*>(bytes), size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * wire::kWelcomeFds)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(size);
}

}  // namespace

Door::Door(Options options, Roster& roster, Reclaimer& reclaimer, SchemaBook schemas)
    : options_(std::move(options)), roster_(roster), reclaimer_(reclaimer), schemas_(std::move(schemas)), packet_(wire::kDeclareBytesMax + 1) {}

Door::~Door() { stop(); }

Result<Done, std::string> Door::start() {
  const auto address = socket_address(options_.socket_path);
  if (!address) return fail(address.error());
  if (const auto cleared = clear_stale(options_.socket_path, *address); !cleared) return fail(cleared.error());
  listener_ = base::UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_) return fail(base::system_error_text("socket"));
  const mode_t mask = umask(options_.access.names_others() ? 0111 : 0117);  // the socket is born so
  const int bound = bind(listener_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  umask(mask);
  if (bound != 0) return fail(base::system_error_text("cannot bind " + options_.socket_path));
  if (listen(listener_.get(), 128) != 0) return fail(base::system_error_text("cannot listen on " + options_.socket_path));
  epoll_ = base::UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  knock_ = base::UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_ || !knock_ || !watch(epoll_.get(), listener_.get(), kListenerId) || !watch(epoll_.get(), knock_.get(), kKnockId)) {
    return fail(base::system_error_text("epoll"));
  }
  FaultGuard::install(knock_.get());
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-door");
  return Done{};
}

void Door::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_relaxed);  // relaxed: the knock orders it
  knock();
  thread_.join();
  FaultGuard::install(-1);  // nobody hears the bell any more
  ::unlink(options_.socket_path.c_str());
  listener_.reset();  // who waits in the backlog learns it now
}

void Door::knock() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(knock_.get(), &one, sizeof one);  // full: it was knocked already
}

std::vector<ClientStatus> Door::clients() const {
  const std::lock_guard lock(status_mutex_);
  std::vector<ClientStatus> all;
  for (const auto& [id, seen] : status_) all.push_back(seen.with_rows());
  return all;
}

ClientStatus Door::Seen::with_rows() const {
  ClientStatus counted = status;
  const auto [ok, other] = session->ok_and_other_rows();
  counted.ok_rows += ok;
  counted.other_rows += other;
  return counted;
}

void Door::admit_by(const AccessList& access, std::uint32_t clients_max) {
  const std::lock_guard lock(status_mutex_);
  options_.access = access;
  options_.limits.clients_max = clients_max;
  ::chmod(options_.socket_path.c_str(), access.names_others() ? 0666 : 0660);  // as start() did
}

void Door::run() {
  std::array<epoll_event, 64> events;
  while (!stopping_.load(std::memory_order_relaxed)) {
    // Only guests that owe a Hello have a time limit; without one, an idle door sleeps for good.
    const bool someone_owes = std::ranges::any_of(guests_, [](const auto& guest) { return guest.second->session == nullptr; });
    const bool ticks = someone_owes || listener_rests_;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), ticks ? kTickMs : -1);
    if (listener_rests_ && watch(epoll_.get(), listener_.get(), kListenerId)) listener_rests_ = false;
    for (int i = 0; i < count; ++i) {
      const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == kListenerId) {
        accept_some();
      } else if (id == kKnockId) {
        std::uint64_t knocks = 0;
        [[maybe_unused]] const auto got = ::read(knock_.get(), &knocks, sizeof knocks);
      } else if ((id & kProcessBit) != 0) {
        leaving_.push_back(id & ~kProcessBit);
      } else if (const auto guest = guests_.find(id); guest != guests_.end()) {
        // Memory may run out while a guest is seated or a schema noted: that guest leaves, the door stays.
        try {
          hear(*guest->second);
        } catch (const std::exception&) {
          leaving_.push_back(id);
        }
      }
    }
    if (new_limits_.exchange(false, std::memory_order_relaxed)) set_new_terms();
    show_out_late_and_expelled();
  }
  for (const auto& [id, guest] : guests_) leaving_.push_back(id);
  show_out_late_and_expelled();
}

void Door::accept_some() {
  for (int i = 0; i < kAcceptsATurn; ++i) {
    base::UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      // Without a descriptor or memory the peer stays in the backlog, and the listener stays readable: looking again at once would spin.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) rest_listener();
      return;
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) continue;
    auto guest = std::make_unique<Guest>();
    guest->refused = refuse_at_arrival(peer, socket.get());
    const auto strangers = std::ranges::count_if(guests_, [](const auto& other) { return other.second->refused.has_value(); });
    if (guest->refused && static_cast<std::size_t>(strangers) >= kStrangersMax) continue;
    const std::uint64_t id = next_id_++;
    guest->status = {.id = id, .name = {}, .uid = peer.uid, .gid = peer.gid, .pid = peer.pid, .channels = 0, .segment_bytes = 0, .schemas = {}};
    guest->arrived = std::chrono::steady_clock::now();
    guest->socket = std::move(socket);
    if (watch(epoll_.get(), guest->socket.get(), id)) guests_.emplace(id, std::move(guest));
  }
}

// Not said at once: closing a socket with an unread Hello in it resets the connection, and the peer would never read why.
std::optional<RefusedMessage> Door::refuse_at_arrival(const ucred& peer, int socket) const {
  const std::lock_guard lock(status_mutex_);
  if (!options_.access.allows(peer.uid, peer.gid, supplementary_groups(socket))) {
    return RefusedMessage{wire::Refusal::kNotAllowed, "uid " + std::to_string(peer.uid) + " gid " + std::to_string(peer.gid) +
                                                          " may not connect: add it to access.data.users or access.data.groups"};
  }
  const auto clients = std::ranges::count_if(guests_, [](const auto& other) { return !other.second->refused; });
  if (static_cast<std::size_t>(clients) >= options_.limits.clients_max) {
    return RefusedMessage{wire::Refusal::kTooMany, std::to_string(clients) + " clients are connected, limits.clients_max is reached"};
  }
  return std::nullopt;
}

void Door::rest_listener() {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
  listener_rests_ = true;
}

// False: the process that connected is dead already.
bool Door::watch_process(Guest& guest) const {
  if (guest.status.pid <= 0) return true;  // of a namespace that we cannot see: its socket alone tells
  guest.process = base::UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, guest.status.pid, 0)));
  if (!guest.process) return errno != ESRCH;
  watch(epoll_.get(), guest.process.get(), guest.status.id | kProcessBit);
  return true;
}

void Door::hear(Guest& guest) {
  for (int i = 0; i < kPacketsATurn; ++i) {
    const ssize_t size = recv(guest.socket.get(), packet_.data(), packet_.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0 || !hear_packet(guest, std::span(packet_).first(static_cast<std::size_t>(size)))) {
      leaving_.push_back(guest.status.id);
      return;
    }
  }
}

// False: this guest leaves.
bool Door::hear_packet(Guest& guest, std::span<const std::byte> packet) {
  return guest.session == nullptr ? admit(guest, packet) : declare(guest, packet);
}

bool Door::admit(Guest& guest, std::span<const std::byte> packet) {
  wire::Hello hello{};
  const auto refuse = [&](const RefusedMessage& refused) {
    const wire::Welcome welcome = make_refusal(refused);
    send_packet(guest.socket.get(), &welcome, sizeof welcome);
    return false;
  };
  if (guest.refused) return refuse(*guest.refused);
  const auto shape = read_hello(packet, options_.limits, hello);
  if (!shape) return refuse(shape.error());
  if (!watch_process(guest)) return false;
  guest.status.name = take_text(hello.name);
  auto session = Session::make(*shape, options_.engine_epoch, guest.status.id, peer_of(guest.status));
  if (!session) return refuse({wire::Refusal::kTooMany, session.error()});
  guest.session = std::move(*session);
  set_terms(guest);
  guest.status.channels = shape->channels;
  guest.status.segment_bytes = shape->total_bytes();
  if (!seat(guest)) return refuse({wire::Refusal::kTooMany, "no descriptor is left for another doorbell"});  // polled before it is welcome

  wire::Welcome welcome = make_refusal({wire::Refusal::kNone, {}});
  welcome.channels = shape->channels;
  welcome.in_arena_bytes = shape->in_arena_bytes;
  welcome.out_arena_bytes = shape->out_arena_bytes;
  welcome.engine_epoch = options_.engine_epoch;
  welcome.engine_now_ns = base::monotonic_ns();
  welcome.directory_bytes = options_.directory_bytes;
  welcome.rows_max = std::min(options_.limits.rows_max, guest.session->terms().caps().rows_max);
  put_text(welcome.task, options_.task);
  const std::array<int, wire::kWelcomeFds> fds{guest.session->segment_fd(), guest.session->page_fd(), options_.directory_fd, guest.session->doorbell()};
  return send_packet(guest.socket.get(), &welcome, sizeof welcome, fds);
}

bool Door::declare(Guest& guest, std::span<const std::byte> packet) {
  wire::MessageHeader header{};
  if (packet.size() < sizeof header) return false;
  std::memcpy(&header, packet.data(), sizeof header);
  if (header.kind != static_cast<std::uint32_t>(wire::MessageKind::kDeclare)) return false;
  const auto answer = [&](const wire::Declared& declared) { return send_packet(guest.socket.get(), &declared, sizeof declared); };
  auto schema = read_declare(packet);
  if (!schema) return answer(make_declared(schema.error()));
  const std::uint64_t hash = schema->hash;
  if (std::ranges::find(guest.schemas, hash) != guest.schemas.end()) return answer(make_declared(hash));
  if (guest.schemas.size() >= options_.limits.schemas_max) {
    return answer(make_declared({wire::Refusal::kTooMany, "at most " + std::to_string(options_.limits.schemas_max) + " schemas a connection"}));
  }
  if (const auto added = schemas_.add(std::move(*schema)); !added) return answer(make_declared({wire::Refusal::kBadSchema, added.error()}));
  guest.schemas.push_back(hash);
  {
    const std::lock_guard lock(status_mutex_);
    status_.at(guest.status.id).status.schemas.push_back(hash);
  }
  return answer(make_declared(hash));
}

void Door::show_out_late_and_expelled() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [id, guest] : guests_) {
    const bool late = guest->session == nullptr && now - guest->arrived > options_.hello_within;
    if (late || (guest->session != nullptr && guest->session->expelled())) leaving_.push_back(id);
  }
  for (const std::uint64_t id : leaving_) show_out(id);
  leaving_.clear();
}

// The socket closes at once, which is how the peer learns of it; the memory goes when no worker can still be reading it.
void Door::show_out(std::uint64_t id) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  const std::unique_ptr<Guest> guest = std::move(found->second);
  guests_.erase(found);
  guest->socket.reset();
  for (const std::uint64_t hash : guest->schemas) schemas_.drop(hash);
  if (guest->session == nullptr) return;
  for (const std::uint32_t worker : guest->workers) roster_.remove_doorbell(worker, guest->session->doorbell());
  publish_rosters();
  forget(id);
  // Its terms go with it: not while a worker counts a large call by them, which it drops only when it next looks at its seating.
  const auto session = std::make_shared<std::unique_ptr<Session>>(std::move(guest->session));
  reclaimer_.retire([session] { session->reset(); }, [session] { return !(*session)->terms().held(); });
}

// Its rows stay with those of its name and user that are still there, so that their sum never falls. What a worker answers it after this moment
// is counted for nobody but the whole.
void Door::forget(std::uint64_t id) {
  const std::lock_guard lock(status_mutex_);
  const auto found = status_.find(id);
  if (found == status_.end()) return;
  const ClientStatus gone = found->second.with_rows();
  status_.erase(found);
  const auto heir = std::ranges::find_if(status_, [&](const auto& seen) {
    return seen.second.status.name == gone.name && seen.second.status.uid == gone.uid;
  });
  if (heir == status_.end()) return;
  heir->second.status.ok_rows += gone.ok_rows;
  heir->second.status.other_rows += gone.other_rows;
}

}  // namespace ringside::engine
