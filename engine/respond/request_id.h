// Request ids for rows that came without one: UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits.
//
// Thread safety: none; one a worker. Cost: one clock read a call, a few nanoseconds a row; no system call. The random bits come from
// xoshiro256++ (Blackman and Vigna, 2019), seeded by the kernel: unique, not secret.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::engine {

using RequestId = std::array<std::byte, 16>;

class RequestIdMaker {
 public:
  RequestIdMaker();                                  // seeds from getrandom
  explicit RequestIdMaker(std::array<std::uint64_t, 4> seed) noexcept : state_(seed) {}

  // Reads the clock for the ids of the next call.
  void start_call() noexcept;
  // What another one read: for a copy that must draw the same ids.
  void take_time_of(const RequestIdMaker& other) noexcept { unix_ms_ = other.unix_ms_; }
  [[nodiscard]] RequestId next() noexcept;

 private:
  std::uint64_t random() noexcept;

  std::array<std::uint64_t, 4> state_;
  std::uint64_t unix_ms_ = 0;
};

}  // namespace ringside::engine
