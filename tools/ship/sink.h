// The seam for stores: what a sink owes, and all that the shipper knows of one. A new store is one class and one branch in sinks.cc.
//
//   rows ──▶ Sink::send ──▶ sent        the store has them, safely: the cursor moves
//                       ├─▶ try again   unreachable, slow, full, or its table does not fit: the same rows come again, after a pause
//                       └─▶ rows bad    the table is right and these rows are not: halves are tried, single ones become dead letters
//
// A send that failed may have been carried out all the same (the answer was lost), and after a crash rows come again in other batches, so a
// sink must take a row twice and keep it once: (engine_epoch, writer, sequence) tells.
//
// Thread safety: one thread. A send returns within the sink's own timeout, or soon after stop.stopped().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <ringside/result.h>

#include "tools/ship/row.h"

namespace ringside::ship {

enum class Refusal : std::uint8_t {
  kTryAgain,  // nothing is wrong with the rows, as far as is known
  kRowsBad,   // what is wrong is in the rows, or they are too many
};

struct SendError {
  Refusal refusal = Refusal::kTryAgain;
  std::string text;  // for an operator; never a row's values
};

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // All of them, or an error. REQUIRES: rows is not empty.
  virtual Result<Done, SendError> send(std::span<const Row> rows) = 0;

  // What the sink must know again after a restart, kept in the cursor with the position that its last send reached. Empty: nothing.
  [[nodiscard]] virtual std::string state() const { return {}; }
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
};

}  // namespace ringside::ship
