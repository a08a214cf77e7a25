#include "engine/region/load_heap.h"

#include <new>

#ifdef RINGSIDE_HAS_MIMALLOC
#include <mimalloc.h>
#endif

namespace ringside::engine {

#ifdef RINGSIDE_HAS_MIMALLOC
LoadHeap::LoadHeap() : heap_(mi_heap_new()) {
  if (heap_ == nullptr) throw std::bad_alloc();
}
LoadHeap::~LoadHeap() { mi_heap_destroy(static_cast<mi_heap_t*>(heap_)); }

void* LoadHeap::do_allocate(std::size_t bytes, std::size_t alignment) {
  void* at = mi_heap_malloc_aligned(static_cast<mi_heap_t*>(heap_), bytes, alignment);
  if (at == nullptr) throw std::bad_alloc();
  ++blocks_;
  return at;
}
void LoadHeap::do_deallocate(void* at, std::size_t /*bytes*/, std::size_t /*alignment*/) {
  --blocks_;
  mi_free(at);
}
#else
LoadHeap::LoadHeap() = default;
LoadHeap::~LoadHeap() = default;

void* LoadHeap::do_allocate(std::size_t bytes, std::size_t alignment) {
  void* at = std::pmr::new_delete_resource()->allocate(bytes, alignment);
  ++blocks_;
  return at;
}
void LoadHeap::do_deallocate(void* at, std::size_t bytes, std::size_t alignment) {
  --blocks_;
  std::pmr::new_delete_resource()->deallocate(at, bytes, alignment);
}
#endif

}  // namespace ringside::engine
