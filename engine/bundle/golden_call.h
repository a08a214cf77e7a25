// Golden rows as a call: built as a client builds one, read as a worker reads one, all in private memory.
//
//   {"age":27,"city":"ams","zip":1} ─ number_cell, set_text ─▶ CallBody ─ write ─▶ entry + body ─ read_call ─▶ Call, for gather()
//
// What a JSON reader of ours does with a row is done here too: the first value of a field goes by handle; a second one and names
// that the schema lacks go as named extras; request_id, user_id, trace_id and route_tags are no features unless the schema has a
// field of that name.
//
// Thread safety: none. Cost: allocates; loader only.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/bundle/golden.h"
#include "engine/decode/call.h"
#include "engine/schema/adapter.h"
#include "schemas/wire/call_body.h"

namespace ringside::engine {

class GoldenCall {
 public:
  explicit GoldenCall(const InputSchema& schema);

  // REQUIRES: 1 to 512 rows. What read_call() says of them; on kGood, call() is ready for gather() until the next send().
  [[nodiscard]] CallShape send(std::span<const GoldenRow> rows);

  [[nodiscard]] const Call& call() const noexcept { return *call_; }
  [[nodiscard]] const Adapter& adapter() const noexcept { return adapter_; }

 private:
  void add_row(std::uint16_t number, const DocumentNode& row);

  const InputSchema& schema_;
  Adapter adapter_;
  wire::CallBody body_;
  std::vector<std::uint64_t> arena_;  // words, for the alignment
  std::unique_ptr<wire::RequestEntry> entry_;
  std::unique_ptr<Call> call_;
  CallMeta meta_;
};

}  // namespace ringside::engine
