#include "bench/decode_sides.h"

#include <cstring>
#include <random>
#include <string>

#include "bench/comparison.h"
#include "schemas/wire/call_body.h"

namespace ringside::bench {
namespace {

constexpr std::uint16_t kFields = 20;

// 8 int, 7 float, 4 str, 1 bool, in turn, as a risk model's schema mixes them.
wire::Dtype dtype_of(std::uint16_t field) {
  if (field == 19) return wire::Dtype::kBool;
  if (field % 5 == 4) return wire::Dtype::kStr;
  return field % 2 == 0 ? wire::Dtype::kInt : wire::Dtype::kFloat;
}

engine::InputSchema make_schema() {
  std::vector<engine::Field> fields;
  for (std::uint16_t i = 0; i < kFields; ++i) {
    engine::Field field{.name = "field_" + std::to_string(i), .dtype = dtype_of(i)};
    if (i % 3 == 0 && !field.is_text()) field.low = -1e9, field.high = 1e9;
    fields.push_back(std::move(field));
  }
  return {std::move(fields), true};
}

// What a comparison looks at: a number as float32, a text as its length and first byte.
float shown(double number) { return static_cast<float>(number); }
float shown(std::string_view text) {
  return static_cast<float>(text.size()) * 256 + static_cast<float>(static_cast<unsigned char>(text.front()));
}

}  // namespace

Requests::Requests(std::size_t rows)
    : schema_(make_schema()), bodies_(rows * kArenaBytes), arena_(std::make_unique<std::byte[]>(kArenaBytes)) {
  std::mt19937_64 random(20);
  wire::CallBody body;
  for (std::size_t row = 0; row < rows; ++row) {
    body.start(kFields, 1);
    for (std::uint16_t field = 0; field < kFields; ++field) {
      const auto number = static_cast<std::int64_t>(random() % 100'000);
      switch (dtype_of(field)) {
        case wire::Dtype::kInt:
          body.set(field, 0, wire::Cell::integer(number));
          break;
        case wire::Dtype::kStr:
          body.set_text(field, 0, std::string(4 + random() % 13, static_cast<char>('a' + random() % 26)));
          break;
        case wire::Dtype::kBool:
          body.set(field, 0, wire::Cell::boolean(number % 2 == 0));
          break;
        default:
          body.set(field, 0, wire::Cell::real(static_cast<double>(number) / 8));
      }
    }
    if (body.bytes() > kArenaBytes) give_up("a request is longer than its arena");
    body.write(bodies_.data() + row * kArenaBytes);
    entries_.push_back(body.geometry(schema_.hash()));
  }
}

void Requests::stage(std::size_t row) noexcept {
  entry_.geometry = entries_[row];
  std::memcpy(arena_.get(), bodies_.data() + row * kArenaBytes, kArenaBytes);
}

OurDecode::OurDecode(std::shared_ptr<Requests> requests, bool digest)
    : requests_(std::move(requests)),
      adapter_(engine::identity_adapter(requests_->schema())),
      tile_(requests_->schema()),
      digest_(digest) {}

void OurDecode::call() {
  const engine::CallLimits limits{.in_arena_bytes = Requests::kArenaBytes, .out_arena_bytes = Requests::kArenaBytes};
  engine::GatherCursor cursor;
  if (read_call(requests_->entry(), requests_->arena(), limits, call_, meta_) != engine::CallShape::kGood)
    give_up("a good call was refused");
  static_cast<void>(gather(call_, adapter_, requests_->schema(), 1, cursor, tile_));
  if (digest_) last_digest_ = engine::input_digest({1, 2}, requests_->schema(), tile_, 0);
}

std::span<const float> OurDecode::answer() const {
  if (tile_.invalid() != 0) give_up("a good row was refused");
  answer_.clear();
  for (std::uint16_t field = 0; field < kFields; ++field) {
    answer_.push_back(requests_->schema().fields()[field].is_text() ? shown(tile_.texts(field)[0].view())
                                                                    : shown(tile_.numbers(field)[0]));
  }
  return answer_;
}

UncheckedCopy::UncheckedCopy(std::shared_ptr<Requests> requests)
    : requests_(std::move(requests)), numbers_(kFields), texts_(kFields), text_(Requests::kArenaBytes) {}

void UncheckedCopy::call() {
  const wire::RequestGeometry& geometry = requests_->entry().geometry;
  const wire::BodyLayout layout = *wire::body_layout(geometry);
  const std::byte* const body = requests_->arena() + geometry.body_offset;
  std::size_t used = 0;
  for (std::uint32_t column = 0; column < geometry.columns; ++column) {
    wire::Cell cell;
    std::memcpy(&cell.bits, body + layout.cells_offset + column * 8, 8);
    cell.tag = static_cast<wire::Tag>(body[layout.tags_offset + column]);
    switch (cell.tag) {
      case wire::Tag::kText:
        std::memcpy(text_.data() + used, body + layout.text_offset + cell.text_offset(), cell.text_bytes());
        texts_[column] = {text_.data() + used, cell.text_bytes()};
        used += cell.text_bytes();
        break;
      case wire::Tag::kReal:
        numbers_[column] = cell.as_real();
        break;
      default:
        numbers_[column] = static_cast<double>(cell.as_int());
    }
  }
}

std::span<const float> UncheckedCopy::answer() const {
  answer_.clear();
  for (std::uint16_t field = 0; field < kFields; ++field) {
    answer_.push_back(dtype_of(field) == wire::Dtype::kStr ? shown(texts_[field]) : shown(numbers_[field]));
  }
  return answer_;
}

}  // namespace ringside::bench
