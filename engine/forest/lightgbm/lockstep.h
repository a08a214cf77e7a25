// Sixteen consecutive trees of a LightGBM model in lockstep: ../kernels/lockstep.h with LightGBM's splits and sums.
//
//   node  { key, slot, right }        next = right - (keys[slot] < node.key)
//
// A row is first turned into keys (feature_keys.h), one for each question that the splits ask of a feature: its value where NaN is 0; the
// value, but NaN left of all, or right of all; the same with zero missing too; whether a set holds its category. A split picks its slot,
// so neither missing values nor categories cost the walk anything.
//
// LightGBM grows the best leaf, not the next level: trees are lopsided, and few rows walk to the deepest leaf. So every few levels the
// squad asks whether anybody still moved.
//
// Memory: 8 bytes a node and 8 a leaf for float features, 12 a node for double, whose leaves have room in their nodes; 4 a node more where 16
// trees have more than 65,535 nodes. Linear leaves: linear_leaves.h.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/forest/lightgbm/model.h"

namespace ringside::engine {

class Region;

// The trees of a model packed for one way of walking them. Every kernel gives the plain walker's bits: a row's leaves are added to its
// scores in double, one by one in tree order.
//
// Thread safety: immutable once made; any number of threads may call add_trees() at the same time.
template <class Feature>
class LightgbmKernel {
 public:
  virtual ~LightgbmKernel() = default;

  [[nodiscard]] virtual const char* name() const noexcept = 0;
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;  // Of memory that walking may touch.

  // Adds all trees to scores[r * outputs + k] for the rows r at features[r * stride …]. Never allocates, locks, throws or enters the
  // kernel; takes at most 64 KiB of stack.
  virtual void add_trees(const Feature* features, std::size_t rows, std::size_t stride, double* scores) const noexcept = 0;

 protected:
  LightgbmKernel() = default;
  LightgbmKernel(const LightgbmKernel&) = default;
  LightgbmKernel& operator=(const LightgbmKernel&) = default;
};

// null where a row's keys would not fit 32 KiB, or the trees ask for more than 1,024 different sets of categories: so many are better
// looked up where a walk meets them. Feature: float or double. REQUIRES: a checked model; trees within it.
template <class Feature>
[[nodiscard]] std::unique_ptr<LightgbmKernel<Feature>> make_lightgbm_lockstep(const LightgbmModel& model, TreeRange trees,
                                                                              Region* region);

}  // namespace ringside::engine
