// The engine's half of a channel: where the next request will stand, and which response slots are owed an answer. All state is private; the
// shared side is only looked at through schemas/wire/protocol.h and copied by decode.
//
//   requests  … t-1 │ t │ t+1 …        posted(): does entry t & 63 say t + 1?
//                     ▲ next_ticket_ (private: the peer cannot move it)
//
// Thread safety: one worker owns a channel while it is in that worker's ChannelSet; expelled() may be read by the door.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "engine/counters/counters.h"
#include "engine/epoch/published.h"
#include "engine/limits/terms.h"
#include "schemas/wire/access.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/protocol.h"
#include "schemas/wire/segment.h"

namespace ringside::engine {

// Who is at the other end: user and process by the kernel's word, the name by its own.
struct Peer {
  std::uint32_t uid = 0, pid = 0;
  std::array<char, 64> name{};
  std::uint8_t name_bytes = 0;
};

class Channel {
 public:
  // `expelled`, `peer` and `terms` belong to the session and outlive the channel.
  Channel(const wire::ChannelView& view, std::uint64_t client_id, std::atomic<bool>& expelled, const Peer& peer,
          const Published<Terms>& terms) noexcept
      : view_(view), client_id_(client_id), expelled_(&expelled), peer_(&peer), terms_(&terms) {}
  Channel(const Channel&) = delete;  // workers hold its address
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] const wire::ChannelView& view() const noexcept { return view_; }
  // Never used again for another session: with it, an address that was freed and given to another channel is told apart.
  [[nodiscard]] std::uint64_t client_id() const noexcept { return client_id_; }
  [[nodiscard]] const Peer& peer() const noexcept { return *peer_; }

  // On what its client is served. Valid until the worker's next quiet(), or longer while they are held.
  [[nodiscard]] const Terms& terms() const noexcept { return terms_->read(); }

  // Is there a request that was not taken yet?
  [[nodiscard]] bool posted() const noexcept { return wire::seq_is(entry().seq, next_ticket_); }
  // The same after announcing that the worker will sleep [DOORBELL].
  [[nodiscard]] bool posted_after_announcing() const noexcept { return wire::seq_is_after_announcing(entry().seq, next_ticket_); }

  [[nodiscard]] const wire::RequestEntry& entry() const noexcept { return view_.requests[next_ticket_ & (wire::kRingEntries - 1)]; }
  [[nodiscard]] std::uint64_t next_ticket() const noexcept { return next_ticket_; }

  // How many rows the posted request says it has: a hint for its turn, as the peer may change it until it is copied.
  [[nodiscard]] std::uint32_t posted_rows() const noexcept {
    std::uint16_t rows = 0;
    wire::DirectAccess::copy(&rows, &entry().geometry.rows, sizeof rows);
    return rows;
  }
  // What this channel has had of its worker: worker/fair_turns.h.
  [[nodiscard]] std::uint64_t& had() noexcept { return had_; }

  // Where queues have a limit of age: when each request that waits was seen first, in ticks of `now`. As many as came since the last look.
  void look_ahead(std::uint64_t now) noexcept {
    if (seen_ < next_ticket_) seen_ = next_ticket_;
    while (seen_ - next_ticket_ < wire::kRingEntries && wire::seq_is(view_.requests[seen_ & (wire::kRingEntries - 1)].seq, seen_)) {
      seen_at_[seen_++ & (wire::kRingEntries - 1)] = now;
    }
  }
  // Of the posted request; `now` where nobody looked ahead.
  [[nodiscard]] std::uint64_t seen_at(std::uint64_t now) const noexcept {
    return seen_ > next_ticket_ ? seen_at_[next_ticket_ & (wire::kRingEntries - 1)] : now;
  }

  // Takes the posted request: its slot is owed an answer until give_back. False: the slot is busy or out of range, which is a lie.
  [[nodiscard]] bool take(std::uint16_t slot) noexcept {
    if (slot >= wire::kRingEntries || (owed_ >> slot & 1) != 0) return false;
    owed_ |= std::uint64_t{1} << slot;
    ++next_ticket_;
    return true;
  }
  // REQUIRES: take(slot) was true and it was not given back since.
  void give_back(std::uint16_t slot) noexcept { owed_ &= ~(std::uint64_t{1} << slot); }

  [[nodiscard]] wire::ResponseSlot& response(std::uint16_t slot) const noexcept { return view_.responses[slot]; }

  // [DOORBELL] The worker says that it will sleep / is awake.
  void announce_park() noexcept { wire::announce_sleep(view_.parked->parked); }
  void announce_awake() noexcept { wire::announce_awake(view_.parked->parked); }

  // What was answered here; its worker writes, anyone reads.
  [[nodiscard]] ChannelCounters& counters() noexcept { return counters_; }
  [[nodiscard]] const ChannelCounters& counters() const noexcept { return counters_; }

  // A peer that lied: its session ends. relaxed: the door is woken by a descriptor, which orders it.
  void expel() noexcept { expelled_->store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool expelled() const noexcept { return expelled_->load(std::memory_order_relaxed); }

 private:
  wire::ChannelView view_;
  std::uint64_t client_id_;
  std::atomic<bool>* expelled_;
  const Peer* peer_;
  const Published<Terms>* terms_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t owed_ = 0;  // bit s: slot s; kRingEntries is 64
  std::uint64_t had_ = 0;
  std::uint64_t seen_ = 0;  // tickets before it were seen
  std::array<std::uint64_t, wire::kRingEntries> seen_at_{};  // by ticket; of those that were
  ChannelCounters counters_;  // beside what its worker writes anyway
};

static_assert(wire::kRingEntries == 64, "owed_ is one 64-bit word");

}  // namespace ringside::engine
