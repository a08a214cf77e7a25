// The smallest client that speaks the wire: posts bodies built with wire::CallBody into one channel and reads answers.
// Independent of client_lib, so that each side's tests have the other side from the wire's definition alone.
//
//   CallClient client(view, ring);
//   const std::uint64_t ticket = client.post(body, schema_hash);
//   const Answer answer = client.wait(ticket);             spins
//   const Answer answer = client.wait_asleep(ticket);      sleeps on the futex, without a timeout
//
// Thread safety: one thread. Each slot owns a 64th of both arenas.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "schemas/wire/call_body.h"
#include "schemas/wire/segment.h"
#include "tests/support/answer.h"

namespace ringside::test {

class CallClient {
 public:
  explicit CallClient(const wire::ChannelView& view, std::function<void()> ring = {});

  struct Terms {
    wire::Encoding encoding = wire::Encoding::kHandles;
    std::uint64_t deadline_ns = 0;
    std::uint32_t flags = 0;
    std::uint32_t out_bytes = 0xFFFF'FFFF;  // at most the slot's share
  };
  // REQUIRES: fewer than 63 calls are unanswered; the body fits the slot's share. Returns the ticket.
  std::uint64_t post(wire::CallBody& body, std::uint64_t schema_hash, const Terms& terms);
  std::uint64_t post(wire::CallBody& body, std::uint64_t schema_hash) { return post(body, schema_hash, Terms{}); }

  // The geometry that post() would send, for tests that spoil it first; its slot is taken.
  [[nodiscard]] wire::RequestGeometry prepare(wire::CallBody& body, std::uint64_t schema_hash, const Terms& terms);
  [[nodiscard]] wire::RequestGeometry prepare(wire::CallBody& body, std::uint64_t schema_hash) {
    return prepare(body, schema_hash, Terms{});
  }
  // Sends it as it is, true or not.
  std::uint64_t post_as_is(const wire::RequestGeometry& geometry);

  [[nodiscard]] bool answered(std::uint64_t ticket) const;
  [[nodiscard]] Answer wait(std::uint64_t ticket);
  [[nodiscard]] Answer wait_asleep(std::uint64_t ticket);  // [WAKE], as README.md of schemas/wire draws it

  [[nodiscard]] Answer call(wire::CallBody& body, std::uint64_t schema_hash, const Terms& terms) {
    return wait(post(body, schema_hash, terms));
  }
  [[nodiscard]] Answer call(wire::CallBody& body, std::uint64_t schema_hash) { return wait(post(body, schema_hash)); }

 private:
  [[nodiscard]] Answer take(std::uint64_t ticket);
  [[nodiscard]] std::uint64_t in_share() const { return view_.in_arena_bytes / wire::kRingEntries / 8 * 8; }
  [[nodiscard]] std::uint64_t out_share() const { return view_.out_arena_bytes / wire::kRingEntries / 8 * 8; }

  wire::ChannelView view_;
  std::function<void()> ring_;
  std::uint64_t next_ticket_ = 0;
  std::vector<std::uint16_t> free_slots_;
  std::map<std::uint64_t, std::uint16_t> slot_of_;  // of unanswered tickets
};

}  // namespace ringside::test
