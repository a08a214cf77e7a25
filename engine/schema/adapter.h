// How a client schema meets a bundle: for each column that the client sends, which field of the bundle it is.
//
//   client columns   age  income  zip  home          bundle fields   income  home  age  segment(optional)
//   field_of_column   2     0    kExtra   1          segment: never sent, filled as the schema says
//
// Made on the control path when a bundle is published or a schema declared; read by decode.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/schema/input_schema.h"
#include "engine/schema/text_index.h"

namespace ringside::engine {

// What a client declared, in its order.
struct ClientSchema {
  struct Column {
    std::string name;
    Dtype dtype = Dtype::kAny;
    bool operator==(const Column&) const = default;
  };
  std::vector<Column> columns;
  std::uint64_t hash = 0;  // schemas/wire/schema_hash.h
};

struct Adapter {
  static constexpr std::int32_t kExtra = -1;  // unknown here: EXTRA_FIELD, or ignored if the schema says so
  static constexpr std::int32_t kDropped =
      -2;  // unknown here, but an optional field of another resident bundle: dropped and counted

  std::vector<std::int32_t> field_of_column;
  std::vector<std::string> extra_names;  // of kExtra columns, by column: what EXTRA_FIELD calls them; others empty
  std::uint32_t dropped_columns = 0;
  const TextIndex* elsewhere = nullptr;  // names that kDropped would apply to, for values that come under their name; null: none. Not owned
};

// `known_elsewhere(name)`: some other resident bundle has this name as an optional field.
template <class KnownElsewhere>
Adapter make_adapter(const ClientSchema& client, const InputSchema& schema, const KnownElsewhere& known_elsewhere) {
  Adapter adapter;
  adapter.field_of_column.reserve(client.columns.size());
  adapter.extra_names.reserve(client.columns.size());
  for (const auto& column : client.columns) {
    std::int32_t field = schema.find(column.name);
    if (field < 0) {
      field = known_elsewhere(column.name) ? Adapter::kDropped : Adapter::kExtra;
      adapter.dropped_columns += field == Adapter::kDropped ? 1 : 0;
    }
    adapter.field_of_column.push_back(field);
    adapter.extra_names.push_back(field == Adapter::kExtra ? column.name : std::string());
  }
  return adapter;
}

// Column i is field i: for positional rows, and for golden replay.
inline Adapter identity_adapter(const InputSchema& schema) {
  Adapter adapter;
  for (std::uint32_t i = 0; i < schema.size(); ++i) adapter.field_of_column.push_back(static_cast<std::int32_t>(i));
  return adapter;
}

}  // namespace ringside::engine
