// Names of fields, resolved once to handles; and what a version of a model says of itself.
//
//   auto schema = client.resolve({{"age", Dtype::kInt}, {"home", Dtype::kStr}});
//   const FieldHandle age = schema->handle("age");
//
// A Schema is the caller's: the engine maps it to every version that it serves, so handles stay valid across switches of version
// and restarts of the engine. A field that the current version does not know is no error here; rows that carry it get the
// engine's verdict.
//
// Thread safety: Schema and VersionInfo are immutable; copies share their content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>
#include <ringside/status.h>

namespace ringside {

namespace detail {
struct SchemaState;
struct SchemaAccess;
}  // namespace detail

struct FieldDecl {
  std::string name;
  Dtype dtype = Dtype::kAny;
  bool operator==(const FieldDecl&) const = default;
};

// A field's place in a Schema. Plain: copy it, keep it, use it with rows of the schema that gave it.
struct FieldHandle {
  static constexpr std::uint16_t kNone = 0xFFFF;
  std::uint16_t index = kNone;
  [[nodiscard]] constexpr bool valid() const noexcept { return index != kNone; }
  constexpr bool operator==(const FieldHandle&) const = default;
};

enum class SchemaErrorCode : std::uint8_t {
  kBadSchema,    // a name twice, empty, longer than 255 bytes, more than 4,096 names, or more than one message holds
  kUnreachable,  // the engine is not there or did not answer in time
};

struct SchemaError {
  SchemaErrorCode code;
  std::string message;
};

class Schema {
 public:
  Schema() = default;  // no fields; refused by Row and Batch

  // Rows as bare arrays, in the order of one version's fields: `fields` is that version's list (VersionInfo::fields). The engine
  // refuses such a row with SCHEMA_MISMATCH when the version that answers has another list. Nothing is sent to the engine.
  static Result<Schema, SchemaError> positional(std::vector<FieldDecl> fields);

  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  [[nodiscard]] std::size_t size() const noexcept;

  // The handle of a name; !valid() when the schema has no such name. One hash lookup.
  [[nodiscard]] FieldHandle handle(std::string_view name) const noexcept;
  // REQUIRES: index < size(). Handles are numbered in the order of resolve()'s list.
  [[nodiscard]] const FieldDecl& field(std::size_t index) const noexcept;

  // The name of the ordered list: equal lists have equal hashes, here and in the engine.
  [[nodiscard]] std::uint64_t hash() const noexcept;

 private:
  friend struct detail::SchemaAccess;
  std::shared_ptr<const detail::SchemaState> state_;
};

enum class ModelKind : std::uint8_t {
  kBinary = 0,      // values: the probability of the second class
  kMulticlass = 1,  // values: one probability a class
  kOther = 2,       // regression, ranking, several targets (multi-label too), …: values as the objective gives them
};

// One version, as the engine's directory describes it.
struct VersionInfo {
  struct Field {
    std::string name;
    Dtype dtype = Dtype::kAny;
    bool required = false;  // a row without it is invalid
  };
  struct Class {
    bool is_text = false;
    std::int64_t number = 0;  // !is_text
    std::string text;         // is_text
  };

  std::uint32_t ordinal = 0;
  std::string name;
  std::uint64_t schema_hash = 0;  // of the ordered fields
  std::vector<Field> fields;
  std::vector<Class> classes;         // empty: no label
  std::vector<std::string> features;  // what the forest reads, in its order
  ModelKind kind = ModelKind::kOther;
  bool is_float64 = false;        // the type of values and margins; else float32
  bool features_float64 = false;  // the type of features; else float32
  std::uint16_t values_per_row = 0;
  std::uint16_t margins_per_row = 0;

  // The list to resolve in order to send every field of this version.
  [[nodiscard]] std::vector<FieldDecl> declarations() const;
};

}  // namespace ringside
