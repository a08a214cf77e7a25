// What stands behind a Schema: the ordered names with their index, made once and shared by every row, batch and connection.
//
// Thread safety: immutable. Cost: find() is one hash lookup.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ringside/schema.h>

#include "schemas/wire/request.h"

namespace ringside::detail {

struct SchemaState {
  std::vector<FieldDecl> fields;
  std::unordered_map<std::string_view, std::uint16_t> index;  // keys point into `fields`
  std::uint64_t hash = 0;
  wire::Encoding encoding = wire::Encoding::kHandles;

  // kNone when the name is not there.
  [[nodiscard]] std::uint16_t find(std::string_view name) const noexcept {
    const auto found = index.find(name);
    return found == index.end() ? FieldHandle::kNone : found->second;
  }
};

struct SchemaAccess {
  static Schema make(std::shared_ptr<const SchemaState> state) {
    Schema schema;
    schema.state_ = std::move(state);
    return schema;
  }
  static const std::shared_ptr<const SchemaState>& state(const Schema& schema) noexcept { return schema.state_; }
};

// Checks what the wire can carry: names unique, 1 to 255 bytes, at most 4,096 of them.
Result<std::shared_ptr<const SchemaState>, SchemaError> make_schema_state(std::vector<FieldDecl> fields, wire::Encoding encoding);

}  // namespace ringside::detail
