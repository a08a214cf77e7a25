// A session made inside the test's own process: the engine's channels and a client's view of them, on one mapping, so that
// ThreadSanitizer can follow what the two sides do to each other.
//
//   SharedChannels shared(2);            two channels
//   roster.set_channels(0, {&shared.channel(0), &shared.channel(1)});
//   CallClient client(shared.view(0), [&] { shared.ring(); });
#pragma once

#include <unistd.h>

#include <cstdint>
#include <memory>

#include "engine/door/session.h"

namespace ringside::test {

class SharedChannels {
 public:
  explicit SharedChannels(std::uint32_t channels = 1, std::uint64_t client_id = 1,
                          std::uint64_t arena_bytes = wire::kArenaBytesDefault)
      : session_(std::move(*engine::Session::make({channels, arena_bytes, arena_bytes}, 1, client_id))) {}

  [[nodiscard]] engine::Session& session() noexcept { return *session_; }
  [[nodiscard]] engine::Channel& channel(std::uint32_t index) noexcept { return *session_->channels()[index]; }
  [[nodiscard]] const wire::ChannelView& view(std::uint32_t index) noexcept { return channel(index).view(); }
  [[nodiscard]] int doorbell() const noexcept { return session_->doorbell(); }
  [[nodiscard]] bool expelled() const noexcept { return session_->expelled(); }

  void ring() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(doorbell(), &one, sizeof one);
  }

 private:
  std::unique_ptr<engine::Session> session_;
};

}  // namespace ringside::test
