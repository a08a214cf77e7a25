// What a kernel is: the trees of a forest packed for one way of walking them.
//
// Every kernel gives the same bits: a row's leaves are added to its margins in float32, one by one in tree order. They differ in what
// they ask of a model and of the processor, in speed and in memory; choose.h decides. one_tree.h is the one to read first.
//
// Thread safety: immutable once made; any number of threads may call add_trees() at the same time.
#pragma once

#include <cstddef>

namespace ringside::engine {

class TreeKernel {
 public:
  virtual ~TreeKernel() = default;

  [[nodiscard]] virtual const char* name() const noexcept = 0;
  // Of memory that walking may touch.
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;

  // Adds all trees to margins[r * outputs + k] for the rows r at features[r * stride …]; NaN is missing. Never allocates, locks, throws
  // or enters the kernel; takes at most 64 KiB of stack.
  virtual void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept = 0;

 protected:
  TreeKernel() = default;
  TreeKernel(const TreeKernel&) = default;
  TreeKernel& operator=(const TreeKernel&) = default;
};

}  // namespace ringside::engine
