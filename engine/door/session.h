// One connected client process: its socket, its segment, its channels. Made when a Hello is accepted; when the socket closes, the whole of it is
// dropped after a grace period. Nothing in a segment is ever repaired.
//
// Thread safety: owned by the door's thread; workers reach the channels through the roster only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/mapping.h"
#include "client_lib/base/unique_fd.h"
#include "engine/door/client_status.h"
#include "engine/door/fault_guard.h"
#include "engine/ingress/channel.h"
#include "engine/limits/terms.h"
#include "schemas/wire/handshake.h"
#include "schemas/wire/segment.h"

namespace ringside::engine {

// The memory that a client and the engine share, and the channels in it.
class Session {
 public:
  // Makes segment, page and doorbell; seals them. Error: what the system refused.
  static Result<std::unique_ptr<Session>, std::string> make(const wire::SegmentShape& shape, std::uint64_t engine_epoch, std::uint64_t client_id,
                                                            const Peer& peer = {});

  // REQUIRES: a grace period is over and terms() are not held.
  ~Session() { delete terms_.mine(); }

  // On what its client is served from now on (at first: anything goes). The door's thread. The terms before are freed after a grace period,
  // and not while they are held.
  [[nodiscard]] const Terms* set_terms(std::unique_ptr<const Terms> terms) noexcept { return terms_.replace(terms.release()); }
  [[nodiscard]] const Terms& terms() const noexcept { return *terms_.mine(); }

  [[nodiscard]] const wire::SegmentShape& shape() const noexcept { return shape_; }
  [[nodiscard]] std::vector<std::unique_ptr<Channel>>& channels() noexcept { return channels_; }
  // What its channels were answered; any thread.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> ok_and_other_rows() const noexcept;
  [[nodiscard]] bool expelled() const noexcept { return expelled_.load(std::memory_order_relaxed); }
  [[nodiscard]] int segment_fd() const noexcept { return segment_fd_.get(); }
  [[nodiscard]] int page_fd() const noexcept { return page_fd_.get(); }
  [[nodiscard]] int doorbell() const noexcept { return doorbell_.get(); }

 private:
  Session() = default;

  wire::SegmentShape shape_;
  base::UniqueFd segment_fd_, page_fd_, doorbell_;
  base::Mapping segment_, page_;
  std::atomic<bool> expelled_{false};
  std::optional<FaultGuard> guard_;  // of segment_; goes before it
  Peer peer_;
  Published<Terms> terms_{new Terms};
  std::vector<std::unique_ptr<Channel>> channels_;
};

}  // namespace ringside::engine
