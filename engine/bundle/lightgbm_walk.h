// golden_walk.h for LightGBM: the same proof over trees of doubles, with category sets and linear leaves.
//
//   walk = the first 8 bytes of SHA-256 over records of 16 bytes, little-endian, tree after tree, from the root down
//     a split     feature (uint32)   threshold (float64's bits)             its decision_type, + 256 where the row went left
//     a set       feature            words of its category set (uint64)     the same; then the words (uint32)
//     a leaf      2^32 - 1           its value (float64's bits)             the output that it is added to
//     linear      2^32 - 2           its constant (float64's bits)          its coefficients; then each of them:
//                 feature            the coefficient (float64's bits)       0
//
// Thread safety: none. Cost: allocates, linear in rows x trees x depth; loader only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bundle/golden.h"
#include "engine/bundle/golden_walk.h"
#include "engine/bundle/problem.h"
#include "engine/forest/lightgbm/model.h"

namespace ringside::engine {

// Of one row of model.num_feature features through `trees`. REQUIRES: a model that check_lightgbm_model() accepts. Feature: float or double.
template <class Feature>
[[nodiscard]] std::string golden_walk(const LightgbmModel& model, TreeRange trees, const Feature* features);

// Every scored row that says its walk, from the features that `replayed` found. How many said it.
std::uint64_t compare_walks(const LightgbmModel& model, TreeRange trees, const std::vector<GoldenRow>& rows,
                            const GoldenReplay& replayed, BundleProblems& problems);

}  // namespace ringside::engine
