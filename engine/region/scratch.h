// Memory that a load needs and nobody after it: the files' bytes, documents, trees before they are packed. What is made of these types lies where
// the thread's Scratch says, and goes with that, whole, so a load leaves no holes in the heap beside what survives it.
//
//   load_bundle:   const ScratchUse use(options.scratch);     …  ScratchVector<float> leaves;  ScratchText bytes;   …  returns a Bundle
//   rs-loader:     a heap of its own is made before, and destroyed after (engine/load_heap.h)
//
// The type says where a thing lies: no Bundle has a member of these, and what survives is copied out of them. Where no scratch is in use they
// are on the heap, as any vector is.
//
// Thread safety: a thread's own; what was made under one ScratchUse is destroyed on the same thread.
#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string>
#include <type_traits>
#include <vector>

namespace ringside::engine {

// For as long as it lives, what this thread makes is taken from `resource`; null: nothing changes.
class ScratchUse {
 public:
  explicit ScratchUse(std::pmr::memory_resource* resource) noexcept : before_(now_) {
    if (resource != nullptr) now_ = resource;
  }
  ~ScratchUse() { now_ = before_; }
  ScratchUse(const ScratchUse&) = delete;
  ScratchUse& operator=(const ScratchUse&) = delete;

  [[nodiscard]] static std::pmr::memory_resource* now() noexcept {
    return now_ != nullptr ? now_ : std::pmr::new_delete_resource();
  }

 private:
  std::pmr::memory_resource* before_;
  static inline thread_local std::pmr::memory_resource* now_ = nullptr;
};

// A std::pmr::polymorphic_allocator that begins with the thread's scratch, so containers of containers need not be told, and that moves with
// what it allocated.
template <class T>
class ScratchAllocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  ScratchAllocator() noexcept : from_(ScratchUse::now()) {}
  template <class U>
  ScratchAllocator(const ScratchAllocator<U>& other) noexcept
      : from_(other.from()) {}  // NOLINT(google-explicit-constructor): a rebind

  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(from_->allocate(count * sizeof(T), alignof(T))); }
  void deallocate(T* at, std::size_t count) noexcept { from_->deallocate(at, count * sizeof(T), alignof(T)); }
  // A copy lies where things lie now.
  [[nodiscard]] ScratchAllocator select_on_container_copy_construction() const noexcept { return {}; }

  [[nodiscard]] std::pmr::memory_resource* from() const noexcept { return from_; }
  [[nodiscard]] bool operator==(const ScratchAllocator& other) const noexcept { return *from_ == *other.from_; }

 private:
  std::pmr::memory_resource* from_;
};

template <class T>
using ScratchVector = std::vector<T, ScratchAllocator<T>>;
using ScratchText = std::basic_string<char, std::char_traits<char>, ScratchAllocator<char>>;

}  // namespace ringside::engine
