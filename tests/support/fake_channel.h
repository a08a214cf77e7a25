// The engine's half of one channel, for tests: sees calls in ticket order, answers them in any order. And channels without an
// engine: a piece of memory that both halves use through one mapping, as ThreadSanitizer needs it.
//
//   ScratchChannel channel;                            // memory for both halves
//   ChannelEnd<> client(channel.view());   FakeChannel engine(channel.view());
//   if (auto call = engine.next()) engine.answer(*call, ok_reply(*call, {.score = 0.25F}));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/wire/cell.h"
#include "schemas/wire/request.h"
#include "schemas/wire/response.h"
#include "schemas/wire/result.h"
#include "schemas/wire/segment.h"

namespace ringside::test {

// A copy of what came.
struct SeenCall {
  std::uint64_t ticket = 0;
  std::uint32_t channel = 0;
  wire::RequestGeometry geometry{};
  std::vector<std::byte> body;

  [[nodiscard]] wire::Cell cell(std::uint32_t column, std::uint32_t row) const;  // REQUIRES: nothing is broadcast
  [[nodiscard]] std::string text(const wire::Cell& cell) const;
  [[nodiscard]] std::vector<wire::ExtraCell> extras() const;
  [[nodiscard]] std::string name(const wire::ExtraCell& extra) const;
  // Bytes of the first item of this kind (schemas/wire/meta.h), and row; empty: none.
  [[nodiscard]] std::string meta(std::uint16_t kind, std::uint16_t row = 0) const;
  // An item of this kind that was too long to be sent.
  [[nodiscard]] bool refused(std::uint16_t kind) const;
};

struct FakeReply {
  wire::ResponseGeometry geometry{};
  std::vector<std::byte> result;
};

struct OkRow {
  float score = 0.5F;
  float margin = 0.0F;
  std::int32_t label = 1;
  std::uint64_t filled = 0, unknown = 0, clamped = 0;  // the first 64 fields
  wire::Status status = wire::Status::kOk;
};

struct FakeError {
  wire::FieldError error;
  std::string name;
};

struct ReplyParts {
  std::uint32_t version = 0;
  std::uint16_t fields = 1;
  std::vector<OkRow> rows;
  std::vector<FakeError> errors;
  std::vector<float> features;  // rows × equal share
  bool make_ids = true;         // row r gets 16 bytes of value r + 1
};

// A result as schemas/wire/result.h lays it out: one value and one margin a row.
FakeReply reply_of(const ReplyParts& parts);
// The same with float64 outputs and features, an equal share of each a row; every row ok, without ids.
struct Float64Parts {
  std::uint16_t fields = 1, rows = 1;
  std::vector<double> values, margins, features;
};
FakeReply reply_of(const Float64Parts& parts);
// Every row of the call alike.
FakeReply ok_reply(const SeenCall& call, const OkRow& row = {});
FakeReply refusal(wire::Status status, std::uint8_t code = 0);

class FakeChannel {
 public:
  explicit FakeChannel(const wire::ChannelView& view, std::uint32_t number = 0) : view_(view), number_(number) {}

  [[nodiscard]] std::optional<SeenCall> next();
  [[nodiscard]] bool has_next_after_announcing() const;
  void answer(const SeenCall& call, const FakeReply& reply);
  [[nodiscard]] wire::ChannelView& view() { return view_; }
  void park();
  void unpark();

 private:
  wire::ChannelView view_;
  std::uint32_t number_;
  std::uint64_t next_ticket_ = 0;
};

class ScratchChannel {
 public:
  explicit ScratchChannel(std::uint64_t arena_bytes = 64 * 1024);
  [[nodiscard]] const wire::ChannelView& view() const { return view_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte[], Free> segment_, page_;
  wire::ChannelView view_{};
};

}  // namespace ringside::test
