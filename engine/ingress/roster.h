// Which channels a worker polls, and how it is roused. The door changes the roster; workers read it once a pass.
//
//   door:   set_channels(worker, channels)  ──▶  worker: seating()           [PUBLISH], [ONLINE]: epoch/published.h
//   door:   add_doorbell(worker, fd)        ──▶  worker: epoll of doorbells
//   anyone: rouse(worker)                   ──▶  worker wakes and looks again
//
// Doorbells are edge-triggered and never read: each write to an eventfd is a new edge even while its counter is not zero, so a ring costs the
// worker no system call of its own, and two workers that share one client's doorbell cannot take each other's edge.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "client_lib/base/unique_fd.h"
#include "engine/epoch/published.h"
#include "engine/epoch/reclaimer.h"
#include "engine/ingress/channel.h"

namespace ringside::engine {

using ChannelSet = std::vector<Channel*>;

// A set as it was published. `number` differs for every publication to a worker; an address may come back, a number does not.
struct Seating {
  std::uint64_t number = 0;
  ChannelSet channels;
};

class Roster {
 public:
  // REQUIRES: workers >= 1. Aborts when the kernel has no descriptor left for an epoll set at start.
  Roster(std::uint32_t workers, Reclaimer& reclaimer);
  // REQUIRES: workers have stopped.
  ~Roster();

  [[nodiscard]] std::uint32_t workers() const noexcept { return static_cast<std::uint32_t>(seats_.size()); }

  // Worker. The set stays valid until the worker's next quiet().
  [[nodiscard]] const Seating& seating(std::uint32_t worker) const noexcept {
    return seats_[worker]->seating.read();
  }
  [[nodiscard]] int epoll_fd(std::uint32_t worker) const noexcept { return seats_[worker]->epoll.get(); }

  // Door. Publishes a new set; the old one is freed after a grace period. The channels that left it may be freed after a grace period that
  // begins later.
  void set_channels(std::uint32_t worker, ChannelSet channels);
  [[nodiscard]] bool add_doorbell(std::uint32_t worker, int doorbell) noexcept;
  void remove_doorbell(std::uint32_t worker, int doorbell) noexcept;

  // Any thread.
  void rouse(std::uint32_t worker) const noexcept;

 private:
  struct Seat {
    Published<Seating> seating{new Seating};
    base::UniqueFd epoll;
    base::UniqueFd nudge;
  };
  std::vector<std::unique_ptr<Seat>> seats_;
  Reclaimer& reclaimer_;
  std::uint64_t last_number_ = 0;  // the door's
};

}  // namespace ringside::engine
