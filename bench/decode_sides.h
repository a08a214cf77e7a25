// The sides of `decode`: a request of one row of 20 mixed fields, as a client wrote it, to checked values in a tile.
//
//   OurDecode      read_call and gather, as the worker calls them; with `digest`, the keyed hash of the row as well
//   UncheckedCopy  the same cells to the same places in the same layout, believing everything: no bounds, tags, ranges, UTF-8, errors
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
#include "engine/respond/input_digest.h"
#include "engine/schema/adapter.h"
#include "engine/schema/input_schema.h"

namespace ringside::bench {

// Requests as clients write them, all of one size of memory; made once, shared by the sides of a comparison.
class Requests {
 public:
  explicit Requests(std::size_t rows);

  [[nodiscard]] const engine::InputSchema& schema() const noexcept { return schema_; }
  [[nodiscard]] std::size_t rows() const noexcept { return entries_.size(); }
  // Puts a request where the engine would find it: entry and body in memory that stays where it is.
  void stage(std::size_t row) noexcept;
  [[nodiscard]] const wire::RequestEntry& entry() const noexcept { return entry_; }
  [[nodiscard]] const std::byte* arena() const noexcept { return arena_.get(); }
  static constexpr std::size_t kArenaBytes = 1'024;

 private:
  engine::InputSchema schema_;
  std::vector<wire::RequestGeometry> entries_;
  std::vector<std::byte> bodies_;  // kArenaBytes a row
  wire::RequestEntry entry_{};
  std::unique_ptr<std::byte[]> arena_;
};

class OurDecode final : public Side {
 public:
  OurDecode(std::shared_ptr<Requests> requests, bool digest);
  void stage(std::size_t row) override { requests_->stage(row); }
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override;

 private:
  std::shared_ptr<Requests> requests_;
  engine::Adapter adapter_;
  engine::Call call_;
  engine::CallMeta meta_;
  engine::Tile tile_;
  bool digest_;
  engine::InputDigest last_digest_{};
  mutable std::vector<float> answer_;
};

class UncheckedCopy final : public Side {
 public:
  explicit UncheckedCopy(std::shared_ptr<Requests> requests);
  void stage(std::size_t row) override { requests_->stage(row); }
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override;

 private:
  std::shared_ptr<Requests> requests_;
  std::vector<double> numbers_;
  std::vector<std::string_view> texts_;
  std::vector<char> text_;
  mutable std::vector<float> answer_;
};

}  // namespace ringside::bench
