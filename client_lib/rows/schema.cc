#include <ringside/schema.h>

#include <utility>

#include "client_lib/base/check.h"
#include "client_lib/rows/schema_state.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/schema_hash.h"

namespace ringside {
namespace detail {

Result<std::shared_ptr<const SchemaState>, SchemaError> make_schema_state(std::vector<FieldDecl> fields,
                                                                          wire::Encoding encoding) {
  const auto bad = [](std::string message) { return fail(SchemaError{SchemaErrorCode::kBadSchema, std::move(message)}); };
  if (fields.size() > wire::kColumnsMax) {
    return bad(std::to_string(fields.size()) + " names; a schema holds at most " + std::to_string(wire::kColumnsMax));
  }
  auto state = std::make_shared<SchemaState>();
  state->fields = std::move(fields);
  state->encoding = encoding;
  state->index.reserve(state->fields.size());
  wire::SchemaHasher hasher;
  for (std::size_t i = 0; i < state->fields.size(); ++i) {
    const FieldDecl& field = state->fields[i];
    if (field.name.empty()) return bad("name " + std::to_string(i) + " is empty");
    if (field.name.size() > wire::kNameBytesMax) {
      return bad("name " + std::to_string(i) + " has " + std::to_string(field.name.size()) + " bytes; at most " +
                 std::to_string(wire::kNameBytesMax) + " are allowed");
    }
    if (!state->index.emplace(field.name, static_cast<std::uint16_t>(i)).second)
      return bad("the name '" + field.name + "' is there twice");
    hasher.add(static_cast<wire::Dtype>(field.dtype), field.name);
  }
  state->hash = hasher.hash();
  return std::shared_ptr<const SchemaState>(std::move(state));
}

}  // namespace detail

Result<Schema, SchemaError> Schema::positional(std::vector<FieldDecl> fields) {
  auto state = detail::make_schema_state(std::move(fields), wire::Encoding::kPositional);
  if (!state) return fail(std::move(state).error());
  return detail::SchemaAccess::make(*std::move(state));
}

std::size_t Schema::size() const noexcept { return state_ == nullptr ? 0 : state_->fields.size(); }

FieldHandle Schema::handle(std::string_view name) const noexcept {
  return {state_ == nullptr ? FieldHandle::kNone : state_->find(name)};
}

const FieldDecl& Schema::field(std::size_t index) const noexcept {
  RINGSIDE_CHECK(index < size());
  return state_->fields[index];
}

std::uint64_t Schema::hash() const noexcept { return state_ == nullptr ? 0 : state_->hash; }

std::vector<FieldDecl> VersionInfo::declarations() const {
  std::vector<FieldDecl> list;
  list.reserve(fields.size());
  for (const Field& field : fields) list.push_back({field.name, field.dtype});
  return list;
}

}  // namespace ringside
