// What the models put in the place of std::atomic and of the kernel. Include after every other header: the checker defines macros.
//
//   Atomics   the policy of schemas/wire/atomics.h over Relacy's words; weakens the one access that the check in progress asks for
//   Kernel    futex, eventfd and socket, as far as the protocols rely on them
//
// The kernel's promises, and no more: FUTEX_WAIT compares with the newest value and sleeps in one step, and whoever is woken has seen what its
// waker did before; a rung eventfd stays rung until it is taken; a closed socket says so to every later look.
#pragma once

#include <cstdint>

#include "tests/model/models.h"

#include <relacy/relacy.hpp>
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

namespace ringside::model {

inline Weakening weakening;     // of the check in progress
inline Role role_of_thread[4];  // of its model
inline constexpr std::size_t kRoles = 4, kSteps = static_cast<std::size_t>(wire::Step::kAskPins) + 1;
inline bool made[kRoles][kSteps];  // which accesses there were, and with which orders
inline wire::Order order_made[kRoles][kSteps];
inline bool setting_up = false;           // a model makes its first state: nobody's accesses
inline bool pointers_are_seq_cst = true;  // kGrace: see models.cc

constexpr rl::memory_order relacy_order(wire::Order order) noexcept {
  switch (order) {
    case wire::Order::kRelaxed:
      return rl::mo_relaxed;
    case wire::Order::kAcquire:
      return rl::mo_acquire;
    case wire::Order::kRelease:
      return rl::mo_release;
    case wire::Order::kAcqRel:
      return rl::mo_acq_rel;
    case wire::Order::kSeqCst:
      return rl::mo_seq_cst;
  }
  return rl::mo_seq_cst;
}

struct Atomics {
  using Word32 = rl::atomic<std::uint32_t>;
  using Word64 = rl::atomic<std::uint64_t>;
  using Count = rl::atomic<std::int64_t>;
  // As a number: Relacy prints no pointer to const.
  template <class T>
  struct Pointer {
    explicit Pointer(T* first) : word(reinterpret_cast<std::uintptr_t>(first)) {}
    T* load(rl::memory_order order, rl::debug_info_param where) const { return reinterpret_cast<T*>(word.load(order, where)); }
    T* exchange(T* value, rl::memory_order order, rl::debug_info_param where) {
      return reinterpret_cast<T*>(word.exchange(reinterpret_cast<std::uintptr_t>(value), order, where));
    }
    rl::atomic<std::uintptr_t> word;
  };

  template <wire::Order O, wire::Step S, class W>
  static auto load(const W& word) noexcept {
    const auto found = word.load(order_of<O, S>(), $);
    return left_out<S>() ? decltype(found){} : found;
  }
  template <wire::Order O, wire::Step S, class W, class V>
  static void store(W& word, V value) noexcept {
    if (!left_out<S>()) word.store(value, order_of<O, S>(), $);
  }
  template <wire::Order O, wire::Step S, class W, class V>
  static auto exchange(W& word, V value) noexcept {
    if (left_out<S>()) return word.load(rl::mo_seq_cst, $);
    return word.exchange(value, order_of<O, S>(), $);
  }
  template <wire::Order O, wire::Step S, class W, class V>
  static auto fetch_add(W& word, V value) noexcept {
    return word.fetch_add(value, order_of<O, S>(), $);
  }

 private:
  template <wire::Step S>
  static bool weakened() noexcept {
    return !setting_up && weakening.step == S && weakening.role == role_of_thread[rl::thread_index()];
  }
  template <wire::Step S>
  static bool left_out() noexcept {
    return weakened<S>() && weakening.left_out;
  }
  template <wire::Order O, wire::Step S>
  static rl::memory_order order_of() noexcept {
    const auto role = static_cast<std::size_t>(role_of_thread[rl::thread_index()]), step = static_cast<std::size_t>(S);
    if (setting_up) return relacy_order(O);
    made[role][step] = true;
    order_made[role][step] = O;
    if (weakened<S>() && !weakening.left_out) return relacy_order(weakening.order);
    if (!pointers_are_seq_cst && S == wire::Step::kReadPointer) return rl::mo_acquire;
    if (!pointers_are_seq_cst && S == wire::Step::kReplacePointer) return rl::mo_acq_rel;
    return relacy_order(O);
  }
};

// An eventfd in an epoll set, edge-triggered: one edge, kept until it is taken.
class Doorbell {
 public:
  Doorbell() { semaphore_.init(false, 0, 1, $); }
  ~Doorbell() { semaphore_.deinit($); }
  void ring() {
    unsigned before = 0;
    static_cast<void>(semaphore_.post(1, before, $));  // rung already: nothing is added
  }
  void wait() { static_cast<void>(semaphore_.wait(false, false, $)); }

 private:
  struct Tag;
  rl::semaphore<Tag> semaphore_;
};

inline void futex_wake(Atomics::Word32& word) {
  rl::context& context = rl::ctx();
  context.sched();
  static_cast<void>(word.wake(context, 4, $));
}

// For wait_for_answer. There is no clock, so nothing ends but by being answered; a slice of sleep ends by itself only where the engine may die.
template <bool kEngineMayDie>
struct Kernel {
  static inline Atomics::Word32* socket_closed = nullptr;  // of the model that runs; never null if kEngineMayDie

  static std::uint64_t now_ns() noexcept { return 1; }
  static void relax() noexcept { rl::yield(1, $); }
  static bool hung_up(int) noexcept {
    if constexpr (kEngineMayDie) return socket_closed->load(rl::mo_seq_cst, $) != 0;
    return false;
  }
  static void sleep(Atomics::Word32& word, std::uint64_t) noexcept {
    rl::context& context = rl::ctx();
    context.sched();
    if (word.debug_value() == 1) static_cast<void>(word.wait(context, kEngineMayDie, false, $));
  }
};

}  // namespace ringside::model
