// A golden row's way through every tree, as sixteen hex digits.
//
// A margin is a sum, and a sum forgets: the last bits of a small leaf drown in it, a threshold between two golden rows may move unseen.
// Training therefore also writes down which splits each row was asked and which leaves it came to, and a bundle serves only if its model
// file asks the same and answers the same:
//
//   walk = the first 8 bytes of SHA-256 over records of 12 bytes, little-endian, tree after tree, from the root down
//     a split   feature (uint32)   threshold (float32's bits)         1 where missing goes left, + 2 where the row went left
//     a leaf    2^32 - 1           its value (float32's bits)         the output that it is added to
//     dart      2^32 - 2           the tree's weight (float32's bits) the tree's number
//
// LightGBM's trees, whose numbers are doubles, have records of their own: lightgbm_walk.h.
//
// What ends up packed in the forest that serves is proved by margins; the walk proves the model that it was packed from.
//
// Thread safety: none. Cost: allocates, linear in rows x trees x depth; loader only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/bundle/golden.h"
#include "engine/bundle/problem.h"
#include "engine/forest/model.h"

namespace ringside::engine {

// The digits of the records. REQUIRES: of one row, all of them.
[[nodiscard]] std::string walk_digits(const std::string& records);

// A row says another walk than was found.
void add_other_walk(const GoldenRow& row, const std::string& found, BundleProblems& problems);

// Of one row of model.num_feature features. REQUIRES: a model that check_model() accepts, without categorical splits or vector leaves.
[[nodiscard]] std::string golden_walk(const BoosterModel& model, const float* features);

// Every scored row that says its walk, from the features that `replayed` found. How many said it.
std::uint64_t compare_walks(const BoosterModel& model, const std::vector<GoldenRow>& rows, const GoldenReplay& replayed,
                            BundleProblems& problems);

}  // namespace ringside::engine
