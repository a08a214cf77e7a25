#include "engine/door/fault_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ringside::engine {
namespace {

// Read by the signal's handler, so it is plain words that are always there. `begin` is stored last and cleared first: 0 is a free place.
struct Guarded {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::atomic<bool>*> expelled{nullptr};
};
std::array<Guarded, 4'096> guarded;  // kPlaces
std::atomic<std::uint64_t> fault_count{0};
std::atomic<int> bell{-1};

// A mapping is guarded until no worker can touch it, so its place does not change under a fault in it.
void on_fault(int signal, siginfo_t* fault, void*) {
  const int kept_errno = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(fault->si_addr);
  for (Guarded& place : guarded) {
    const std::uintptr_t begin = place.begin.load(std::memory_order_acquire);  // with what was stored before it
    const std::size_t bytes = place.bytes.load(std::memory_order_relaxed);
    if (begin <= 1 || address < begin || address - begin >= bytes) continue;
    if (mmap(reinterpret_cast<void*>(begin), bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED)
      break;
    place.expelled.load(std::memory_order_relaxed)
        ->store(true, std::memory_order_relaxed);  // relaxed: the bell orders it, as for a lie
    fault_count.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(bell.load(std::memory_order_relaxed), &one, sizeof one);
    errno = kept_errno;
    return;
  }
  // Not ours: the instruction faults again, and nobody catches it.
  struct sigaction fatal {};
  fatal.sa_handler = SIG_DFL;
  sigaction(signal, &fatal, nullptr);
  errno = kept_errno;
}

}  // namespace

void FaultGuard::install(int doorbell) noexcept {
  bell.store(doorbell, std::memory_order_relaxed);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

std::uint64_t FaultGuard::faults() noexcept { return fault_count.load(std::memory_order_relaxed); }

FaultGuard::FaultGuard(const base::Mapping& mapping, std::atomic<bool>& expelled) noexcept {
  for (std::size_t at = 0; at < guarded.size() && place_ == kPlaces; ++at) {
    std::uintptr_t free = 0;
    if (!guarded[at].begin.compare_exchange_strong(free, 1)) continue;  // 1: taken, and no address yet
    guarded[at].bytes.store(mapping.size(), std::memory_order_relaxed);
    guarded[at].expelled.store(&expelled, std::memory_order_relaxed);
    guarded[at].begin.store(reinterpret_cast<std::uintptr_t>(mapping.data()), std::memory_order_release);  // on_fault's acquire
    place_ = at;
  }
}

FaultGuard::~FaultGuard() {
  if (place_ != kPlaces) guarded[place_].begin.store(0, std::memory_order_release);
}

}  // namespace ringside::engine
