// How often one worker holds an object beyond its pass: it is not freed meanwhile, however many grace periods pass.
//
//   worker:     pins.add(1) while the grace period still protects the object, … many passes …, pins.add(-1)
//   reclaimer:  after the grace period, when no new pin can appear: free unless pins.held()
//
//   [PIN] add: store(release) ▶ held: load(acquire): the worker's last use happens before the free. That a pin taken before quiet() is seen
//         after passed() is [QUIET]'s doing.
//
// Thread safety: add() by its one worker; held() by any thread. Cost: a load and a store, no locked instruction.
#pragma once

#include <cstdint>

#include "schemas/wire/atomics.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

template <class P = wire::StdAtomics>
class alignas(wire::kPairBytes) PinCountOf {
 public:
  void add(std::int64_t amount) noexcept {
    const std::int64_t own =
        P::template load<wire::Order::kRelaxed, wire::Step::kReadOwnPins>(count_);         // relaxed: our own last store
    P::template store<wire::Order::kRelease, wire::Step::kSetPins>(count_, own + amount);  // [PIN]
  }
  [[nodiscard]] bool held() const noexcept { return P::template load<wire::Order::kAcquire, wire::Step::kAskPins>(count_) != 0; }

 private:
  typename P::Count count_{0};
};

using PinCount = PinCountOf<>;

}  // namespace ringside::engine
