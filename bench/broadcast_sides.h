// The sides of `plan/25 of 38 fields broadcast`: a call of 512 rows of 38 fields, of which 25 are one user's and the same in every row,
// from the request to the features: 30 numbers are scaled, 3 texts are labels and 5 are one-hot. The user has 20 numbers, 2 labels and
// 3 one-hot texts.
//
//   kOnceACall  the user is broadcast
//   kOnceATile  the same request, but each tile begins anew, as it would if another call had come in between
//   kARow       the user is sent with every row
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/side.h"
#include "engine/decode/call.h"
#include "engine/decode/gather.h"
#include "engine/decode/tile.h"
#include "engine/preprocess/plan.h"
#include "engine/preprocess/plan_scratch.h"
#include "engine/schema/adapter.h"
#include "engine/schema/input_schema.h"

namespace ringside::bench {

class UserAndItems final : public Side {
 public:
  enum class Sent : std::uint8_t { kOnceACall, kOnceATile, kARow };
  static constexpr std::uint16_t kRows = 512;

  UserAndItems(Sent sent, std::size_t users);
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return features_; }

 private:
  Sent sent_;
  engine::InputSchema schema_;
  engine::Adapter adapter_;
  engine::Plan plan_;
  std::unique_ptr<engine::PlanScratch> scratch_;
  engine::Tile tile_;
  std::vector<wire::RequestGeometry> geometries_;  // by user
  std::vector<std::vector<std::byte>> bodies_;
  wire::RequestEntry entry_{};
  std::unique_ptr<std::byte[]> arena_;
  engine::Call call_;
  engine::CallMeta meta_;
  std::vector<float> features_;
};

}  // namespace ringside::bench
