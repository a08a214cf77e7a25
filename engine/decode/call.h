// A call that can be trusted: the private copy of a request's geometry and metadata, with every offset and count checked against what the
// engine itself granted. Cells and text are still in shared memory; gather.h copies them, once, tile by tile.
//
// The data path's first half:   ingress (an entry was posted) → read_call → gather (a tile) → preprocess
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "schemas/wire/access.h"
#include "schemas/wire/body.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/meta.h"
#include "schemas/wire/request.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

// Metadata of one call, in the engine's own memory. Preallocated; reused from call to call. The bytes are as the caller gave them, not
// checked as UTF-8: whoever prints them escapes them. What was longer than its limit came as refused and is empty here; refuse_metadata()
// (metadata_errors.h) tells it.
class CallMeta {
 public:
  CallMeta();
  void clear() noexcept;

  [[nodiscard]] std::string_view user_id() const noexcept { return user_id_; }
  [[nodiscard]] std::string_view route_key() const noexcept { return route_key_; }
  [[nodiscard]] std::string_view trace_id() const noexcept { return trace_id_; }
  [[nodiscard]] std::uint32_t route_tags() const noexcept { return route_tag_count_; }
  [[nodiscard]] std::string_view route_tag(std::uint32_t index) const noexcept { return route_tags_[index]; }
  [[nodiscard]] std::span<const std::string_view> all_route_tags() const noexcept {
    return {route_tags_.data(), route_tag_count_};
  }
  [[nodiscard]] bool has_request_ids() const noexcept { return has_request_ids_; }
  // Empty: none given for this row.
  [[nodiscard]] std::string_view request_id(std::uint32_t row) const noexcept;

  // Something was too long to be sent.
  [[nodiscard]] bool has_refused() const noexcept { return refused_kinds_ != 0; }
  // Of kRequestId: of some row.
  [[nodiscard]] bool refused(wire::MetaKind kind) const noexcept {
    return (refused_kinds_ >> static_cast<std::uint16_t>(kind) & 1) != 0;
  }
  [[nodiscard]] bool request_id_refused(std::uint32_t row) const noexcept {
    return row < rows_ && has_request_ids_ && request_ids_[row].refused;
  }
  // Who should answer. None: whoever traffic chooses. One: version(), label() and target_refused() tell it too.
  struct Target {
    wire::MetaKind kind;    // kVersion, kLabel or kRouted
    std::string_view name;  // empty: kRouted, or one that is too long to exist
  };
  [[nodiscard]] std::span<const Target> targets() const noexcept { return {targets_.data(), target_count_}; }
  // REQUIRES, of these three: targets().size() <= 1.
  [[nodiscard]] std::string_view version() const noexcept { return version_; }  // empty: by route
  [[nodiscard]] std::string_view label() const noexcept { return label_; }
  // A version or label that is too long to exist.
  [[nodiscard]] bool target_refused() const noexcept {
    return refused(wire::MetaKind::kVersion) || refused(wire::MetaKind::kLabel);
  }

  // Copies `bytes` of metadata from shared memory once and reads the copy. False: malformed (unknown or reserved kind, over a limit, rows
  // not ascending, length beyond the end, a second user id, …).
  template <class Access = wire::DirectAccess>
  [[nodiscard]] bool read(const std::byte* source, std::uint32_t bytes, std::uint16_t rows) noexcept {
    Access::copy(bytes_.get(), source, bytes);  // REQUIRES: bytes <= kMetaBytesMax, checked by body_layout
    return parse(bytes, rows);
  }

 private:
  [[nodiscard]] bool parse(std::uint32_t bytes, std::uint16_t rows) noexcept;
  [[nodiscard]] bool parse_items(std::uint32_t bytes, std::uint16_t rows) noexcept;
  [[nodiscard]] bool take(wire::MetaKind kind, std::string_view value) noexcept;
  [[nodiscard]] bool take_refused(wire::MetaKind kind) noexcept;
  [[nodiscard]] bool take_target(wire::MetaKind kind, std::string_view name) noexcept;

  struct RequestId {
    std::uint32_t offset = 0;
    std::uint16_t bytes = 0;
    bool refused = false;
  };
  std::unique_ptr<std::byte[]> bytes_;        // kMetaBytesMax
  std::unique_ptr<RequestId[]> request_ids_;  // kCallRowsMax; only rows of this call are valid
  std::uint16_t rows_ = 0;
  bool has_request_ids_ = false;
  std::uint32_t refused_kinds_ = 0;  // bit k: an item of MetaKind k
  std::uint32_t route_tag_count_ = 0;
  std::array<std::string_view, wire::kRouteTagsMax> route_tags_;
  std::uint32_t target_count_ = 0;
  std::array<Target, wire::kTargetsMax> targets_;
  std::string_view user_id_, route_key_, trace_id_, version_, label_;
};

// The verdict on a call's shape.
enum class CallShape : std::uint8_t {
  kGood,
  kBatchSize,  // no rows, or more than the configured maximum
  kMalformed,  // geometry or metadata that no honest client writes, or a part that is reserved
  kLie,        // points outside what the channel owns: the peer cannot be trusted any further
};

struct CallLimits {
  std::uint64_t in_arena_bytes = 0;
  std::uint64_t out_arena_bytes = 0;
  std::uint16_t rows_max = 512;
};

struct Call {
  wire::RequestGeometry geometry{};
  wire::BodyLayout layout{};
  const std::byte* body = nullptr;  // shared memory, or inline_copy
  alignas(8) std::array<std::byte, wire::kInlineBytes> inline_copy{};
};

// Copies the entry once (its geometry and, if the body is inline, that too) and checks the copy. On kGood, `call` and `meta` are filled;
// on kBatchSize and kMalformed, call.geometry holds slot, out_offset and out_bytes that are safe to answer into. `slot` is checked against
// kRingEntries only: whether it is free is the channel's business.
template <class Access = wire::DirectAccess>
CallShape read_call(const wire::RequestEntry& entry, const std::byte* in_arena, const CallLimits& limits, Call& call,
                    CallMeta& meta) noexcept;

// The check of a private copy, apart from the copying.
CallShape check_geometry(const wire::RequestGeometry& geometry, const CallLimits& limits, wire::BodyLayout& layout) noexcept;

template <class Access>
CallShape read_call(const wire::RequestEntry& entry, const std::byte* in_arena, const CallLimits& limits, Call& call,
                    CallMeta& meta) noexcept {
  Access::copy(&call.geometry, &entry.geometry, sizeof call.geometry);
  const CallShape shape = check_geometry(call.geometry, limits, call.layout);
  if (shape != CallShape::kGood) return shape;
  if (call.geometry.body_offset == wire::kInline) {
    Access::copy(call.inline_copy.data(), entry.inline_body, sizeof entry.inline_body);
    call.body = call.inline_copy.data();
  } else {
    call.body = in_arena + call.geometry.body_offset;
  }
  if (call.geometry.meta_bytes == 0) {
    meta.clear();
    return CallShape::kGood;
  }
  return meta.read<Access>(call.body + call.layout.meta_offset, call.geometry.meta_bytes, call.geometry.rows)
             ? CallShape::kGood
             : CallShape::kMalformed;
}

}  // namespace ringside::engine
