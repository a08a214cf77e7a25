// The door: accepts clients on data.sock, checks who they are, makes their segments, and notices their death. One thread; it never waits for a
// peer (sockets are non-blocking, and a peer that sends no Hello in time is shown out).
//
//   accept → SO_PEERCRED → Hello → Session (segment, page, doorbell) → roster → Welcome + descriptors → Declare … → hang-up → drop
//
// The door knows neither bundles nor the traffic table: client schemas go through the SchemaBook that engine.cc hands it.
//
// Thread safety: start() and stop() from one thread; clients() from any.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"
#include "engine/door/access_list.h"
#include "engine/door/client_status.h"
#include "engine/door/messages.h"
#include "engine/door/session.h"
#include "engine/epoch/reclaimer.h"
#include "engine/ingress/roster.h"
#include "engine/limits/limit_book.h"

namespace ringside::engine {

// Where declared schemas are kept. add() must be quick: it runs on the door's thread.
struct SchemaBook {
  std::function<Result<Done, std::string>(ClientSchema)> add;
  std::function<void(std::uint64_t hash)> drop;
};

class Door {
 public:
  struct Options {
    std::string socket_path;           // data.sock
    std::string task;
    std::uint64_t engine_epoch = 0;
    AccessList access;
    DoorLimits limits;
    int directory_fd = -1;             // not owned
    std::uint64_t directory_bytes = 0;
    LimitBook* book = nullptr;         // of limits.rules; null: there are none. Outlives the door
    std::chrono::milliseconds hello_within{2'000};  // a peer that connected must say Hello in this time
  };

  Door(Options options, Roster& roster, Reclaimer& reclaimer, SchemaBook schemas);
  ~Door();

  // Binds the socket (0660, so that its group decides who gets that far; 0666 where the access list names others, which then decides
  // alone; a stale one is replaced, a live engine's is not) and starts the thread.
  Result<Done, std::string> start();
  // Shows everyone out. REQUIRES for the memory to go: workers still pass, or have stopped.
  void stop();

  // Any thread, worker included: look for expelled peers. One write to an eventfd.
  void knock() noexcept;

  [[nodiscard]] std::vector<ClientStatus> clients() const;

  // Who may come in from now on, and how many; who is in stays. Any thread, after start().
  void admit_by(const AccessList& access, std::uint32_t clients_max);
  // The book of limits has changed: who is in is served on new terms, soon. Any thread, after start().
  void take_new_limits() noexcept;

 private:
  struct Guest {
    base::UniqueFd socket;
    base::UniqueFd process;                // its death: a forked child may hold the socket open behind it. None: the system cannot say
    ClientStatus status;
    std::chrono::steady_clock::time_point arrived;
    std::optional<RefusedMessage> refused; // known at arrival; said in answer to its Hello
    std::unique_ptr<Session> session;      // null until Hello
    std::vector<std::uint32_t> workers;    // of each channel
    std::vector<std::uint64_t> schemas;    // declared hashes
  };

  void run();
  void accept_some();
  [[nodiscard]] std::optional<RefusedMessage> refuse_at_arrival(const ucred& peer, int socket) const;
  void rest_listener();
  void set_terms(Guest& guest);            // as the book says now
  void set_new_terms();                    // of everybody
  [[nodiscard]] bool watch_process(Guest& guest) const;
  void hear(Guest& guest);                 // one or more packets, or the hang-up
  [[nodiscard]] bool hear_packet(Guest& guest, std::span<const std::byte> packet);
  [[nodiscard]] bool admit(Guest& guest, std::span<const std::byte> packet);
  [[nodiscard]] bool declare(Guest& guest, std::span<const std::byte> packet);
  void show_out(std::uint64_t id);
  void forget(std::uint64_t id);           // takes it out of status_
  void show_out_late_and_expelled();
  [[nodiscard]] bool seat(Guest& guest);
  void publish_rosters();

  Options options_;
  Roster& roster_;
  Reclaimer& reclaimer_;
  SchemaBook schemas_;
  base::UniqueFd listener_, epoll_, knock_;
  std::map<std::uint64_t, std::unique_ptr<Guest>> guests_;  // by id; the door's thread only
  std::vector<std::uint64_t> leaving_;
  bool listener_rests_ = false;                             // no descriptor was left for a new peer
  std::uint64_t next_id_ = kFirstId;
  std::uint32_t next_worker_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> new_limits_{false};
  mutable std::mutex status_mutex_;  // also of options_.access and options_.limits.clients_max
  struct Seen {
    ClientStatus status;    // a copy for clients(), but for the rows of its session
    const Session* session;  // lives while this entry does
    [[nodiscard]] ClientStatus with_rows() const;
  };
  std::map<std::uint64_t, Seen> status_;
  std::vector<std::byte> packet_;
  std::thread thread_;

  static constexpr std::uint64_t kListenerId = 0, kKnockId = 1, kFirstId = 2;
  static constexpr std::uint64_t kProcessBit = std::uint64_t{1} << 63;  // beside a guest's id: its process, not its socket
};

}  // namespace ringside::engine
