// The compiled input schema: the fields that a caller may send, and what is true of each. A value made from feature_schema.yaml
// by engine/bundle; every step of the data path reads it.
//
// Thread safety: immutable once constructed. Cost: find() is one hash and one or two compares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/schema/text_index.h"
#include "schemas/wire/cell.h"

namespace ringside::engine {

using wire::Dtype;

enum class OnMissing : std::uint8_t { kFill, kPass, kReject };
enum class OnOutOfRange : std::uint8_t { kReject, kClamp, kFlag };
enum class Coercion : std::uint8_t {
  kStrict,
  kPandas
};  // what becomes of a value of the wrong kind: engine/decode/{strict,coerce}.h
enum class Sensitivity : std::uint8_t { kPlain, kMask, kHash, kEncrypt, kDrop };  // kept for the record of a prediction

struct Field {
  std::string name;
  Dtype dtype = Dtype::kStr;  // kInt, kFloat, kStr or kBool
  bool required = false;      // missing → MISSING_REQUIRED, whatever on_missing says
  bool meta = false;          // role: meta: checked and recorded, read by no step
  OnMissing on_missing = OnMissing::kFill;
  OnOutOfRange on_out_of_range = OnOutOfRange::kReject;
  Sensitivity sensitivity = Sensitivity::kPlain;
  double fill_number = 0.0;                               // numbers: what a missing value becomes under kFill
  std::string fill_text = {};                             // str: the same
  double low = -std::numeric_limits<double>::infinity();  // inclusive; numbers only
  double high = std::numeric_limits<double>::infinity();
  std::vector<std::string> allowed = {};  // str only; empty: any

  [[nodiscard]] bool is_text() const noexcept { return dtype == Dtype::kStr; }
  // A caller that does not know this field can still be served.
  [[nodiscard]] bool optional() const noexcept { return !required && on_missing != OnMissing::kReject; }
};

// Fields that stand together and are written down alike: what who writes down every row needs of them, without looking at each Field.
struct FieldRun {
  std::uint16_t fields;
  bool is_text;
  Sensitivity sensitivity;
};

class InputSchema {
 public:
  InputSchema() = default;
  // REQUIRES: names are unique, at most wire::kColumnsMax of them.
  InputSchema(std::vector<Field> fields, bool reject_extra_fields, Coercion coercion = Coercion::kStrict);

  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(fields_.size()); }
  // All fields, in order.
  [[nodiscard]] std::span<const FieldRun> runs() const noexcept { return runs_; }
  // Every field that a step reads is plain, so that nothing which derives from them tells what must not be told.
  [[nodiscard]] bool steps_read_plain_fields() const noexcept { return steps_read_plain_fields_; }
  [[nodiscard]] bool rejects_extra_fields() const noexcept { return reject_extra_fields_; }
  [[nodiscard]] bool coerces() const noexcept { return coercion_ == Coercion::kPandas; }

  // The index of names; the fields themselves stay where they are.
  void settle(Region& region) { names_.settle(region); }
  // Of the heap: what is settled counts where it lies.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  // Whatever a caller sends, gathering gives the same tile for either: the same fields in the same order under the same rules, bit for bit.
  [[nodiscard]] bool gathers_like(const InputSchema& other) const noexcept;

  // Hash of the ordered (name, dtype) list: the key of positional rows (schemas/wire/schema_hash.h).
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  // Index of a field, or -1. noexcept, no allocation: used for extras on the data path.
  [[nodiscard]] std::int32_t find(std::string_view name) const noexcept { return names_.find(name); }

 private:
  std::vector<Field> fields_;
  std::vector<FieldRun> runs_;
  TextIndex names_;
  std::uint64_t hash_ = 0;
  bool reject_extra_fields_ = true;
  bool steps_read_plain_fields_ = true;
  Coercion coercion_ = Coercion::kStrict;
};

}  // namespace ringside::engine
