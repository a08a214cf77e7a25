#include "engine/journal/prediction_record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "client_lib/base/check.h"
#include "schemas/journal/prediction.h"

namespace ringside::engine {
namespace {

using journal::CellTag;
using journal::PredictionBody;
using journal::PredictionParts;

constexpr std::uint64_t kRoom = journal::kRecordBytesMax;

// Appends bytes behind each other.
class Tail {
 public:
  Tail(std::byte* place, std::uint64_t begin) noexcept : place_(place), begin_(begin), end_(begin) {}
  void add(const void* data, std::size_t bytes) noexcept {
    if (bytes == 0) return;  // memcpy may not be given the null pointer of an empty view
    std::memcpy(place_ + end_, data, bytes);
    end_ += bytes;
  }
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept { return end_ + bytes <= kRoom; }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return static_cast<std::uint32_t>(end_ - begin_); }

 private:
  std::byte* place_;
  std::uint64_t begin_, end_;
};

// The fixed fields that every prediction has, and what stands under `ids`.
struct Identity {
  PredictionBody body{};
  std::string_view request_id, trace_id, user, asked;
  Pseudonym user_pseudonym;
};

void identify(Identity& all, const RecordRules& rules, const RecordedCall& call, const RowIdentity& row) noexcept {
  PredictionBody& body = all.body;
  const CallSummary& summary = call.summary;
  body.ticket = call.ticket;
  body.client = call.client_id;
  body.uid = call.peer.uid;
  body.pid = call.peer.pid;
  body.version = summary.version_ordinal;
  body.row = row.row;
  body.rows = call.rows;
  body.code = summary.code;
  body.arm = static_cast<std::uint8_t>(summary.arm);
  body.label_index = -1;
  body.queue_ns = summary.queue_ns;
  body.decode_ns = summary.decode_ns;
  body.preprocess_ns = summary.preprocess_ns;
  body.forest_ns = summary.forest_ns;
  body.total_ns = summary.total_ns;
  body.key = rules.key.id;
  all.request_id = row.given;
  if (row.given.empty() && row.made != nullptr) {
    all.request_id = {reinterpret_cast<const char*>(row.made->data()), row.made->size()};
    body.flags |= journal::kRequestIdMade;
  }
  if (call.meta != nullptr) {
    all.trace_id = call.meta->trace_id();
    all.asked = call.meta->version().empty() ? call.meta->label() : call.meta->version();
    if (!call.meta->user_id().empty() && rules.user_ids == UserIds::kPlain) all.user = call.meta->user_id();
    if (!call.meta->user_id().empty() && rules.user_ids == UserIds::kHash) {
      all.user_pseudonym = pseudonym(rules.key, PseudonymDomain::kUser, call.meta->user_id());
      all.user = {reinterpret_cast<const char*>(all.user_pseudonym.data()), all.user_pseudonym.size()};
      body.flags |= journal::kUserHashed;
    }
  }
  // Each is bounded by limits.h, far below 256.
  body.request_id_bytes = static_cast<std::uint8_t>(all.request_id.size());
  body.user_bytes = static_cast<std::uint8_t>(all.user.size());
  body.trace_id_bytes = static_cast<std::uint8_t>(all.trace_id.size());
  body.caller_name_bytes = call.peer.name_bytes;
  body.asked_bytes = static_cast<std::uint8_t>(all.asked.size());
}

void put_identity(std::byte* place, const PredictionParts& parts, const Identity& all, const Peer& peer) noexcept {
  Tail ids(place, parts.ids);
  ids.add(all.request_id.data(), all.request_id.size());
  ids.add(all.user.data(), all.user.size());
  ids.add(all.trace_id.data(), all.trace_id.size());
  ids.add(peer.name.data(), peer.name_bytes);
  ids.add(all.asked.data(), all.asked.size());
}

void put_body(std::byte* place, const PredictionBody& body) noexcept {
  std::memcpy(place + sizeof(journal::RecordHead), &body, sizeof body);
}

// One row's cells, tags and texts.
class InputWriter {
 public:
  InputWriter(std::byte* place, const PredictionParts& parts, const RecordRules& rules, Tail& text) noexcept
      : place_(place), parts_(parts), rules_(rules), text_(text) {}

