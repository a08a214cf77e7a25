// A pull reader over the two spellings of an XGBoost model file, behind one interface.
//
//   std::unique_ptr<ModelReader> reader = open_model_file(bytes);     // '{' + space or quote: JSON; '{' + length marker: UBJSON
//   reader->enter_object();
//   for (std::string key; reader->next_key(key);) {
//     if (key == "trees") {
//       reader->enter_array();
//       while (reader->next_element()) read_tree(*reader);
//     } else if (key == "tree_info") {
//       reader->read_array(tree_info);
//     } else {
//       reader->skip_value();
//     }
//   }
//   if (reader->failed()) return fail(reader->error());
//
// The first failure sticks: every later call returns false and changes nothing, so a caller may ask once, at the end. The reader
// keeps the path of keys and indices itself, and an error carries it.
//
// JSON is XGBoost's dialect: NaN, Infinity and -Infinity are numbers; integer literals stand in float arrays; a decimal is rounded
// once, straight to float32; "\u0041" in a string stays as written, as XGBoost 1.7 leaves it. UBJSON is big-endian, with typed
// ([$d#L…), counted ([#L…) and plain arrays.
//
// Thread safety: one thread. The bytes must outlive the reader.
// Cost: one pass; every length is checked against the bytes that remain before anything is allocated for it.
// Limits: nesting of kMaxDepth; an object's keys may come in any order, duplicates are for the caller to notice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/forest/model.h"

namespace ringside::engine {

class ModelReader {
 public:
  static constexpr std::size_t kMaxDepth = 64;

  virtual ~ModelReader() = default;
  ModelReader(const ModelReader&) = delete;
  ModelReader& operator=(const ModelReader&) = delete;

  bool enter_object();
  bool next_key(std::string& key);  // False at the end of the object, which is then left.
  bool enter_array();
  bool next_element();  // False at the end of the array, which is then left.

  bool read_string(std::string& value);
  bool read_integer(std::int64_t& value);
  bool read_float(float& value);
  bool read_bool(bool& value);  // true, false, 1 or 0
  bool read_array(ScratchVector<std::int32_t>& values);
  bool read_array(ScratchVector<float>& values);
  bool read_array(ScratchVector<std::uint8_t>& values);  // Numbers 0…255, or booleans.
  bool skip_value();
  bool finish();  // After the outermost value: nothing but space may follow.

  // Records a failure of the caller's own at the present place; returns false.
  bool refuse(std::string expected, std::string found);
  // The same, of a key of the object that has just been left.
  bool refuse_key(std::string_view key, std::string expected, std::string found);

  [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }
  [[nodiscard]] const ModelError& error() const noexcept { return *error_; }  // REQUIRES: failed()
  [[nodiscard]] std::string path() const;                                     // "learner.trees[3].id"; "(file)" outside of keys

 protected:
  explicit ModelReader(std::span<const std::byte> bytes) : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  enum class Opening : std::uint8_t { kObject, kArray };

  // An object or array that has been entered and not left.
  struct Level {
    Opening opening;
    std::uint64_t index = 0;                  // Elements or keys begun.
    std::string key = {};                     // The present one, of an object.
    std::optional<std::uint64_t> count = {};  // UBJSON: of an array with a count.
    char element_type = 0;                    // UBJSON: of a typed array.
  };

  // What the two spellings differ in. Each begins at a value (or key, or separator) and ends behind it.
  virtual bool open(Opening opening, Level& level) = 0;
  virtual bool advance(Level& level, bool& more) = 0;  // To the next key (read into level.key) or element, or past the end.
  virtual bool string_value(std::string& value) = 0;
  virtual bool integer_value(std::int64_t& value) = 0;
  virtual bool float_value(float& value) = 0;
  virtual bool bool_value(bool& value) = 0;
  virtual bool integers(ScratchVector<std::int32_t>& values) = 0;
  virtual bool floats(ScratchVector<float>& values) = 0;
  virtual bool bytes(ScratchVector<std::uint8_t>& values) = 0;
  virtual bool skip() = 0;
  virtual bool end_of_file() = 0;

  [[nodiscard]] std::string_view rest() const noexcept { return bytes_.substr(at_); }
  [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - at_; }
  [[nodiscard]] std::size_t depth() const noexcept { return levels_.size(); }

  bool refuse_here(std::string expected);  // What was found is the bytes at at_, which are quoted.
  bool refuse_depth();

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::vector<Level> levels_;
  std::optional<std::size_t> vector_index_;  // While read_array() is at it: the element, for path().

 private:
  bool enter(Opening opening);
  bool next(Opening opening);

  std::optional<ModelError> error_;
};

// Never null: bytes that are neither JSON nor UBJSON give a reader that has already failed and says why.
[[nodiscard]] std::unique_ptr<ModelReader> open_model_file(std::span<const std::byte> bytes);

// The two spellings; open_model_file() chooses.
[[nodiscard]] std::unique_ptr<ModelReader> make_json_reader(std::span<const std::byte> bytes);
[[nodiscard]] std::unique_ptr<ModelReader> make_ubj_reader(std::span<const std::byte> bytes);

// The whole of `text` as a correctly rounded float32, as XGBoost reads it: too large is an infinity, too small a zero.
// Digits, point and exponent only: no NaN, no Infinity, no leading '+'.
[[nodiscard]] bool parse_float(std::string_view text, float& value) noexcept;

// Bytes for a person to read: in quotes, at most `limit` of them, the unprintable as \xNN.
[[nodiscard]] std::string quoted(std::string_view bytes, std::size_t limit = 40);

}  // namespace ringside::engine
