// The one way to read memory that another process can write.
//
// The other side may change a byte between two reads, so each byte is loaded once into private memory, and only the private copy is
// checked and used ("fetch once", as Xen's ring protocol puts it). DirectAccess is what ships. Protocol and decode code take the
// accessor as a template parameter, so that a test can hand out different bytes at every load: a second fetch then fails for certain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringside::wire {

struct DirectAccess {
  // One load of an aligned word.
  static std::uint64_t load64(const void* source) noexcept { return load<std::uint64_t>(source); }
  static std::uint32_t load32(const void* source) noexcept { return load<std::uint32_t>(source); }
  static std::uint8_t load8(const void* source) noexcept { return load<std::uint8_t>(source); }

  // Copies bytes out. The empty asm tells the compiler that source may have changed and target is now what it is: without it, it might
  // read the source again in place of the copy.
  static void copy(void* target, const void* source, std::size_t bytes) noexcept {
    std::memcpy(target, source, bytes);
    asm volatile("" : : "r"(target) : "memory");
  }

 private:
  template <class T>
  static T load(const void* source) noexcept {
    return __atomic_load_n(static_cast<const T*>(source), __ATOMIC_RELAXED);  // relaxed: [SUBMIT] has ordered it; only "once" matters
  }
};

}  // namespace ringside::wire
