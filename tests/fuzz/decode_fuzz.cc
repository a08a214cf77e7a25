// Any bytes as a call: read_call and gather must neither crash nor load beyond the arena nor let a value past the rules.
//
// Each input is decoded twice: as it stands, and through an accessor that flips bits at each load, seeded from the input, so that a double
// fetch is found and can be found again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "engine/decode/gather-inl.h"
#include "tests/engine/decode/hostile_access.h"
#include "tests/engine/decode/tile_rules.h"
#include "tests/fuzz/decode_input.h"

namespace ringside::engine::test {
namespace {

struct Engine {
  InputSchema schemas[2] = {hostile_schema(true), hostile_schema(false)};
  Tile tiles[2] = {Tile(schemas[0]), Tile(schemas[1])};
  CallMeta meta;
};

template <class Access>
void decode(Engine& engine, const wire::RequestEntry& entry, const std::byte* arena, std::size_t arena_bytes) {
  Call call;
  const CallLimits limits{.in_arena_bytes = arena_bytes, .out_arena_bytes = 1 << 20};
  if (read_call<Access>(entry, arena, limits, call, engine.meta) != CallShape::kGood) return;
  std::uint32_t tiles = 0;
  for (int i = 0; i < 2; ++i) {
    const std::string broken = gather_and_check<Access>(call, engine.schemas[i], engine.tiles[i], tiles);
    if (!broken.empty()) {
      std::fprintf(stderr, "decode let this past: %s\n", broken.c_str());
      std::abort();
    }
  }
}

}  // namespace
}  // namespace ringside::engine::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringside::engine::test;
  static Engine engine;
  if (size < kDecodeInputHead) return 0;
  ringside::wire::RequestEntry entry{};
  std::memcpy(&entry.geometry, data, kDecodeInputHead);
  const std::size_t arena_bytes = size - kDecodeInputHead;
  // Of exactly that size, for the sanitizer; operator new[] aligns it.
  const auto arena = std::make_unique<std::byte[]>(arena_bytes);
  if (arena_bytes != 0) std::memcpy(arena.get(), data + kDecodeInputHead, arena_bytes);
  std::memcpy(entry.inline_body, arena.get(), std::min(arena_bytes, sizeof entry.inline_body));
  decode<ringside::wire::DirectAccess>(engine, entry, arena.get(), arena_bytes);
  std::uint64_t seed = size;
  for (std::size_t i = 0; i < size; ++i) seed = seed * 31 + data[i];
  FlippingAccess::dice = Dice(seed);
  decode<FlippingAccess>(engine, entry, arena.get(), arena_bytes);
  return 0;
}
