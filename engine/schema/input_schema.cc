#include "engine/schema/input_schema.h"

#include <utility>

#include "schemas/wire/schema_hash.h"

namespace ringside::engine {

InputSchema::InputSchema(std::vector<Field> fields, bool reject_extra_fields, Coercion coercion)
    : fields_(std::move(fields)), reject_extra_fields_(reject_extra_fields), coercion_(coercion) {
  std::vector<std::string> names;
  names.reserve(fields_.size());
  wire::SchemaHasher hasher;
  for (const Field& field : fields_) {
    names.push_back(field.name);
    hasher.add(field.dtype, field.name);
  }
  names_ = TextIndex(names);
  hash_ = hasher.hash();
}

std::size_t InputSchema::memory_bytes() const noexcept {
  std::size_t bytes = names_.memory_bytes() + fields_.capacity() * sizeof(Field);
  for (const Field& field : fields_) {
    bytes += field.name.capacity() + field.fill_text.capacity();
    for (const std::string& text : field.allowed) bytes += sizeof text + text.capacity();
  }
  return bytes;
}

}  // namespace ringside::engine
