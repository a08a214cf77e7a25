// A pointer that control threads replace and workers follow.
//
//   control:  const T* old = published.replace(fresh);  reclaimer.retire([old] { delete old; });
//   worker:   const T& now = published.read();           valid until the next quiet() (quiescence.h), or longer while pinned (pin_count.h)
//
//   [PUBLISH] replace: exchange(seq_cst) ▶ read: load(seq_cst): the worker finds the object whole. seq_cst and not acquire and release: both
//             are halves of [ONLINE].
//
// Thread safety: read() by workers between online() and offline(); replace() by one control thread at a time. Cost of read(): a load.
#pragma once

#include "schemas/wire/atomics.h"

namespace ringside::engine {

template <class T, class P = wire::StdAtomics>
class Published {
 public:
  // relaxed inside: no worker runs yet.
  explicit Published(const T* first) noexcept : pointer_(first) {}

  [[nodiscard]] const T& read() const noexcept {
    return *P::template load<wire::Order::kSeqCst, wire::Step::kReadPointer>(pointer_);
  }
  [[nodiscard]] const T* replace(const T* fresh) noexcept {
    return P::template exchange<wire::Order::kSeqCst, wire::Step::kReplacePointer>(pointer_, fresh);
  }
  // For who is alone allowed to replace it, hence cannot see it change.
  [[nodiscard]] const T* mine() const noexcept {
    return P::template load<wire::Order::kRelaxed, wire::Step::kReadOwnPointer>(pointer_);
  }

 private:
  typename P::template Pointer<const T> pointer_;
};

}  // namespace ringside::engine
