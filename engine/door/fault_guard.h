// What stands between a client's segment that lost its memory and the engine: touching a page that the system cannot give raises SIGBUS, and
// a client can make the engine touch pages anew by punching holes into its own segment.
//
//   FaultGuard::install(doorbell);                  once, at start; replaces the process's SIGBUS handler
//   const FaultGuard guard(segment, expelled);      for as long as the mapping lives
//
// A fault inside a guarded mapping puts private zeros in the mapping's place, says that its peer is expelled, and rings; the load that
// faulted then reads zero, which is as good as anything else that a client may write. Any other SIGBUS ends the process as ever.
//
// Thread safety: any. Cost: nothing where nothing faults.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "client_lib/base/mapping.h"

namespace ringside::engine {

class FaultGuard {
 public:
  // `doorbell`: an eventfd that is written once a fault; it stays open as long as guards live. -1: none. May be called again with another one.
  static void install(int doorbell) noexcept;
  // Mappings that lost their memory so far.
  [[nodiscard]] static std::uint64_t faults() noexcept;

  // `mapping` and `expelled` outlive the guard, but for a mapping that is moved: its pages stay where they are. With no place left in the
  // register (kPlaces) the mapping is unguarded.
  FaultGuard(const base::Mapping& mapping, std::atomic<bool>& expelled) noexcept;
  ~FaultGuard();
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

 private:
  static constexpr std::size_t kPlaces = 4'096;  // limits.clients_max at most
  std::size_t place_ = kPlaces;
};

}  // namespace ringside::engine
