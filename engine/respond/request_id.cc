#include "engine/respond/request_id.h"

#include <sys/random.h>

#include <bit>
#include <ctime>

#include "client_lib/base/check.h"

namespace ringside::engine {

RequestIdMaker::RequestIdMaker() {
  RINGSIDE_CHECK(getrandom(state_.data(), sizeof state_, 0) == sizeof state_);
  state_[0] |= 1;  // the all-zero state is the generator's only fixed point
}

void RequestIdMaker::start_call() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  unix_ms_ = static_cast<std::uint64_t>(now.tv_sec) * 1'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

RequestId RequestIdMaker::next() noexcept {
  constexpr std::uint64_t kVersion7 = 0x7000, kVariant = 0x8000'0000'0000'0000;
  const std::uint64_t high = unix_ms_ << 16 | kVersion7 | (random() >> 52);
  const std::uint64_t low = kVariant | (random() >> 2);
  RequestId id;
  for (std::size_t i = 0; i < 8; ++i) {
    id[i] = static_cast<std::byte>(high >> (56 - 8 * i));
    id[8 + i] = static_cast<std::byte>(low >> (56 - 8 * i));
  }
  return id;
}

std::uint64_t RequestIdMaker::random() noexcept {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

}  // namespace ringside::engine
