// The answers of several targets to one call → one result (schemas/wire/targets.h).
//
//   TargetsWriter writer;
//   if (!writer.begin(slot, out_arena, geometry, shapes, make_ids, ids)) …answer kResultSpace…
//   per tile and target:  writer.of(target).rows(first_row, tile, scores, ids)
//   at last:              writer.release(ticket, summary, summaries)      [COMPLETE]
//
// Room that is left over is shared out for errors, the same to each target. Like ResultWriter: writes only inside bounds from private
// copies, never reads shared memory. Thread safety: none; one call at a time. noexcept, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/respond/result_writer.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

class TargetsWriter {
 public:
  // A shape a target; none: nobody answers it. The shapes make no ids: one is made here for each row, whoever answers it.
  using Shapes = std::array<std::optional<ResultShape>, wire::kTargetsMax>;

  // REQUIRES: as ResultWriter::begin(); 2 <= targets <= kTargetsMax. False: out_bytes is too small; nothing was begun.
  [[nodiscard]] bool begin(wire::ResponseSlot& slot, std::byte* out_arena, const wire::RequestGeometry& geometry,
                           std::uint32_t targets, const Shapes& shapes, bool make_ids, RequestIdMaker& ids) noexcept;

  // REQUIRES: the target has a shape.
  [[nodiscard]] ResultWriter& of(std::uint32_t target) noexcept { return writers_[target]; }

  // Makes the response visible. REQUIRES: summaries.size() is the number of targets.
  void release(std::uint64_t ticket, const CallSummary& summary, std::span<const CallSummary> summaries) noexcept;

 private:
  wire::ResponseSlot* slot_ = nullptr;
  std::byte* region_ = nullptr;
  std::uint16_t rows_ = 0;
  std::uint32_t targets_ = 0;
  bool made_ids_ = false;
  std::array<std::uint32_t, wire::kTargetsMax> block_offsets_{};  // 0: no block
  std::array<ResultWriter, wire::kTargetsMax> writers_;
};

}  // namespace ringside::engine