  void put(std::uint32_t field, const Field& rule, const Tile& tile, std::uint32_t row) noexcept {
    if (rule.is_text()) {
      const Text& text = tile.texts(field)[row];
      if (text.missing()) return set(field, CellTag::kMissing, 0);
      return put_text(field, rule.sensitivity, text.view());
    }
    const double value = tile.numbers(field)[row];
    if (std::isnan(value)) return set(field, CellTag::kMissing, 0);
    switch (rule.sensitivity) {
      case Sensitivity::kPlain:
        return set(field, CellTag::kNumber, std::bit_cast<std::uint64_t>(value));
      case Sensitivity::kHash:
        return put_pseudonym(field, pseudonym(rules_.key, value));
      case Sensitivity::kMask:
      case Sensitivity::kEncrypt:
      case Sensitivity::kDrop:
        break;
    }
    set(field, CellTag::kDropped, 0);
  }
  void put_not_read(std::uint32_t field) noexcept { set(field, CellTag::kNotRead, 0); }
  [[nodiscard]] bool cut() const noexcept { return cut_; }

 private:
  void put_text(std::uint32_t field, Sensitivity sensitivity, std::string_view text) noexcept {
    switch (sensitivity) {
      case Sensitivity::kPlain:
        return put_bytes(field, CellTag::kText, text);
      case Sensitivity::kMask:
        return put_bytes(field, CellTag::kMasked, masked(text));
      case Sensitivity::kHash:
        return put_pseudonym(field, pseudonym(rules_.key, PseudonymDomain::kText, text));
      case Sensitivity::kEncrypt:
      case Sensitivity::kDrop:
        break;
    }
    set(field, CellTag::kDropped, 0);
  }
  void put_pseudonym(std::uint32_t field, const Pseudonym& name) noexcept {
    put_bytes(field, CellTag::kPseudonym, {reinterpret_cast<const char*>(name.data()), name.size()});
  }
  void put_bytes(std::uint32_t field, CellTag tag, std::string_view bytes) noexcept {
    if (!text_.has_room(bytes.size())) {
      cut_ = true;
      return set(field, CellTag::kCut, bytes.size());
    }
    set(field, tag, std::uint64_t{bytes.size()} << 32 | text_.bytes());
    text_.add(bytes.data(), bytes.size());
  }
  void set(std::uint32_t field, CellTag tag, std::uint64_t cell) noexcept {
    std::memcpy(place_ + parts_.cells + std::uint64_t{field} * 8, &cell, 8);
    place_[parts_.tags + field] = static_cast<std::byte>(tag);
  }

  std::byte* place_;
  const PredictionParts& parts_;
  const RecordRules& rules_;
  Tail& text_;
  bool cut_ = false;
};

void put_bitmaps(std::byte* place, const PredictionParts& parts, const Tile& tile, std::uint32_t row) noexcept {
  const auto masks = tile.masks();
  for (std::uint32_t word = 0; word < parts.words; ++word) {
    std::array<std::uint64_t, 3> bits{};
    const std::size_t end = std::min<std::size_t>(masks.size(), (std::size_t{word} + 1) * 64);
    for (std::size_t field = std::size_t{word} * 64; field < end; ++field) {
      bits[0] |= (masks[field].filled >> row & 1) << (field % 64);
      bits[1] |= (masks[field].unknown >> row & 1) << (field % 64);
      bits[2] |= (masks[field].clamped >> row & 1) << (field % 64);
    }
    for (std::uint32_t kind = 0; kind < 3; ++kind) {
      std::memcpy(place + parts.bitmaps + (std::uint64_t{kind} * parts.words + word) * 8, &bits[kind], 8);
    }
  }
}

void put_errors(std::byte* place, const PredictionParts& parts, const RowErrors& errors, std::uint32_t row, Tail& text) noexcept {
  for (std::uint32_t i = 0; i < errors.count(row); ++i) {
    const RowError error = errors.at(row, i);
    journal::ErrorEntry entry{};
    entry.code = static_cast<std::uint8_t>(error.code);
    entry.expected = static_cast<std::uint8_t>(error.expected);
    entry.got = static_cast<std::uint8_t>(error.got);
    entry.field = error.field;
    entry.low = error.low;
    entry.high = error.high;
    if (text.has_room(error.name.size())) {
      entry.name_bytes = static_cast<std::uint8_t>(error.name.size());  // at most kErrorNameBytesMax
      entry.name_offset = text.bytes();
      text.add(error.name.data(), error.name.size());
    }
    std::memcpy(place + parts.errors + std::uint64_t{i} * sizeof entry, &entry, sizeof entry);
  }
}

// A field with an error has no value; nor has any, when the row had more errors than are kept.
bool has_value(const RowErrors& errors, std::uint32_t row, std::uint32_t field) noexcept {
  const std::uint32_t count = errors.count(row);
  if (count == wire::kRowErrorsMax) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (errors.at(row, i).field == field) return false;
  }
  return true;
}

