// What other ways of crossing to a process and back cost: the references of `transport`. Each has a server forked and pinned like the
// engine's worker, takes one row of `floats` float32 and answers with one float32.
//
//   raw two-line           a sequence in one cache line, answered by a sequence in another: nothing can be quicker between these two cores
//   unix socket echo       SOCK_STREAM, blocking send and recv
//   boost message_queue    a pair of Boost.Interprocess queues
//   two spsc rings         a pair of boost::lockfree::spsc_queue, polled by both
//
// The servers compute nothing, so there is no answer to compare.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "bench/server_process.h"
#include "bench/shared_region.h"
#include "bench/side.h"

namespace ringside::bench {

inline constexpr std::size_t kEchoFloatsMax = 16;

class EchoSide : public Side {
 public:
  void begin_slice() final { server_->resume(); }
  void end_slice() final { server_->pause(); }
  void stage(std::size_t row) final { row_ = row; }
  [[nodiscard]] std::span<const float> answer() const final { return {}; }

 protected:
  void serve(const std::function<void()>& body) { server_ = std::make_unique<ServerProcess>(ServerProcess::fork_into(body)); }
  std::size_t row_ = 0;

 private:
  std::unique_ptr<ServerProcess> server_;
};

[[nodiscard]] std::unique_ptr<Side> raw_two_lines();
[[nodiscard]] std::unique_ptr<Side> unix_socket_echo(std::size_t floats);
[[nodiscard]] std::unique_ptr<Side> message_queue_echo(std::size_t floats);
[[nodiscard]] std::unique_ptr<Side> spsc_rings_echo(std::size_t floats);

}  // namespace ringside::bench
