// Whose turn it is: deficit round robin over channels, by rows, in virtual time (start-time fair queueing).
//
//   look at all channels, in the order of their classes:
//     if (turns.may_go(channel.had(), rows, class))  { … one call, or one tile … ; turns.went(channel.had(), rows_that_it_took, class); }
//   while (turns.end_look());     nobody went, and somebody has work: look once more
//
// had() is what a channel has been given, in rows by the weight of its class; a channel that comes back from idleness begins at now(), so it
// saves up no claim to be served before others, and owes nothing either. now() follows the least that any channel with work has had, and who
// goes may not thereby be ahead of it by more than a tile. So of two channels with work neither is ever ahead by more than a tile of its own,
// whatever the sizes of their calls, and within that tile the smaller call goes first.
//
// A look serves at most kLargeRows rows of larger calls: one tile. A caller of few rows thus waits for one tile, however many channels have
// batches under way, and then goes before them, as it has had less. What may_go() is told is a hint: a call may have several targets, or its peer
// may change the rows after the look. What went() is told is what counts, so such calls add one tile to a look, and not one each.
//
// Thread safety: none; a pure value that a worker owns. Cost: a few comparisons a channel with work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "engine/limits/limit_rule.h"

namespace ringside::engine {

class FairTurns {
 public:
  static constexpr std::uint32_t kLargeRows = 64;  // rows of larger calls in a look: one tile
  static constexpr std::uint32_t kFewRows = 8;     // a call of so many is not held up by them

  // Whether a channel that has work of `rows` rows, 64 at most, has its turn now.
  [[nodiscard]] bool may_go(std::uint64_t had, std::uint32_t rows, Priority priority) noexcept {
    const std::uint64_t start = std::max(had, now_);
    const std::uint64_t ahead = std::uint64_t{kLargeRows - std::min(rows, kLargeRows)} << shift(priority);
    if (start <= now_ + ahead && large_rows_ + (rows <= kFewRows ? 0 : rows) <= kLargeRows) return true;
    least_ = std::min(least_, start);
    return false;
  }

  // It took it: `rows` as they turned out, those of each target.
  void went(std::uint64_t& had, std::uint32_t rows, Priority priority) noexcept {
    had = std::max(had, now_) + (std::uint64_t{rows} << shift(priority));
    least_ = std::min(least_, had);
    if (rows > kFewRows) large_rows_ += rows;
    went_ = true;
  }

  // True: look once more, at once.
  [[nodiscard]] bool end_look() noexcept {
    const bool again = !went_ && least_ != kNobody && least_ > now_;
    if (least_ != kNobody) now_ = std::max(now_, least_);
    least_ = kNobody;
    large_rows_ = 0;
    went_ = false;
    return again;
  }

  [[nodiscard]] std::uint64_t now() const noexcept { return now_; }

  // A row weighs four times as much in each lower class.
  [[nodiscard]] static constexpr std::uint32_t shift(Priority priority) noexcept {
    return 2 * static_cast<std::uint32_t>(priority);
  }

 private:
  static constexpr std::uint64_t kNobody = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t now_ = 0;
  std::uint64_t least_ = kNobody;  // that a channel with work has had, as far as this look saw
  std::uint32_t large_rows_ = 0;   // in this look
  bool went_ = false;              // in this look
};

}  // namespace ringside::engine