void put_inputs(InputWriter& inputs, const InputSchema& schema, const Tile& tile, std::uint32_t row) noexcept {
  const Field* const fields = schema.fields().data();
  for (std::uint32_t field = 0; field < tile.fields(); ++field) {
    if (has_value(tile.errors(), row, field)) [[likely]] {
      inputs.put(field, fields[field], tile, row);
    } else {
      inputs.put_not_read(field);
    }
  }
}

// Features may be kept where all that the model reads is plain.
bool features_are_plain(const InputSchema& schema) noexcept {
  return std::ranges::all_of(schema.fields(),
                             [](const Field& field) { return field.meta || field.sensitivity == Sensitivity::kPlain; });
}

void put_numbers(std::byte* place, std::uint64_t at, const void* source, std::size_t first, std::size_t count,
                 FloatType type) noexcept {
  const std::size_t width = float_bytes(type);
  std::memcpy(place + at, static_cast<const std::byte*>(source) + first * width, count * width);
}

// The padding before `end`, and up to 8 bytes that something else is written over afterwards: memory of a length known here costs one store.
void put_padding(std::byte* place, std::uint64_t end) noexcept { std::memset(place + end - 8, 0, 8); }

}  // namespace

std::uint32_t write_row(std::byte* place, const RecordRules& rules, const RecordedCall& call, const RowIdentity& identity,
                        const RecordedTile& recorded, std::uint32_t tile_row) noexcept {
  const Tile& tile = recorded.tile;
  const bool invalid = (tile.invalid() >> tile_row & 1) != 0;
  Identity all;
  identify(all, rules, call, identity);
  PredictionBody& body = all.body;
  body.status = static_cast<std::uint8_t>(invalid ? wire::Status::kInvalid : wire::Status::kOk);
  body.fields = static_cast<std::uint16_t>(recorded.schema.size());
  body.errors = static_cast<std::uint8_t>(tile.errors().count(tile_row));
  const bool wide_output = recorded.output_type == FloatType::kFloat64,
             wide_features = recorded.feature_type == FloatType::kFloat64;
  body.flags |=
      static_cast<std::uint16_t>((wide_output ? journal::kOutputFloat64 : 0) | (wide_features ? journal::kFeaturesFloat64 : 0));
  if (!invalid) {
    body.label_index = recorded.scores.labels[tile_row];
    body.values = recorded.values;
    body.margins = recorded.margins;
    if (journal::parts_of(body).total > kRoom) {
      body.values = body.margins = 0;
      body.flags |= journal::kOutputsWithheld;
    }
    if (rules.features) {
      body.features = recorded.features;
      if (!features_are_plain(recorded.schema) || journal::parts_of(body).total > kRoom) {
        body.features = 0;
        body.flags |= journal::kFeaturesWithheld;
      }
    }
  }
  const PredictionParts parts = journal::parts_of(body);
  RINGSIDE_CHECK(parts.total <= kRoom);  // 4,096 fields, 32 errors and every id take less

  put_padding(place, parts.features);
  put_padding(place, parts.tags);
  put_bitmaps(place, parts, tile, tile_row);
  Tail text(place, parts.text);
  put_errors(place, parts, tile.errors(), tile_row, text);
  InputWriter inputs(place, parts, rules, text);
  put_inputs(inputs, recorded.schema, tile, tile_row);
  if (inputs.cut()) body.flags |= journal::kInputsCut;
  const TileScores& scores = recorded.scores;
  put_numbers(place, parts.values, scores.values, std::size_t{tile_row} * recorded.values, body.values, recorded.output_type);
  put_numbers(place, parts.margins, scores.margins, std::size_t{tile_row} * recorded.margins, body.margins, recorded.output_type);
  put_numbers(place, parts.features, scores.features, tile_row * scores.features_stride, body.features, recorded.feature_type);
  put_identity(place, parts, all, call.peer);
  body.text_bytes = text.bytes();
  put_body(place, body);
  return static_cast<std::uint32_t>(parts.text + body.text_bytes);
}

std::uint32_t write_unread(std::byte* place, const RecordRules& rules, const RecordedCall& call, const RowIdentity& identity,
                           wire::Status status) noexcept {
  Identity all;
  identify(all, rules, call, identity);
  all.body.status = static_cast<std::uint8_t>(status);
  const PredictionParts parts = journal::parts_of(all.body);
  put_identity(place, parts, all, call.peer);
  put_body(place, all.body);
  return static_cast<std::uint32_t>(parts.text);
}

}  // namespace ringside::engine
