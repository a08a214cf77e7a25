// How a fuzzer's input stands for a call: the geometry as it stands in the ring, then the body.
//
//   ┌────────────────────┬───────────────────────────────┐
//   │ RequestGeometry 56 │ the request arena, to the end │     body_offset kInline: the arena's first 64 bytes are inline_body
//   └────────────────────┴───────────────────────────────┘
#pragma once

#include <cstddef>

#include "schemas/wire/request.h"

namespace ringside::engine::test {

inline constexpr std::size_t kDecodeInputHead = sizeof(wire::RequestGeometry);

}  // namespace ringside::engine::test
