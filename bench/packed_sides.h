// The sides of `decode` for wide numeric models: a batch of numbers, packed or with a tag each, to checked values in a tile.
//
//   GatherNumbers   read_call and gather, as the worker calls them, of the same numbers in any encoding
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "bench/side.h"
#include "engine/decode/call.h"
#include "engine/decode/gather.h"
#include "engine/decode/tile.h"
#include "engine/schema/adapter.h"
#include "engine/schema/input_schema.h"

namespace ringside::bench {

class GatherNumbers final : public Side {
 public:
  static constexpr std::uint16_t kFields = 100, kRows = 64;

  // Batches of kRows rows, as clients write them: numbers that float32 holds, the same for all encodings; one in 32 is missing.
  GatherNumbers(wire::Encoding encoding, std::size_t batches);
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override;

 private:
  engine::InputSchema schema_;
  engine::Adapter adapter_;
  wire::RequestEntry entry_{};  // all batches of an encoding have one geometry
  std::size_t bytes_ = 0;       // of a batch
  std::vector<std::byte> bodies_;
  std::unique_ptr<std::byte[]> arena_;
  engine::Call call_;
  engine::CallMeta meta_;
  engine::Tile tile_;
  mutable std::vector<float> answer_;
};

}  // namespace ringside::bench
