// The client's half of a channel: request ring and response slots in shared memory, and, in private memory, everything that
// decides.
//
//   post:  slot ← free slots, body → arena or entry, entry ← geometry, seq ← ticket + 1   [SUBMIT]
//   done:  seq of the slot == ticket + 1                                                   [COMPLETE]
//   take:  copy slot and result out, check the copy, free the slot
//   leave: nobody waits any more: slot and memory stay quarantined until the engine has answered, for it may still write there
//
// 63 of the 64 slots are used, so that an entry is free again before its turn comes: schemas/wire/protocol.h says why.
// Thread safety: one owner. Cost: no allocation (but an answer growing to its size), no lock, no system call.
// A template over the atomics policy, like the words that it touches.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "client_lib/answers/answer.h"
#include "client_lib/channel/extents.h"
#include "client_lib/directory.h"
#include "client_lib/request_ids.h"
#include "schemas/wire/access.h"
#include "schemas/wire/call_body.h"
#include "schemas/wire/protocol.h"
#include "schemas/wire/segment.h"
#include "schemas/wire/targets.h"

namespace ringside {

enum class Posted : std::uint8_t {
  kPosted,
  kNoSlot,    // every slot is in use
  kNoMemory,  // the arena is too full just now
  kTooLarge,  // the arena could never hold it
};

template <class P = wire::StdAtomics, class Access = wire::DirectAccess>
class ChannelEnd {
 public:
  static constexpr std::uint32_t kSlots = wire::kRingEntries - 1;
  static constexpr std::uint16_t kNoSlot = 0xFFFF;

  // One call under way.
  struct Call {
    std::uint64_t ticket = 0;        // under which it was posted last
    std::uint64_t first_ticket = 0;  // by which its caller knows it
    std::uint64_t posted_ns = 0;     // our own clock
    std::uint64_t give_up_ns = 0;    // our own clock; 0: never
    bool rang = false;               // the engine slept when it was posted last
    Extent in, out;
    wire::RequestGeometry geometry{};
    alignas(8) std::array<std::byte, wire::kInlineBytes> inline_body{};
    RequestIds ids;
  };

  explicit ChannelEnd(const wire::ChannelView& view) noexcept
      : view_(view), in_(view.in_arena_bytes), out_(view.out_arena_bytes) {}

  ChannelEnd(const ChannelEnd&) = delete;  // shared memory knows one owner
  ChannelEnd& operator=(const ChannelEnd&) = delete;

  // `geometry` holds all but slot and the two offsets; geometry.out_bytes is what the result should have, `least_out_bytes` what
  // it must. On kPosted, `slot` names the call.
  Posted post(wire::CallBody& body, wire::RequestGeometry geometry, std::uint64_t least_out_bytes, std::uint16_t& slot) noexcept {
    if (body.bytes() > view_.in_arena_bytes || least_out_bytes > view_.out_arena_bytes) return Posted::kTooLarge;
    slot = free_slot();
    if (slot == kNoSlot) return Posted::kNoSlot;
    Call& call = calls_[slot];
    const bool fits_entry = body.bytes() <= wire::kInlineBytes;
    const auto in = in_.take(fits_entry ? 0 : body.bytes());
    if (!in) return Posted::kNoMemory;
    auto out = out_.take(geometry.out_bytes);
    if (!out) out = out_.take(least_out_bytes);
    if (!out) {
      in_.give_back(*in);
      return Posted::kNoMemory;
    }
    call.in = *in;
    call.out = *out;
    call.geometry = geometry;
    call.geometry.body_offset = fits_entry ? wire::kInline : call.in.offset;
    body.write(fits_entry ? call.inline_body.data() : view_.in_arena + call.in.offset);
    call.first_ticket = next_ticket_;
    publish(slot);
    return Posted::kPosted;
  }

  // The same call again, under a new ticket, with all the result memory that can be had. False: there is not more of it than
  // before.
  // REQUIRES: done(slot). The answer that came is dropped.
  bool post_again_with_more_room(std::uint16_t slot) noexcept {
    Call& call = calls_[slot];
    const std::uint32_t before = call.out.bytes;
    out_.give_back(std::exchange(call.out, {}));
    for (std::uint64_t wanted = view_.out_arena_bytes; wanted > before; wanted /= 2) {
      const auto more = out_.take(wanted);
      if (!more) continue;
      call.out = *more;
      publish(slot);
      return true;
    }
    return false;
  }

