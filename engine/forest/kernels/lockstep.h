// Sixteen consecutive trees in lockstep, node by node: the kernel for every processor, and for forests of any depth and any width.
//
// A walk down one tree is a chain of loads that each wait for the last; sixteen chains side by side keep the processor busy. Nodes are 8
// bytes, two siblings side by side, and a leaf steps onto itself, so nobody asks who has arrived: all walk as deep as the deepest of them.
// (Deeper than 24 levels it is asked every 24: one chain of thousands must not take fifteen stumps along.)
//
//   node  { slot, right, key }        next = right - (slots[slot] < node)          slot 16 bits, right 16 bits: a number in the block
//                                     next = at + right - (slots[slot] < node)     slot 12 bits, right 20 bits: how far on
//
// The second is for forests of which 16 consecutive trees have more than 65,536 nodes. It asks for one addition more a level, and only
// a single tree is ever too large for it.
//
// `slots` holds the features as unsigned keys in the order of floats, twice: a missing value is 0 in the first copy (below every key: left)
// and 2^32 - 1 in the second (right). A node picks the slot of its default direction, and missing costs nothing. A set of categories that
// the model tests is one more pair of slots. Keys are the upper half of a word in both, so that a node is loaded once and compared whole;
// the lower half of a slot is all ones, and equal keys go right.
//
// Where the depths of trees differ, squads are made of trees of about the same depth, out of a block of up to 256 consecutive trees; their
// leaves wait in a buffer, and are added in tree order while the next block walks.
//
// A leaf's key is its value, and its slot one that no node is above. Memory: 8 bytes a node. Stack: 48 KiB.
#pragma once

#include <memory>

#include "engine/forest/flat_forest.h"
#include "engine/forest/kernels/kernel.h"

namespace ringside::engine {

class Region;

// null where a tree has more than 1,048,576 nodes, a row of slots does not fit 32 KiB (2,047 features and sets), there are more than 512
// sets, or leaf_size is not 1. Cost: linear in the nodes, times the logarithm of the features that they ask for; not in the row's width.
[[nodiscard]] std::unique_ptr<TreeKernel> make_lockstep_kernel(const FlatForest& forest, Region* region);

}  // namespace ringside::engine
