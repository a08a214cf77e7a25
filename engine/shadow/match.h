// How a shadow is given the same input as the current version, and whether their answers can be compared at all.
//
//   kFeatures   same schema, same preprocess.json: its plan would make the same features, which are copied behind the answer
//   kFields     same rules for what it reads: checked values are copied behind the answer and run through its own plan
//   kRequest    else: the request is decoded again, for the shadow, before the answer goes: then it may be overwritten
//
// A field that current lacks is missing as long as no caller sends it (kFields); a tile for which values were dropped is decoded again.
//
// Thread safety: pure. Cost: linear in the fields; control path.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/bundle/bundle.h"

namespace ringside::engine {

enum class ShadowInput : std::uint8_t { kFeatures, kFields, kRequest };

struct ShadowMatch {
  // A field of the shadow that no step reads (role: meta): nothing is copied for it. One that current lacks.
  static constexpr std::uint32_t kUnread = ~std::uint32_t{0}, kAbsent = kUnread - 1;

  ShadowInput input = ShadowInput::kFields;
  std::vector<std::uint32_t> field_of;  // of each field of the shadow's schema, current's; kFeatures: empty
  bool some_absent = false;
};

// What a missing value becomes may differ: the tile knows which were missing. Error: how their answers differ in kind, for people.
[[nodiscard]] Result<ShadowMatch, std::string> match_shadow(const Bundle& current, const Bundle& shadow);

}  // namespace ringside::engine
