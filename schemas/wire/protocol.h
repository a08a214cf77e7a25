// What the two sides of a channel do to each other's words, both halves of each handshake side by side. See README.md for the pictures.
//
//   [SUBMIT]    client: fill entry, seq.store(ticket+1, seq_cst)      ──▶ engine: seq.load(acquire) == ticket+1, copy entry
//   [COMPLETE]  engine: fill slot, seq.store(ticket+1, seq_cst)       ──▶ client: seq.load(acquire) == ticket+1, copy slot
//   [DOORBELL]  engine: parked.store(1), rescan every seq (seq_cst)   ╳  client: seq.store, parked.load (seq_cst), ring if 1
//   [WAKE]      client: waiting.store(1), recheck seq (seq_cst)       ╳  engine: seq.store, waiting.load (seq_cst), wake if 1
//
// ╳ is store buffering (Dekker): with all four accesses sequentially consistent, at least one side sees the other, so no wake is lost.
// There are no fences: on x86 a seq_cst store is one locked instruction and a seq_cst load is plain; sanitizers understand both.
//
// No cursor is ever read back. A ticket is written into entry ticket % K only when a response slot is free; the client has K - 1 slots,
// so when it posts ticket t, ticket t - K has been answered, hence consumed, and its entry may be overwritten.
//
// Templates over an atomics policy `P` (atomics.h; StdAtomics ships): tests/model/ runs these very functions under a model checker, and weakens
// each of their orders in turn.
#pragma once

#include <cstdint>

#include "schemas/wire/atomics.h"

namespace ringside::wire {

// [SUBMIT] and [COMPLETE], writer's half. REQUIRES: everything that seq covers has been written.
// seq_cst and not release: it is also the first half of [DOORBELL] and [WAKE].
template <class P = StdAtomics>
void publish_seq(typename P::Word64& seq, std::uint64_t ticket) noexcept {
  P::template store<Order::kSeqCst, Step::kPublishSeq>(seq, ticket + 1);
}

// [SUBMIT] and [COMPLETE], reader's half: true when `ticket` stands there, with all that its writer wrote before.
template <class P = StdAtomics>
[[nodiscard]] bool seq_is(const typename P::Word64& seq, std::uint64_t ticket) noexcept {
  return P::template load<Order::kAcquire, Step::kPollSeq>(seq) == ticket + 1;
}

// The same, as the second half of [DOORBELL] and [WAKE]: after the sleeper has said that it will sleep.
template <class P = StdAtomics>
[[nodiscard]] bool seq_is_after_announcing(const typename P::Word64& seq, std::uint64_t ticket) noexcept {
  return P::template load<Order::kSeqCst, Step::kRecheckSeq>(seq) == ticket + 1;
}

// [DOORBELL] / [WAKE], sleeper: announce; then recheck with seq_is_after_announcing; sleep only if there is nothing.
template <class P = StdAtomics>
void announce_sleep(typename P::Word32& sleeping) noexcept {
  P::template store<Order::kSeqCst, Step::kAnnounceSleep>(sleeping, 1u);
}

// Sleeper, awake again or never gone. relaxed: a waker that still sees 1 rings once too often, which is harmless.
template <class P = StdAtomics>
void announce_awake(typename P::Word32& sleeping) noexcept {
  P::template store<Order::kRelaxed, Step::kAnnounceAwake>(sleeping, 0u);
}

// [DOORBELL], waker's half: the client asks after publish_seq whether the engine sleeps. It cannot write the word (it is the engine's).
template <class P = StdAtomics>
[[nodiscard]] bool must_ring(const typename P::Word32& parked) noexcept {
  return P::template load<Order::kSeqCst, Step::kAskParked>(parked) != 0;
}

// [WAKE], waker's half: the engine asks after publish_seq, and takes the word back, for a futex waiter must see it changed: a wake that
// left the word at 1 could come between the waiter's recheck and its FUTEX_WAIT(1) and be lost.
template <class P = StdAtomics>
[[nodiscard]] bool must_wake(typename P::Word32& waiting) noexcept {
  return P::template load<Order::kSeqCst, Step::kAskWaiting>(waiting) == 1 &&
         P::template exchange<Order::kSeqCst, Step::kTakeWaiting>(waiting, 0u) == 1;
}

}  // namespace ringside::wire
