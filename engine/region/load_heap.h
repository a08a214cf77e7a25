// Where a load's scratch lies (scratch.h): a mimalloc heap of its own, destroyed whole when the load has ended. So what a load reads
// and parses leaves neither holes nor pages beside what answers.
//
//   { LoadHeap heap;  load_bundle(directory, {.scratch = &heap}); }
//
// Destroying frees what is still in use, too. Nothing is: only scratch types are allocated here, they end with the load, and no bundle has a
// member of them. Libraries that a load calls allocate as ever: what they keep must outlive it. Where mimalloc is not the program's allocator (sanitizers), the heap is the ordinary one.
//
// Thread safety: one thread, that made it. Cost: an empty heap is 3 KB.
#pragma once

#include <cstddef>
#include <memory_resource>

namespace ringside::engine {

class LoadHeap final : public std::pmr::memory_resource {
 public:
  LoadHeap();
  ~LoadHeap() override;
  LoadHeap(const LoadHeap&) = delete;
  LoadHeap& operator=(const LoadHeap&) = delete;

  // That were allocated and not given back.
  [[nodiscard]] std::size_t blocks_in_use() const noexcept { return blocks_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  void* heap_ = nullptr;  // mi_heap_t
  std::size_t blocks_ = 0;
};

}  // namespace ringside::engine
