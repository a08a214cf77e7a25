// One connection to one run of an engine: the socket, what was mapped, and a lane a channel. When the engine dies it is only ever
// replaced, never repaired.
//
// Thread safety: immutable but for the dead flag (any thread) and the lanes (one thread each, handed over under ClientCore's
// lock).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <ringside/client.h>

#include "client_lib/base/mapping.h"
#include "client_lib/base/unique_fd.h"
#include "client_lib/channel/channel_end.h"
#include "client_lib/connect/handshake.h"
#include "client_lib/directory.h"
#include "client_lib/rows/schema_state.h"

namespace ringside {

// What one channel keeps for as long as its connection lasts: its ring's ticket goes on even if channels are closed and opened
// again.
struct Lane {
  explicit Lane(const wire::ChannelView& view) : end(view) {}
  ChannelEnd<> end;
  VersionCache versions;
  std::uint64_t last_answer_ns = 0;  // the engine was there then
};

class Connection {
 public:
  // Connects, greets, checks and maps. `generation` tells connections of one client apart.
  static Result<std::shared_ptr<Connection>, ConnectError> open(const std::string& path, const ClientOptions& options,
                                                                std::uint32_t generation, std::uint64_t until_ns);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  [[nodiscard]] const Grant& grant() const noexcept { return grant_; }
  [[nodiscard]] Directory& directory() noexcept { return directory_; }
  // REQUIRES: channel < grant().shape.channels.
  [[nodiscard]] Lane& lane(std::uint32_t channel) noexcept { return lanes_[channel]; }

  // relaxed: a hint; whoever sees it late finds the socket closed.
  [[nodiscard]] bool is_dead() const noexcept { return dead_.load(std::memory_order_relaxed); }
  void mark_dead() noexcept { dead_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool is_forked() const noexcept;

  // Wakes the engine's worker: one system call.
  void ring_doorbell() noexcept;

  // Declares a schema and waits for the verdict. Control calls are made one at a time (ClientCore's lock). A connection that does
  // not answer in time is marked dead: a late answer would be taken for the next one's.
  Result<Done, SchemaError> declare(const detail::SchemaState& schema, std::uint64_t until_ns);

 private:
  Connection(std::uint32_t generation, base::UniqueFd socket, Grant grant, base::Mapping segment, base::Mapping page,
             base::Mapping directory);

  std::uint32_t generation_;
  std::uint32_t fork_generation_;
  base::UniqueFd socket_;
  Grant grant_;
  base::Mapping segment_, page_;
  Directory directory_;
  std::deque<Lane> lanes_;  // not movable: a ring has one owner
  std::atomic<bool> dead_{false};
};

}  // namespace ringside