  [[nodiscard]] bool done(std::uint16_t slot) const noexcept {
    return wire::seq_is<P>(view_.responses[slot].seq, calls_[slot].ticket);
  }

  // Copies the answer out and frees the slot. REQUIRES: done(slot).
  void take(std::uint16_t slot, std::uint32_t rows_sent, Directory& directory, VersionCache& versions, detail::Answer& answer) {
    Call& call = calls_[slot];
    const wire::ResponseSlot& response = view_.responses[slot];
    wire::ResponseGeometry copied{};
    Access::copy(&copied, &response.geometry, sizeof copied);
    const bool in_slot = (copied.flags & wire::kResultInline) != 0;
    answer.ids.clear();
    const std::uint32_t bytes_max = in_slot ? static_cast<std::uint32_t>(wire::kInlineBytes) : call.out.bytes;
    if (copied.result_bytes > bytes_max || copied.targets > 1) {
      answer.say(Status::kFail, Reason::kNone, FieldCode::kNone, rows_sent);
    } else {
      Access::copy(answer.room(copied.result_bytes), in_slot ? response.inline_result : view_.out_arena + call.out.offset,
                   copied.result_bytes);
      answer.believe(copied, rows_sent, versions.find(directory, copied.version_ordinal));
    }
    if (!call.ids.empty()) std::swap(answer.ids, call.ids);
    release(slot);
  }

  // The same of a call to several targets, 2 to kTargetsMax: an answer each (schemas/wire/targets.h).
  void take_targets(std::uint16_t slot, std::uint32_t rows_sent, Directory& directory, VersionCache& versions,
                    std::span<detail::Answer* const> answers) {
    Call& call = calls_[slot];
    wire::ResponseGeometry whole{};
    Access::copy(&whole, &view_.responses[slot].geometry, sizeof whole);
    for (detail::Answer* const answer : answers) answer->ids.clear();
    const auto count = static_cast<std::uint32_t>(answers.size());
    const bool ids_made = (whole.flags & wire::kIdsMade) != 0;
    const wire::TargetsLayout layout = wire::targets_layout(count, whole.rows, ids_made);
    const std::byte* const region = view_.out_arena + call.out.offset;
    if (whole.call_status != static_cast<std::uint8_t>(Status::kOk)) {  // refused as a whole: there is no table
      for (detail::Answer* const answer : answers)
        answer->believe(whole, rows_sent, versions.find(directory, whole.version_ordinal));
    } else if (whole.targets != count || whole.rows != rows_sent || layout.blocks_offset > call.out.bytes) {
      for (detail::Answer* const answer : answers) answer->say(Status::kFail, Reason::kNone, FieldCode::kNone, rows_sent);
    } else {
      for (std::uint32_t target = 0; target < count; ++target) {
        take_block(call, region, target, rows_sent, directory, versions, *answers[target]);
      }
      for (std::uint32_t row = 0; ids_made && row < rows_sent; ++row) {
        std::array<std::byte, 16> id;
        Access::copy(id.data(), region + layout.ids_offset + std::uint64_t{row} * id.size(), id.size());
        for (detail::Answer* const answer : answers) answer->ids.set_uuid(row, id.data());
      }
    }
    if (!call.ids.empty()) {
      for (detail::Answer* const answer : answers) answer->ids = call.ids;
    }
    release(slot);
  }

  // Whether the engine asks for more result memory. REQUIRES: done(slot).
  [[nodiscard]] bool wants_more_room(std::uint16_t slot) const noexcept {
    wire::ResponseGeometry copied{};
    Access::copy(&copied, &view_.responses[slot].geometry, sizeof copied);
    return copied.call_status == static_cast<std::uint8_t>(Status::kUnavailable) &&
           copied.call_code == static_cast<std::uint8_t>(Reason::kResultSpace);
  }

