// What is sent: one row, or a batch of rows with columns in common.
//
//   Row row(schema);                                  Batch batch(schema, 100);
//   row.set(age, 27);                                 batch.set_all(user_age, 27);      // sent once, prepared once
//   row.set(home, "rent");                            batch.set(i, price, 9.5);
//   row.set("zip", nullptr);                          batch.set_request_id(i, "5c8a");
//
// The builders refuse nothing: the engine is the only validator. What was never set is absent. A second value for a field travels
// beside the first under the field's name, a name that the schema lacks travels as a named value, a string over 4,096 bytes or an
// id over its limit as "too long": each gets the engine's verdict, the same as from any other door.
//
// Values: integers (int64; an unsigned one beyond it is INT_RANGE), floating point, bool, text (bytes, UTF-8), nullptr for null.
// NaN means missing. Thread safety: one thread at a time, and not while a call that takes the row begins. Cost: set() writes a
// few bytes of private memory; reset() keeps memory, so a reused row does not allocate.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include <ringside/schema.h>

namespace ringside {

namespace detail {
struct RowsBody;
struct BodyAccess;
}  // namespace detail

// One value with its type. Made implicitly from what a caller has.
class Value {
 public:
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kReal, kText, kRefused };

  // NOLINTBEGIN(google-explicit-constructor): `row.set(age, 27)` is the point.
  constexpr Value(std::nullptr_t) noexcept {}
  constexpr Value(std::same_as<bool> auto value) noexcept : kind_(Kind::kBool), int_(value ? 1 : 0) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) constexpr Value(T value) noexcept {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof(std::int64_t)) {
      if (value > static_cast<T>(std::numeric_limits<std::int64_t>::max())) {
        kind_ = Kind::kRefused;
        code_ = FieldCode::kIntRange;
        return;
      }
    }
    kind_ = Kind::kInt;
    int_ = static_cast<std::int64_t>(value);
  }
  constexpr Value(double value) noexcept : kind_(Kind::kReal), real_(value) {}
  constexpr Value(float value) noexcept : Value(static_cast<double>(value)) {}
  template <class T>
  requires(std::convertible_to<T, std::string_view> &&
           !std::same_as<std::remove_cvref_t<T>, std::nullptr_t>) constexpr Value(const T& value) noexcept
      : kind_(Kind::kText), text_(value) {}
  // NOLINTEND(google-explicit-constructor)

  // What no value can carry, such as nested JSON: the engine reports `code` for the field.
  static constexpr Value refused(FieldCode code) noexcept {
    Value value(nullptr);
    value.kind_ = Kind::kRefused;
    value.code_ = code;
    return value;
  }

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr std::int64_t integer() const noexcept { return int_; }
  [[nodiscard]] constexpr double real() const noexcept { return real_; }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  [[nodiscard]] constexpr FieldCode code() const noexcept { return code_; }

 private:
  Kind kind_ = Kind::kNull;
  FieldCode code_ = FieldCode::kNone;
  std::int64_t int_ = 0;
  double real_ = 0;
  std::string_view text_;  // borrowed until set() returns
};

// REQUIRES, of Row and Batch: schema.valid().
class Row {
 public:
  explicit Row(const Schema& schema);
  Row(Row&&) noexcept;
  Row& operator=(Row&&) noexcept;
  ~Row();

  // Forgets every value and the request id; keeps memory and schema.
  void reset();

  // REQUIRES: the handle is the schema's own. An invalid handle is sent as a field without a name.
  void set(FieldHandle field, const Value& value);
  // By name: the handle's cell if the schema has the name (a lookup), else a named value.
  void set(std::string_view name, const Value& value);

  // At most 64 bytes; a row with a longer one is answered TOO_LONG, under the id that it was given. Without one the engine makes a
  // UUIDv7, which the answer tells.
  void set_request_id(std::string_view id);

  [[nodiscard]] const Schema& schema() const noexcept;

 private:
  friend struct detail::BodyAccess;
  std::unique_ptr<detail::RowsBody> body_;
};

// How a batch of numbers is sent: bare floats instead of 8 bytes and a tag each. What a float of that width would round, texts, bools and
// nulls travel as named values, so nothing is lost; send a model of float64 features kFloat64. NaN, and what was never set, is missing.
enum class Packed : std::uint8_t { kFloat32, kFloat64 };

class Batch {
 public:
  // Any number of rows may be asked for: none, or more than the engine takes, is answered BATCH_SIZE.
  Batch(const Schema& schema, std::size_t rows);
  // For wide numeric models. REQUIRES: a resolved schema, not a positional one (the engine answers SCHEMA_MISMATCH).
  Batch(const Schema& schema, std::size_t rows, Packed packed);
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();

  // Forgets every value; keeps memory and schema.
  void reset(std::size_t rows);

  [[nodiscard]] std::size_t rows() const noexcept;

  // REQUIRES, of all: row < rows().
  void set(std::size_t row, FieldHandle field, const Value& value);
  void set(std::size_t row, std::string_view name, const Value& value);
  void set_request_id(std::size_t row, std::string_view id);

  // A value for every row. A copy of memory where the batch is packed in that width. REQUIRES: values.size() == rows().
  void set_column(FieldHandle field, std::span<const float> values);
  void set_column(FieldHandle field, std::span<const double> values);

  // One value for every row. Sent once, if no row has a value of its own in that column, and in a packed batch if its width holds it.
  void set_all(FieldHandle field, const Value& value);
  void set_all(std::string_view name, const Value& value);

  [[nodiscard]] const Schema& schema() const noexcept;

 private:
  friend struct detail::BodyAccess;
  std::unique_ptr<detail::RowsBody> body_;
};

}  // namespace ringside
