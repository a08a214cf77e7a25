// What becomes of a bundle that nobody holds any more: it waits here until the loader frees it, whoever held it last. A worker's pass, the
// reclaimer and admin only let go; unmapping a gigabyte is nobody's business but the loader's.
//
//   std::shared_ptr<const Bundle> bundle = retired.own(std::move(loaded));   …the last copy goes, anywhere: wake() is called
//   retired.free_all();                                                      // on the loader thread
//
// Thread safety: own() and free_all() by one thread at a time; bundles may be let go of on any. Bundles may outlive this object.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/bundle/bundle.h"

namespace ringside::engine {

class RetiredBundles {
 public:
  RetiredBundles();
  ~RetiredBundles();
  RetiredBundles(const RetiredBundles&) = delete;
  RetiredBundles& operator=(const RetiredBundles&) = delete;

  // Called with every bundle that begins to wait, on whichever thread; must not wait itself. Before the first own().
  void set_wake(std::function<void()> wake);

  [[nodiscard]] std::shared_ptr<const Bundle> own(std::unique_ptr<const Bundle> bundle);

  void free_all();
  [[nodiscard]] std::uint64_t bytes() const;  // of those that wait

  // Frees what waits; from here on a bundle goes where it is let go of, and wake() is called no more.
  void close();

 private:
  struct Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace ringside::engine
