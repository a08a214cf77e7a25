#include "engine/schema/input_schema.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "schemas/wire/schema_hash.h"

namespace ringside::engine {
namespace {

bool same_bits(double a, double b) noexcept { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

// Sensitivity and role concern the record of a prediction, not its values.
bool gather_alike(const Field& a, const Field& b) noexcept {
  return a.name == b.name && a.dtype == b.dtype && a.required == b.required && a.on_missing == b.on_missing &&
         a.on_out_of_range == b.on_out_of_range && same_bits(a.fill_number, b.fill_number) && a.fill_text == b.fill_text &&
         same_bits(a.low, b.low) && same_bits(a.high, b.high) && a.allowed == b.allowed;
}

}  // namespace

InputSchema::InputSchema(std::vector<Field> fields, bool reject_extra_fields, Coercion coercion)
    : fields_(std::move(fields)), reject_extra_fields_(reject_extra_fields), coercion_(coercion) {
  std::vector<std::string> names;
  names.reserve(fields_.size());
  wire::SchemaHasher hasher;
  for (const Field& field : fields_) {
    names.push_back(field.name);
    hasher.add(field.dtype, field.name);
    if (runs_.empty() || runs_.back().is_text != field.is_text() || runs_.back().sensitivity != field.sensitivity) {
      runs_.push_back({0, field.is_text(), field.sensitivity});
    }
    ++runs_.back().fields;
    steps_read_plain_fields_ &= field.meta || field.sensitivity == Sensitivity::kPlain;
  }
  names_ = TextIndex(names);
  hash_ = hasher.hash();
}

bool InputSchema::gathers_like(const InputSchema& other) const noexcept {
  return hash_ == other.hash_ && reject_extra_fields_ == other.reject_extra_fields_ && coercion_ == other.coercion_ &&
         std::ranges::equal(fields_, other.fields_, gather_alike);
}

std::size_t InputSchema::memory_bytes() const noexcept {
  std::size_t bytes = names_.memory_bytes() + fields_.capacity() * sizeof(Field) + runs_.capacity() * sizeof(FieldRun);
  for (const Field& field : fields_) {
    bytes += field.name.capacity() + field.fill_text.capacity();
    for (const std::string& text : field.allowed) bytes += sizeof text + text.capacity();
  }
  return bytes;
}

}  // namespace ringside::engine
