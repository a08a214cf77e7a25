#include "bench/packed_sides.h"

#include <cmath>
#include <cstring>
#include <random>
#include <string>

#include "bench/comparison.h"
#include "schemas/wire/call_body.h"

namespace ringside::bench {
namespace {

engine::InputSchema number_schema() {
  std::vector<engine::Field> fields;
  for (std::uint16_t i = 0; i < GatherNumbers::kFields; ++i) {
    engine::Field field{
        .name = "field_" + std::to_string(i), .dtype = wire::Dtype::kFloat, .on_missing = engine::OnMissing::kPass};
    if (i % 3 == 0) field.low = -1e9, field.high = 1e9;
    fields.push_back(std::move(field));
  }
  return {std::move(fields), true};
}

void put(wire::CallBody& body, wire::Encoding encoding, std::uint16_t field, std::uint16_t row, float value) {
  switch (encoding) {
    case wire::Encoding::kPackedF32:
      body.packed_f32(field)[row] = value;
      break;
    case wire::Encoding::kPackedF64:
      body.packed_f64(field)[row] = static_cast<double>(value);
      break;
    default:
      body.set(field, row, std::isnan(value) ? wire::Cell::null() : wire::Cell::real(static_cast<double>(value)));
  }
}

}  // namespace

GatherNumbers::GatherNumbers(wire::Encoding encoding, std::size_t batches)
    : schema_(number_schema()), adapter_(engine::identity_adapter(schema_)), tile_(schema_) {
  std::mt19937_64 random(100);  // the same numbers for all sides
  std::normal_distribution<float> normal;
  wire::CallBody body;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    if (encoding == wire::Encoding::kHandles) {
      body.start(kFields, kRows);
    } else {
      body.start_packed(kFields, kRows, encoding);
    }
    for (std::uint16_t field = 0; field < kFields; ++field) {
      for (std::uint16_t row = 0; row < kRows; ++row) {
        const float value = normal(random);
        put(body, encoding, field, row, random() % 32 == 0 ? std::nanf("") : value);
      }
    }
    bytes_ = body.bytes();
    bodies_.resize((batch + 1) * bytes_);
    body.write(bodies_.data() + batch * bytes_);
  }
  entry_.geometry = body.geometry(schema_.hash());
  arena_ = std::make_unique<std::byte[]>(bytes_);
}

void GatherNumbers::stage(std::size_t row) { std::memcpy(arena_.get(), bodies_.data() + row / kRows * bytes_, bytes_); }

void GatherNumbers::call() {
  const engine::CallLimits limits{.in_arena_bytes = static_cast<std::uint32_t>(bytes_), .out_arena_bytes = 1'024};
  engine::GatherCursor cursor;
  if (read_call(entry_, arena_.get(), limits, call_, meta_) != engine::CallShape::kGood) give_up("a good call was refused");
  static_cast<void>(gather(call_, adapter_, schema_, kRows, cursor, tile_));
}

std::span<const float> GatherNumbers::answer() const {
  if (tile_.rows() != kRows || tile_.invalid() != 0) give_up("a good row was refused");
  answer_.clear();
  for (std::uint32_t row = 0; row < kRows; ++row) {
    for (std::uint32_t field = 0; field < kFields; ++field) answer_.push_back(static_cast<float>(tile_.numbers(field)[row]));
  }
  return answer_;
}

}  // namespace ringside::bench
