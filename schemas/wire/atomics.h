// The atomics policy of every protocol between threads that the model checker takes apart (tests/model/): which word types, and how an access
// is made. StdAtomics ships. A protocol is a template over its policy `P` and names each access, so that a checker can put its own words in
// their place, and weaken one access at a time.
//
//   P::template store<Order::kSeqCst, Step::kPublishSeq>(seq, ticket + 1);
//                     how it is ordered     which access it is: README.md, table "Accesses"
//
// Cost: none; an access through StdAtomics is the access to the std::atomic (checked on the object code: tests/model/README.md).
#pragma once

#include <atomic>
#include <cstdint>

namespace ringside::wire {

enum class Order : std::uint8_t { kRelaxed, kAcquire, kRelease, kAcqRel, kSeqCst };

// Every access of every checked protocol, by the name that README.md calls it.
enum class Step : std::uint8_t {
  // A channel: protocol.h.
  kPublishSeq,
  kPollSeq,
  kRecheckSeq,
  kAnnounceSleep,
  kAnnounceAwake,
  kAskParked,
  kAskWaiting,
  kTakeWaiting,
  // A published pointer, its grace period and its pins: engine/epoch/.
  kReadPointer,
  kReadOwnPointer,
  kReplacePointer,
  kBeginGrace,
  kReadEpoch,
  kAnnounceQuiet,
  kAnnounceOffline,
  kReadEpochOnline,
  kAnnounceOnline,
  kAskSeen,
  kReadOwnPins,
  kSetPins,
  kAskPins,
};

struct StdAtomics {
  using Word32 = std::atomic<std::uint32_t>;
  using Word64 = std::atomic<std::uint64_t>;
  using Count = std::atomic<std::int64_t>;
  template <class T>
  using Pointer = std::atomic<T*>;

  template <Order O, Step S, class W>
  static auto load(const W& word) noexcept {
    return word.load(order<O>());
  }
  template <Order O, Step S, class W, class V>
  static void store(W& word, V value) noexcept {
    word.store(value, order<O>());
  }
  template <Order O, Step S, class W, class V>
  static auto exchange(W& word, V value) noexcept {
    return word.exchange(value, order<O>());
  }
  template <Order O, Step S, class W, class V>
  static auto fetch_add(W& word, V value) noexcept {
    return word.fetch_add(value, order<O>());
  }

 private:
  template <Order O>
  static constexpr std::memory_order order() noexcept {
    switch (O) {
      case Order::kRelaxed:
        return std::memory_order_relaxed;
      case Order::kAcquire:
        return std::memory_order_acquire;
      case Order::kRelease:
        return std::memory_order_release;
      case Order::kAcqRel:
        return std::memory_order_acq_rel;
      case Order::kSeqCst:
        return std::memory_order_seq_cst;
    }
  }
};

}  // namespace ringside::wire
