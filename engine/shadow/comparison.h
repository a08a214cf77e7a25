// A shadow: a version that scores the rows of the current one once more, after the answer has gone, and what the differences add up to.
//
//   worker, before an answer    if (comparison.needs_request(dropped)) …decode it again into a tile for the shadow…
//   worker, behind it           comparison.offer(worker, {work, labels, share, tile});    copied, or shed where there is no room
//   worker, when nobody waits   comparison.score_one(worker, workspace of the shadow);    the oldest row; its own plan where plans differ
//   admin                       DifferenceTotals now = comparison.sum();
//
// It belongs to a pair of bundles and to the traffic tables that publish them as current and shadow: rows that wait are kept by the table
// that a worker obtains each pass, so they need no pin of their own, and go with it when one side of the pair changes.
//
// Thread safety: offer(), waits() and score_one() by their worker, each into memory of its own; sum() by anyone at any time.
// Cost: those three are noexcept and allocate, lock and enter the kernel for nothing. offer() copies a row's features, or its values;
// score_one() is the shadow's plan (where plans differ) and forest for one row. Memory: 64 KiB a worker, more for very wide rows.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/bundle/bundle.h"
#include "engine/bundle/workspace.h"
#include "engine/schema/adapter.h"
#include "engine/shadow/difference_counts.h"
#include "engine/shadow/match.h"
#include "engine/shadow/row_ring.h"

namespace ringside::engine {

class ShadowComparison {
 public:
  // Error: why the two cannot be compared (match.h).
  static Result<std::shared_ptr<ShadowComparison>, std::string> make(std::shared_ptr<const Bundle> current,
                                                                     std::shared_ptr<const Bundle> shadow, std::uint32_t workers);
  ~ShadowComparison();

  [[nodiscard]] const Bundle& current() const noexcept { return *current_; }
  [[nodiscard]] const Bundle& shadow() const noexcept { return *shadow_; }
  [[nodiscard]] ShadowInput input() const noexcept { return match_.input; }
  [[nodiscard]] const DifferenceShape& shape() const noexcept { return shape_; }
  [[nodiscard]] std::chrono::system_clock::time_point begun() const noexcept { return begun_; }

  // For a tile of which current's decoding dropped so many values: does the shadow have to see the request itself? If so it is decoded for
  // the shadow's schema, at most kRowsDecodedAgain rows of it: they are what the caller waits for.
  static constexpr std::uint32_t kRowsDecodedAgain = 8;
  [[nodiscard]] bool needs_request(std::uint32_t dropped) const noexcept {
    return match_.input == ShadowInput::kRequest || (match_.some_absent && dropped != 0);
  }
  // Positional rows, which are in the order of current's schema, to the shadow's fields.
  [[nodiscard]] const Adapter& positional() const noexcept { return positional_; }

  // A tile that current has just answered.
  struct Answered {
    const Workspace& work;        // current's
    const std::int32_t* labels;   // by row
    std::uint64_t share = 0;      // of 2^32 rows, so many are taken, evenly spread
    const Tile* again = nullptr;  // needs_request(): the first rows, decoded for the shadow; its other rows are shed
  };
  void offer(std::uint32_t worker, const Answered& answered) noexcept;

  [[nodiscard]] bool waits(std::uint32_t worker) const noexcept;

  // REQUIRES: waits(worker); `own` is the shadow's workspace of that worker, which nobody uses meanwhile.
  void score_one(std::uint32_t worker, Workspace& own) noexcept;

  [[nodiscard]] DifferenceTotals sum() const;

 private:
  struct PerWorker;
  ShadowComparison(std::shared_ptr<const Bundle> current, std::shared_ptr<const Bundle> shadow, ShadowMatch match,
                   std::uint32_t workers);

  [[nodiscard]] bool copy_row(RowRing& ring, const Answered& answered, std::uint32_t row) const noexcept;
  [[nodiscard]] std::uint32_t source_of(std::uint32_t field, bool again) const noexcept;
  [[nodiscard]] std::size_t bytes_of_texts(const Answered& answered, std::uint32_t row) const noexcept;
  [[nodiscard]] std::byte* copy_answer(std::byte* to, const Workspace& scored, std::uint32_t row,
                                       std::int32_t label) const noexcept;
  void copy_fields(std::byte* to, const Answered& answered, std::uint32_t row) const noexcept;
  void restore_fields(const std::byte* from, Tile& tile) const noexcept;

  std::shared_ptr<const Bundle> current_, shadow_;
  ShadowMatch match_;
  DifferenceShape shape_;
  Adapter positional_;
  std::vector<std::uint32_t> texts_;   // fields of the shadow that are texts and read
  std::vector<std::uint8_t> is_text_;  // by field: a schema's fields are too far apart to look at for each row
  std::size_t answer_bytes_ = 0;       // label, margins, values
  std::size_t row_bytes_ = 0;          // that and the features, or the fields without the texts' bytes
  std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
  std::vector<std::unique_ptr<PerWorker>> by_worker_;
};

}  // namespace ringside::engine
