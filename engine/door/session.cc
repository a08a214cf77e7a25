#include "engine/door/session.h"

#include <sys/eventfd.h>

#include <new>

#include "client_lib/base/sealed_memfd.h"

namespace ringside::engine {

Result<std::unique_ptr<Session>, std::string> Session::make(const wire::SegmentShape& shape, std::uint64_t engine_epoch, std::uint64_t client_id,
                                                            const Peer& peer) {
  std::unique_ptr<Session> session(new Session);
  session->shape_ = shape;
  session->peer_ = peer;
  auto segment_fd = base::make_sealed_memfd("ringside-segment", shape.total_bytes());
  if (!segment_fd) return fail(segment_fd.error());
  auto page_fd = base::make_sealed_memfd("ringside-page", shape.page_bytes());
  if (!page_fd) return fail(page_fd.error());
  auto segment = base::Mapping::map(segment_fd->get(), shape.total_bytes(), base::Access::kReadWrite);
  if (!segment) return fail(segment.error());
  auto page = base::Mapping::map(page_fd->get(), shape.page_bytes(), base::Access::kReadWrite);
  if (!page) return fail(page.error());
  base::UniqueFd doorbell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!doorbell) return fail(base::system_error_text("eventfd"));
  if (!base::seal_seals(*segment_fd) || !base::seal_against_writers(*page_fd)) return fail(base::system_error_text("cannot seal a segment"));

  // A fresh memfd is zero, which is the starting state of every word; only the headers say more.
  new (segment->data()) wire::SegmentHeader{.magic = wire::kMagic,
                                            .engine_epoch = engine_epoch,
                                            .total_bytes = shape.total_bytes(),
                                            .in_arena_bytes = shape.in_arena_bytes,
                                            .out_arena_bytes = shape.out_arena_bytes,
                                            .layout_hash = wire::kLayoutHash,
                                            .channels = shape.channels};
  new (page->data()) wire::PageHeader{.magic = wire::kMagic, .engine_epoch = engine_epoch};
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    const auto view = wire::ChannelView::at(segment->data(), page->data(), shape, channel);
    session->channels_.push_back(std::make_unique<Channel>(view, client_id, session->expelled_, session->peer_, session->terms_));
  }
  session->segment_fd_ = std::move(*segment_fd);
  session->page_fd_ = std::move(*page_fd);
  session->segment_ = std::move(*segment);
  session->page_ = std::move(*page);
  session->guard_.emplace(session->segment_, session->expelled_);
  session->doorbell_ = std::move(doorbell);
  return session;
}

std::pair<std::uint64_t, std::uint64_t> Session::ok_and_other_rows() const noexcept {
  std::pair<std::uint64_t, std::uint64_t> rows{0, 0};
  for (const auto& channel : channels_) {
    rows.first += channel->counters().ok_rows.value();
    rows.second += channel->counters().other_rows.value();
  }
  return rows;
}

}  // namespace ringside::engine
