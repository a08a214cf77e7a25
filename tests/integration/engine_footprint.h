// What an engine holds of the system, as /proc shows it: what a dead client must have given back.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace ringside::testing {

struct EngineFootprint {
  std::size_t descriptors = 0;
  std::size_t mappings = 0;        // of clients' segments and pages
  std::uint64_t mapped_bytes = 0;  // by them

  bool operator==(const EngineFootprint&) const = default;
};

[[nodiscard]] EngineFootprint footprint_of(pid_t engine);

// Its heap and stacks in memory (RssAnon). Allocators keep some, so this one may only be asked not to grow without end.
[[nodiscard]] std::uint64_t private_bytes_of(pid_t engine);

// Whether all its threads sleep: its worker is parked.
[[nodiscard]] bool is_asleep(pid_t engine);

}  // namespace ringside::testing
