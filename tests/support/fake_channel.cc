#include "tests/support/fake_channel.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "client_lib/waiting/waiter.h"
#include "schemas/wire/body.h"
#include "schemas/wire/meta.h"
#include "schemas/wire/protocol.h"

namespace ringside::test {

wire::Cell SeenCall::cell(std::uint32_t column, std::uint32_t row) const {
  const auto layout = wire::body_layout(geometry);
  const std::size_t index = std::size_t{column} * geometry.rows + row;
  wire::Cell cell;
  std::memcpy(&cell.bits, body.data() + layout->cells_offset + index * 8, 8);
  cell.tag = static_cast<wire::Tag>(body[layout->tags_offset + index]);
  return cell;
}

std::string SeenCall::text(const wire::Cell& cell) const {
  const auto layout = wire::body_layout(geometry);
  return {reinterpret_cast<const char*>(body.data()) + layout->text_offset + cell.text_offset(), cell.text_bytes()};
}

std::vector<wire::ExtraCell> SeenCall::extras() const {
  const auto layout = wire::body_layout(geometry);
  std::vector<wire::ExtraCell> list(geometry.extras);
  if (!list.empty()) std::memcpy(list.data(), body.data() + layout->extras_offset, list.size() * sizeof list[0]);
  return list;
}

std::string SeenCall::name(const wire::ExtraCell& extra) const {
  const auto layout = wire::body_layout(geometry);
  return {reinterpret_cast<const char*>(body.data()) + layout->text_offset + extra.name_offset, extra.name_bytes};
}

std::string SeenCall::meta(std::uint16_t kind, std::uint16_t row) const {
  const auto layout = wire::body_layout(geometry);
  for (std::uint64_t at = layout->meta_offset; at < std::uint64_t{layout->meta_offset} + geometry.meta_bytes;) {
    wire::MetaItem item{};
    std::memcpy(&item, body.data() + at, sizeof item);
    const char* text = reinterpret_cast<const char*>(body.data()) + at + sizeof item;
    if (item.kind == kind && item.row == row) return {text, item.bytes};
    at += sizeof item + wire::padded8(item.bytes);
  }
  return {};
}

bool SeenCall::refused(std::uint16_t kind) const {
  const auto layout = wire::body_layout(geometry);
  for (std::uint64_t at = layout->meta_offset; at < std::uint64_t{layout->meta_offset} + geometry.meta_bytes;) {
    wire::MetaItem item{};
    std::memcpy(&item, body.data() + at, sizeof item);
    if (item.kind == kind && item.refused != 0) return true;
    at += sizeof item + wire::padded8(item.bytes);
  }
  return false;
}

FakeReply reply_of(const ReplyParts& parts) {
  FakeReply reply;
  wire::ResponseGeometry& g = reply.geometry;
  g.version_ordinal = parts.version;
  g.rows = static_cast<std::uint16_t>(parts.rows.size());
  g.fields = parts.fields;
  g.values = 1;
  g.margins = 1;
  g.arm = static_cast<std::uint8_t>(wire::Arm::kCurrent);
  g.targets = 1;
  g.queue_ns = 100;
  g.total_ns = 1'000;
  if (parts.make_ids) g.flags |= wire::kIdsMade;
  if (!parts.features.empty()) {
    g.flags |= wire::kHasFeatures;
    g.features = static_cast<std::uint16_t>(parts.features.size() / parts.rows.size());
  }
  for (const FakeError& error : parts.errors) g.errors += wire::error_units(static_cast<std::uint32_t>(error.name.size()));

  const wire::ResultLayout layout = wire::result_layout(g);
  reply.result.resize(layout.total_bytes);
  g.result_bytes = static_cast<std::uint32_t>(layout.total_bytes);
  std::byte* const base = reply.result.data();
  for (std::size_t r = 0; r < parts.rows.size(); ++r) {
    const OkRow& row = parts.rows[r];
    const std::uint64_t sets[3] = {row.filled, row.unknown, row.clamped};
    for (std::size_t s = 0; s < 3 && layout.words > 0; ++s) std::memcpy(base + (r * 3 + s) * layout.words * 8, &sets[s], 8);
    if (parts.make_ids) std::memset(base + layout.ids_offset + r * 16, static_cast<int>(r + 1), 16);
    wire::RowResult result{static_cast<std::uint8_t>(row.status), 0, 0, row.label};
    std::memcpy(base + layout.rows_offset + r * sizeof result, &result, sizeof result);
    std::memcpy(base + layout.values_offset + r * 4, &row.score, 4);
    std::memcpy(base + layout.margins_offset + r * 4, &row.margin, 4);
  }
  if (!parts.features.empty()) std::memcpy(base + layout.features_offset, parts.features.data(), parts.features.size() * 4);
  std::size_t unit = 0;
  for (const FakeError& error : parts.errors) {
    wire::FieldError entry = error.error;
    entry.name_bytes = static_cast<std::uint16_t>(error.name.size());
    std::byte* const at = base + layout.errors_offset + unit * sizeof entry;
    std::memcpy(at, &entry, sizeof entry);
    std::memcpy(at + sizeof entry, error.name.data(), error.name.size());
    unit += wire::error_units(entry.name_bytes);
  }
  return reply;
}

FakeReply reply_of(const Float64Parts& parts) {
  FakeReply reply;
  wire::ResponseGeometry& g = reply.geometry;
  g.rows = parts.rows;
  g.fields = parts.fields;
  g.values = static_cast<std::uint16_t>(parts.values.size() / parts.rows);
  g.margins = static_cast<std::uint16_t>(parts.margins.size() / parts.rows);
  g.features = static_cast<std::uint16_t>(parts.features.size() / parts.rows);
  g.output_type = static_cast<std::uint8_t>(wire::OutputType::kFloat64);
  g.targets = 1;
  g.flags = wire::kHasFeatures | wire::kFeaturesFloat64;
  const wire::ResultLayout layout = wire::result_layout(g);
  reply.result.resize(layout.total_bytes);
  g.result_bytes = static_cast<std::uint32_t>(layout.total_bytes);
  std::memcpy(reply.result.data() + layout.values_offset, parts.values.data(), parts.values.size() * 8);
  std::memcpy(reply.result.data() + layout.margins_offset, parts.margins.data(), parts.margins.size() * 8);
  std::memcpy(reply.result.data() + layout.features_offset, parts.features.data(), parts.features.size() * 8);
  return reply;
}

FakeReply ok_reply(const SeenCall& call, const OkRow& row) {
  return reply_of({.rows = std::vector<OkRow>(call.geometry.rows, row), .errors = {}, .features = {}});
}

FakeReply refusal(wire::Status status, std::uint8_t code) {
  FakeReply reply;
  reply.geometry.version_ordinal = wire::kNoVersion;
  reply.geometry.call_status = static_cast<std::uint8_t>(status);
  reply.geometry.call_code = code;
  return reply;
}

std::optional<SeenCall> FakeChannel::next() {
  const wire::RequestEntry& entry = view_.requests[next_ticket_ % wire::kRingEntries];
  if (!wire::seq_is<>(entry.seq, next_ticket_)) return std::nullopt;
  SeenCall call;
  call.ticket = next_ticket_++;
  call.channel = number_;
  std::memcpy(&call.geometry, &entry.geometry, sizeof call.geometry);
  const std::byte* source =
      call.geometry.body_offset == wire::kInline ? entry.inline_body : view_.in_arena + call.geometry.body_offset;
  call.body.assign(source, source + call.geometry.body_bytes);
  return call;
}

bool FakeChannel::has_next_after_announcing() const {
  return wire::seq_is_after_announcing<>(view_.requests[next_ticket_ % wire::kRingEntries].seq, next_ticket_);
}

void FakeChannel::answer(const SeenCall& call, const FakeReply& reply) {
  wire::ResponseSlot& slot = view_.responses[call.geometry.slot];
  wire::ResponseGeometry geometry = reply.geometry;
  if (geometry.result_bytes == 0) geometry.result_bytes = static_cast<std::uint32_t>(reply.result.size());
  std::byte* target = view_.out_arena + call.geometry.out_offset;
  if (reply.result.size() <= wire::kInlineBytes) {
    geometry.flags |= wire::kResultInline;
    target = slot.inline_result;
  } else if (reply.result.size() > call.geometry.out_bytes) {
    std::abort();  // the test's reply does not fit what the client gave
  }
  std::memcpy(&slot.geometry, &geometry, sizeof geometry);
  if (!reply.result.empty()) std::memcpy(target, reply.result.data(), reply.result.size());
  wire::publish_seq<>(slot.seq, call.ticket);
  if (wire::must_wake<>(view_.control->waiting)) futex_wake(view_.control->waiting);
}

void FakeChannel::park() { wire::announce_sleep<>(view_.parked->parked); }
void FakeChannel::unpark() { wire::announce_awake<>(view_.parked->parked); }

void ScratchChannel::Free::operator()(std::byte* memory) const { std::free(memory); }

ScratchChannel::ScratchChannel(std::uint64_t arena_bytes) {
  const wire::SegmentShape shape{1, arena_bytes, arena_bytes};
  const auto zeroed = [](std::uint64_t bytes) {
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(4'096, bytes));
    std::memset(memory, 0, bytes);
    return memory;
  };
  segment_.reset(zeroed(shape.total_bytes()));
  page_.reset(zeroed(shape.page_bytes()));
  view_ = wire::ChannelView::at(segment_.get(), page_.get(), shape, 0);
}

}  // namespace ringside::test
