#include "engine/ingress/roster.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

bool watch(int epoll, int fd) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Roster::Roster(std::uint32_t workers, Reclaimer& reclaimer) : reclaimer_(reclaimer) {
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    auto seat = std::make_unique<Seat>();
    seat->epoll = base::UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    seat->nudge = base::UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    RINGSIDE_CHECK(seat->epoll && seat->nudge && watch(seat->epoll.get(), seat->nudge.get()));
    seats_.push_back(std::move(seat));
  }
}

Roster::~Roster() {
  for (const auto& seat : seats_) delete seat->seating.mine();
}

void Roster::set_channels(std::uint32_t worker, ChannelSet channels) {
  const auto* fresh = new Seating{++last_number_, std::move(channels)};
  const Seating* old = seats_[worker]->seating.replace(fresh);
  reclaimer_.retire([old] { delete old; });
  rouse(worker);
}

bool Roster::add_doorbell(std::uint32_t worker, int doorbell) noexcept { return watch(seats_[worker]->epoll.get(), doorbell); }

void Roster::remove_doorbell(std::uint32_t worker, int doorbell) noexcept {
  epoll_ctl(seats_[worker]->epoll.get(), EPOLL_CTL_DEL, doorbell, nullptr);  // the client holds a copy: closing ours would not remove it
}

void Roster::rouse(std::uint32_t worker) const noexcept {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the worker has been roused 2^64 times over.
  [[maybe_unused]] const auto written = ::write(seats_[worker]->nudge.get(), &one, sizeof one);
}

}  // namespace ringside::engine
