#include "engine/journal/prediction_record.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "client_lib/base/check.h"
#include "engine/journal/input_writer.h"
#include "schemas/journal/prediction.h"

namespace ringside::engine {
namespace {

using namespace record_parts;
using journal::PredictionBody;

// A record is written where it will stand, front to back as far as can be: its lines are on their way into the cache (LandingWriter::commit), and
// the checksum reads in the same order what was stored long enough ago to be there.

// What stands under `ids`.
struct Identity {
  std::string_view request_id, trace_id, user, asked;
  Pseudonym user_pseudonym;
};

// Begins the body at its place, with all that does not depend on what became of the row.
PredictionBody& begin_body(std::byte* place, Identity& all, const RecordRules& rules, const RecordedCall& call,
                           const RowIdentity& row) noexcept {
  PredictionBody& body = *new (place + sizeof(journal::RecordHead)) PredictionBody{};
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
  body.target = call.target;
  body.label_index = -1;
  body.queue_ns = summary.queue_ns;
  body.decode_ns = summary.decode_ns;
  body.preprocess_ns = summary.preprocess_ns;
  body.forest_ns = summary.forest_ns;
  body.total_ns = summary.total_ns;
  body.key = rules.key.id;
  all.request_id = row.given;
  if (row.given.empty() && row.made != nullptr) {
    all.request_id = characters(*row.made);
    body.flags |= journal::kRequestIdMade;
  }
  if (call.meta != nullptr) {
    all.trace_id = call.meta->trace_id();
    all.asked = call.meta->version().empty() ? call.meta->label() : call.meta->version();
    if (!call.meta->user_id().empty() && rules.user_ids == UserIds::kPlain) all.user = call.meta->user_id();
    if (!call.meta->user_id().empty() && rules.user_ids == UserIds::kHash) {
      all.user_pseudonym = pseudonym(rules.key, PseudonymDomain::kUser, call.meta->user_id());
      all.user = characters(all.user_pseudonym);
      body.flags |= journal::kUserHashed;
    }
  }
  // Each is bounded by limits.h, far below 256.
  body.request_id_bytes = static_cast<std::uint8_t>(all.request_id.size());
  body.user_bytes = static_cast<std::uint8_t>(all.user.size());
  body.trace_id_bytes = static_cast<std::uint8_t>(all.trace_id.size());
  body.caller_name_bytes = call.peer.name_bytes;
  body.asked_bytes = static_cast<std::uint8_t>(all.asked.size());
  return body;
}

void put_identity(std::byte* place, const PredictionParts& parts, const Identity& all, const Peer& peer) noexcept {
  Tail ids(place, parts.ids);
  ids.add(all.request_id);
  ids.add(all.user);
  ids.add(all.trace_id);
  ids.add(peer.name.data(), peer.name_bytes);
  ids.add(all.asked);
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

// True: some text found no room.
bool put_inputs(std::byte* place, const PredictionParts& parts, const RecordRules& rules, const RecordedTile& recorded,
                std::uint32_t row, Tail& text) noexcept {
  const Tile& tile = recorded.tile;
  const RowErrors* const errors = tile.errors().count(row) != 0 ? &tile.errors() : nullptr;
  const double* numbers = tile.all_numbers() + row;  // each kind in the order of its fields
  const Text* texts = tile.all_texts() + row;
  InputWriter inputs(place, parts, rules, text);
  std::uint32_t field = 0;
  for (const FieldRun run : recorded.schema.runs()) {
    if (!run.is_text && run.sensitivity == Sensitivity::kPlain && errors == nullptr) [[likely]] {
      inputs.put_plain(numbers, run.fields);
      numbers += std::size_t{run.fields} * kTileRows;
      continue;
    }
    for (const std::uint32_t end = field + run.fields; field != end; ++field) {
      const bool unread = errors != nullptr && !has_value(*errors, row, field);
      if (run.is_text) {
        unread ? inputs.put_not_read() : inputs.put(*texts, run.sensitivity);
        texts += kTileRows;
      } else {
        unread ? inputs.put_not_read() : inputs.put(*numbers, run.sensitivity);
        numbers += kTileRows;
      }
    }
  }
  return inputs.cut();
}

// The row's bit of at most 64 fields' masks.
template <RowMask Tile::Masks::*kind>
std::uint64_t row_of(std::span<const Tile::Masks> masks, std::uint32_t row) noexcept {
  std::uint64_t bits = 0;
  for (const Tile::Masks* mask = masks.data() + masks.size(); mask != masks.data();)
    bits = bits + bits + ((--mask)->*kind >> row & 1);
  return bits;
}

// All of them together.
Tile::Masks any_of(std::span<const Tile::Masks> masks) noexcept {
  using Pair = std::uint64_t __attribute__((vector_size(16)));  // what every processor has
  struct Pairs {
    Pair first, second;
  };
  static_assert(sizeof(Pairs) == sizeof(Tile::Masks));
  Pairs any{};
  for (const Tile::Masks& one : masks) {
    Pairs more;
    std::memcpy(&more, &one, sizeof more);
    any.first |= more.first;
    any.second |= more.second;
  }
  return std::bit_cast<Tile::Masks>(any);
}

void put_bitmaps(std::byte* place, const PredictionParts& parts, const Tile& tile, std::uint32_t row) noexcept {
  for (std::uint32_t word = 0; word < parts.words; ++word) {
    const std::size_t first = std::size_t{word} * 64;
    const auto masks = tile.masks().subspan(first, std::min<std::size_t>(64, tile.fields() - first));
    const Tile::Masks any = any_of(masks);  // most rows have nothing unknown and nothing clamped
    const auto put = [&, at = parts.bitmaps + word * sizeof(std::uint64_t)](std::uint32_t kind, std::uint64_t bits) {
      store(place, at + std::uint64_t{kind} * parts.words * sizeof bits, bits);
    };
    put(0, (any.filled >> row & 1) != 0 ? row_of<&Tile::Masks::filled>(masks, row) : 0);
    put(1, (any.unknown >> row & 1) != 0 ? row_of<&Tile::Masks::unknown>(masks, row) : 0);
    put(2, (any.clamped >> row & 1) != 0 ? row_of<&Tile::Masks::clamped>(masks, row) : 0);
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
      text.add(error.name);
    }
    store(place, parts.errors + std::uint64_t{i} * sizeof entry, entry);
  }
}

void put_numbers(std::byte* place, std::uint64_t at, const void* source, std::size_t first, std::size_t count,
                 FloatType type) noexcept {
  const std::size_t width = float_bytes(type);
  const auto* const from = static_cast<const std::byte*>(source) + first * width;
  if (count == 1 && type == FloatType::kFloat32) {  // a binary model's
    std::memcpy(place + at, from, sizeof(float));
  } else {
    std::memcpy(place + at, from, count * width);
  }
}

// The padding before `end`, and up to 8 bytes that something else is written over afterwards: memory of a length known here costs one store.
void put_padding(std::byte* place, std::uint64_t end) noexcept { store(place, end - 8, std::uint64_t{0}); }

// Whether nothing that a step reads is to be dropped: a feature would tell it, to who has the key.
bool steps_read_no_dropped_field(const InputSchema& schema) noexcept {
  return std::ranges::none_of(schema.fields(), [](const Field& field) { return !field.meta && field.sensitivity == Sensitivity::kDrop; });
}

// What the row's outputs and features come to, as far as they may be kept and find room. Features that derive from a field that is not plain
// are the encrypted part's.
void count_outputs(PredictionBody& body, const RecordRules& rules, const RecordedTile& recorded) noexcept {
  body.values = recorded.values;
  body.margins = recorded.margins;
  if (rules.features) body.features = recorded.features;
  if (body.features != 0 && !recorded.schema.steps_read_plain_fields()) {
    body.features = 0;
    const std::uint64_t bytes = journal::padded(recorded.features * float_bytes(recorded.feature_type));
    const bool sealed = rules.cipher != nullptr && steps_read_no_dropped_field(recorded.schema) &&
                        journal::parts_of(body).total + kCipherBytes + bytes <= kRoom;
    body.flags |= sealed ? journal::kFeaturesSealed : journal::kFeaturesWithheld;
  }
  if (journal::parts_of(body).total <= kRoom) [[likely]]
    return;
  const std::uint16_t features = std::exchange(body.features, 0);
  if (journal::parts_of(body).total > kRoom) {
    body.values = body.margins = 0;
    body.flags |= journal::kOutputsWithheld;
  }
  body.features = features;
  if (features != 0 && journal::parts_of(body).total > kRoom) {
    body.features = 0;
    body.flags |= journal::kFeaturesWithheld;
  }
}

// The features, first, where they are sealed; room for what else may come.
void begin_cipher(const PredictionBody& body, const RecordRules& rules, const RecordedTile& recorded, std::uint32_t row,
                  Tail& text) noexcept {
  rules.cipher->begin_row();
  text.keep(kCipherBytes);
  if ((body.flags & journal::kFeaturesSealed) == 0) return;
  const std::size_t width = float_bytes(recorded.feature_type);
  text.keep(journal::padded(recorded.features * width));
  const auto* const features = static_cast<const std::byte*>(recorded.scores.features) + row * recorded.scores.features_stride * width;
  rules.cipher->add_features(features, recorded.features, width);
}

}  // namespace

std::uint32_t write_row(std::byte* place, const RecordRules& rules, const RecordedCall& call, const RowIdentity& identity,
                        const RecordedTile& recorded, std::uint32_t tile_row) noexcept {
  const Tile& tile = recorded.tile;
  const TileScores& scores = recorded.scores;
  Identity all;
  PredictionBody& body = begin_body(place, all, rules, call, identity);
  const bool invalid = (tile.invalid() >> tile_row & 1) != 0;
  body.status = static_cast<std::uint8_t>(invalid ? wire::Status::kInvalid : wire::Status::kOk);
  body.fields = static_cast<std::uint16_t>(recorded.schema.size());
  body.errors = static_cast<std::uint8_t>(tile.errors().count(tile_row));
  if (recorded.output_type == FloatType::kFloat64) body.flags |= journal::kOutputFloat64;
  if (recorded.feature_type == FloatType::kFloat64) body.flags |= journal::kFeaturesFloat64;
  if (!invalid) {
    body.label_index = scores.labels[tile_row];
    count_outputs(body, rules, recorded);
  }
  const PredictionParts parts = journal::parts_of(body);
  RINGSIDE_CHECK(parts.total <= kRoom);  // 4,096 fields, 32 errors and every id take less

  put_bitmaps(place, parts, tile, tile_row);
  put_padding(place, parts.features);
  put_padding(place, parts.tags);
  Tail text(place, parts.text);
  if (rules.cipher != nullptr) begin_cipher(body, rules, recorded, tile_row, text);
  put_errors(place, parts, tile.errors(), tile_row, text);
  if (put_inputs(place, parts, rules, recorded, tile_row, text)) body.flags |= journal::kInputsCut;
  put_numbers(place, parts.values, scores.values, std::size_t{tile_row} * recorded.values, body.values, recorded.output_type);
  put_numbers(place, parts.margins, scores.margins, std::size_t{tile_row} * recorded.margins, body.margins, recorded.output_type);
  put_numbers(place, parts.features, scores.features, tile_row * scores.features_stride, body.features, recorded.feature_type);
  put_identity(place, parts, all, call.peer);
  body.text_bytes = text.bytes();
  if (rules.cipher != nullptr && (body.sealed_bytes = rules.cipher->bytes()) != 0) {
    body.day_key = rules.cipher->key_id();
    rules.cipher->encrypt(place + parts.text + body.text_bytes, body);
  }
  return static_cast<std::uint32_t>(parts.text + body.text_bytes + body.sealed_bytes);
}

std::uint32_t write_unread(std::byte* place, const RecordRules& rules, const RecordedCall& call, const RowIdentity& identity,
                           wire::Status status) noexcept {
  Identity all;
  PredictionBody& body = begin_body(place, all, rules, call, identity);
  body.status = static_cast<std::uint8_t>(status);
  const PredictionParts parts = journal::parts_of(body);
  put_identity(place, parts, all, call.peer);
  return static_cast<std::uint32_t>(parts.text);
}

}  // namespace ringside::engine
