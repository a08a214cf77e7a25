#include "tests/support/call_client.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "schemas/wire/protocol.h"
#include "tests/support/watchdog.h"

namespace ringside::test {
namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "CallClient: %s\n", what);
  std::abort();
}

}  // namespace

CallClient::CallClient(const wire::ChannelView& view, std::function<void()> ring) : view_(view), ring_(std::move(ring)) {
  for (std::uint16_t slot = wire::kRingEntries - 1; slot > 0; --slot) free_slots_.push_back(slot);  // 63 of 64: protocol.h
}

wire::RequestGeometry CallClient::prepare(wire::CallBody& body, std::uint64_t schema_hash, const Terms& terms) {
  require(!free_slots_.empty(), "no slot is free");
  require(body.bytes() <= in_share(), "the body does not fit its share of the arena");
  wire::RequestGeometry geometry = body.geometry(schema_hash, terms.encoding);
  geometry.slot = free_slots_.back();
  free_slots_.pop_back();
  geometry.deadline_ns = terms.deadline_ns;
  geometry.flags = terms.flags;
  geometry.body_offset = static_cast<std::uint32_t>(geometry.slot * in_share());
  geometry.out_offset = static_cast<std::uint32_t>(geometry.slot * out_share());
  geometry.out_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(terms.out_bytes, out_share()));
  body.write(view_.in_arena + geometry.body_offset);
  return geometry;
}

std::uint64_t CallClient::post_as_is(const wire::RequestGeometry& geometry) {
  const std::uint64_t ticket = next_ticket_++;
  wire::RequestEntry& entry = view_.requests[ticket % wire::kRingEntries];
  std::memcpy(&entry.geometry, &geometry, sizeof geometry);
  slot_of_[ticket] = geometry.slot;
  wire::publish_seq(entry.seq, ticket);                         // [SUBMIT]
  if (wire::must_ring(view_.parked->parked) && ring_) ring_();  // [DOORBELL]
  return ticket;
}

std::uint64_t CallClient::post(wire::CallBody& body, std::uint64_t schema_hash, const Terms& terms) {
  return post_as_is(prepare(body, schema_hash, terms));
}

bool CallClient::answered(std::uint64_t ticket) const { return wire::seq_is(view_.responses[slot_of_.at(ticket)].seq, ticket); }

Answer CallClient::take(std::uint64_t ticket) {
  const std::uint16_t slot = slot_of_.at(ticket);
  const Answer answer = read_answer(view_.responses[slot], view_.out_arena + slot * out_share());
  slot_of_.erase(ticket);
  free_slots_.push_back(slot);
  return answer;
}

Answer CallClient::wait(std::uint64_t ticket) {
  wait_until([&] { return answered(ticket); });
  return take(ticket);
}

Answer CallClient::wait_asleep(std::uint64_t ticket) {
  const auto& seq = view_.responses[slot_of_.at(ticket)].seq;
  auto& waiting = view_.control->waiting;
  while (true) {
    wire::announce_sleep(waiting);
    if (wire::seq_is_after_announcing(seq, ticket)) break;
    syscall(SYS_futex, &waiting, FUTEX_WAIT, 1, nullptr, nullptr, 0);
  }
  wire::announce_awake(waiting);
  return take(ticket);
}

}  // namespace ringside::test