  // Nobody waits for this call any more.
  void leave(std::uint16_t slot) noexcept {
    waited_for_ &= ~bit(slot);
    quarantined_ |= bit(slot);
  }
  void leave_all() noexcept {
    quarantined_ |= waited_for_;
    waited_for_ = 0;
  }

  // The call under way that `slot` holds; null when nobody may wait for it (any more).
  [[nodiscard]] Call* call(std::uint16_t slot, std::uint64_t first_ticket) noexcept {
    const bool known = slot < kSlots && (waited_for_ & bit(slot)) != 0;
    return known && calls_[slot].first_ticket == first_ticket ? &calls_[slot] : nullptr;
  }
  [[nodiscard]] Call& call(std::uint16_t slot) noexcept { return calls_[slot]; }

  [[nodiscard]] const wire::ChannelView& view() const noexcept { return view_; }
  [[nodiscard]] bool engine_sleeps() const noexcept { return wire::must_ring<P>(view_.parked->parked); }
  [[nodiscard]] int under_way() const noexcept { return std::popcount(waited_for_); }
  [[nodiscard]] int quarantined() const noexcept { return std::popcount(quarantined_); }
  [[nodiscard]] const ArenaExtents& in_extents() const noexcept { return in_; }
  [[nodiscard]] const ArenaExtents& out_extents() const noexcept { return out_; }

 private:
  static constexpr std::uint64_t bit(std::uint16_t slot) noexcept { return std::uint64_t{1} << slot; }

  // One target's geometry and what stands in its block. REQUIRES: the table lies inside call.out.
  static void take_block(const Call& call, const std::byte* region, std::uint32_t target, std::uint32_t rows_sent,
                         Directory& directory, VersionCache& versions, detail::Answer& answer) {
    wire::ResponseGeometry copied{};
    Access::copy(&copied, region + target * sizeof copied, sizeof copied);
    const std::uint64_t end = std::uint64_t{copied.block_offset} + copied.result_bytes;
    const bool sane =
        copied.targets == 1 && end <= call.out.bytes && (copied.flags & (wire::kIdsMade | wire::kResultInline)) == 0;
    if (!sane) return answer.say(Status::kFail, Reason::kNone, FieldCode::kNone, rows_sent);
    Access::copy(answer.room(copied.result_bytes), region + copied.block_offset, copied.result_bytes);
    answer.believe(copied, rows_sent, versions.find(directory, copied.version_ordinal));
  }

  std::uint16_t free_slot() noexcept {
    if (quarantined_ != 0) [[unlikely]] {
      for (std::uint64_t left = quarantined_; left != 0; left &= left - 1) {
        const auto slot = static_cast<std::uint16_t>(std::countr_zero(left));
        if (done(slot)) release(slot);
      }
    }
    const std::uint64_t used = waited_for_ | quarantined_;
    const auto slot = static_cast<std::uint16_t>(std::countr_one(used));
    return slot < kSlots ? slot : kNoSlot;
  }

  void publish(std::uint16_t slot) noexcept {
    Call& call = calls_[slot];
    call.ticket = next_ticket_++;
    call.geometry.slot = slot;
    call.geometry.out_offset = call.out.offset;
    call.geometry.out_bytes = call.out.bytes;
    wire::RequestEntry& entry = view_.requests[call.ticket % wire::kRingEntries];
    std::memcpy(static_cast<void*>(&entry.geometry), &call.geometry, sizeof call.geometry);
    if (call.geometry.body_offset == wire::kInline)
      std::memcpy(entry.inline_body, call.inline_body.data(), call.geometry.body_bytes);
    waited_for_ |= bit(slot);
    wire::publish_seq<P>(entry.seq, call.ticket);
  }

  void release(std::uint16_t slot) noexcept {
    waited_for_ &= ~bit(slot);
    quarantined_ &= ~bit(slot);
    in_.give_back(std::exchange(calls_[slot].in, {}));
    out_.give_back(std::exchange(calls_[slot].out, {}));
  }

  wire::ChannelView view_;
  ArenaExtents in_, out_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t waited_for_ = 0;  // one bit a slot
  std::uint64_t quarantined_ = 0;
  std::array<Call, wire::kRingEntries> calls_;
};

}  // namespace ringside
