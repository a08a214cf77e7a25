#include "engine/forest/model_reader.h"

#include <charconv>
#include <cstdio>
#include <limits>

namespace ringside::engine {
namespace {

// The power of ten of the first digit that is not 0: 1 for "5", 0 for "0.5", 39 for "1e38". REQUIRES: a decimal with such a digit.
long long decimal_magnitude(std::string_view text) {
  long long integer_digits = 0;
  long long fraction_zeros = 0;
  bool in_fraction = false;
  bool significant = false;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') in_fraction = true;
    if (text[i] < '0' || text[i] > '9') continue;
    if (text[i] != '0') significant = true;
    if (significant && !in_fraction) ++integer_digits;
    if (!significant && in_fraction) ++fraction_zeros;
  }
  const long long magnitude = integer_digits > 0 ? integer_digits : -fraction_zeros;
  if (i == text.size()) return magnitude;
  std::string_view digits = text.substr(i + 1);
  const bool negative = !digits.empty() && digits[0] == '-';
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  long long exponent = 0;
  constexpr long long kFarBeyondFloat = std::numeric_limits<long long>::max() / 4;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc() || exponent > kFarBeyondFloat) {
    exponent = kFarBeyondFloat;
  }
  return magnitude + (negative ? -exponent : exponent);
}

// A reader for bytes that are no model file.
class NoReader final : public ModelReader {
 public:
  explicit NoReader(std::span<const std::byte> bytes) : ModelReader(bytes) {
    refuse_here("an XGBoost model file, JSON ('{\"…') or UBJSON ('{L…')");
  }

 private:
  bool open(Opening, Level&) override { return false; }
  bool advance(Level&, bool&) override { return false; }
  bool string_value(std::string&) override { return false; }
  bool integer_value(std::int64_t&) override { return false; }
  bool float_value(float&) override { return false; }
  bool bool_value(bool&) override { return false; }
  bool integers(ScratchVector<std::int32_t>&) override { return false; }
  bool floats(ScratchVector<float>&) override { return false; }
  bool bytes(ScratchVector<std::uint8_t>&) override { return false; }
  bool skip() override { return false; }
  bool end_of_file() override { return false; }
};

}  // namespace

bool ModelReader::enter_object() { return enter(Opening::kObject); }
bool ModelReader::enter_array() { return enter(Opening::kArray); }

bool ModelReader::enter(Opening opening) {
  if (failed()) return false;
  if (levels_.size() == kMaxDepth) return refuse_depth();
  Level level{.opening = opening};
  if (!open(opening, level)) return false;
  levels_.push_back(std::move(level));
  return true;
}

bool ModelReader::next(Opening opening) {
  if (failed() || levels_.empty() || levels_.back().opening != opening) return false;
  bool more = false;
  if (!advance(levels_.back(), more)) return false;
  if (more) {
    ++levels_.back().index;
  } else {
    levels_.pop_back();
  }
  return more;
}

bool ModelReader::next_key(std::string& key) {
  if (!next(Opening::kObject)) return false;
  key = levels_.back().key;
  return true;
}

bool ModelReader::next_element() { return next(Opening::kArray); }

bool ModelReader::read_string(std::string& value) { return !failed() && string_value(value); }
bool ModelReader::read_integer(std::int64_t& value) { return !failed() && integer_value(value); }
bool ModelReader::read_float(float& value) { return !failed() && float_value(value); }
bool ModelReader::read_bool(bool& value) { return !failed() && bool_value(value); }
bool ModelReader::read_array(ScratchVector<std::int32_t>& values) { return !failed() && integers(values); }
bool ModelReader::read_array(ScratchVector<float>& values) { return !failed() && floats(values); }
bool ModelReader::read_array(ScratchVector<std::uint8_t>& values) { return !failed() && bytes(values); }
bool ModelReader::skip_value() { return !failed() && skip(); }
bool ModelReader::finish() { return !failed() && end_of_file(); }

std::string ModelReader::path() const {
  std::string path;
  for (const Level& level : levels_) {
    if (level.index == 0) break;  // Entered, but no key or element begun.
    if (level.opening == Opening::kArray) {
      path.append("[").append(std::to_string(level.index - 1)).append("]");
    } else {
      if (!path.empty()) path += ".";
      path += level.key;
    }
  }
  if (vector_index_) path.append("[").append(std::to_string(*vector_index_)).append("]");
  return path.empty() ? "(file)" : path;
}

bool ModelReader::refuse(std::string expected, std::string found) {
  if (!error_) error_ = ModelError{path(), std::move(expected), std::move(found)};
  return false;
}

bool ModelReader::refuse_key(std::string_view key, std::string expected, std::string found) {
  if (failed()) return false;
  const std::string place = levels_.empty() ? "" : path() + ".";
  error_ = ModelError{place + std::string(key), std::move(expected), std::move(found)};
  return false;
}

bool ModelReader::refuse_here(std::string expected) {
  const std::string place = " at byte " + std::to_string(at_);
  return refuse(std::move(expected), rest().empty() ? "the end of the file" + place : quoted(rest(), 16) + place);
}

bool ModelReader::refuse_depth() { return refuse("at most " + std::to_string(kMaxDepth) + " levels of nesting", "more"); }

std::unique_ptr<ModelReader> open_model_file(std::span<const std::byte> bytes) {
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<char>(bytes[i]) : '\0'; };
  if (byte(0) == '{') {
    switch (byte(1)) {
      case '"':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        return make_json_reader(bytes);
      case 'L':
      case 'l':
      case 'I':
      case 'U':
      case 'i':
        return make_ubj_reader(bytes);
      default:
        break;
    }
  }
  return std::make_unique<NoReader>(bytes);
}

bool parse_float(std::string_view text, float& value) noexcept {
  if (text.empty()) return false;
  const std::size_t first = text[0] == '-' ? 1 : 0;
  // from_chars would also take "inf" and "nan".
  if (first == text.size() || ((text[first] < '0' || text[first] > '9') && text[first] != '.')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return false;
  if (error == std::errc::result_out_of_range) {  // from_chars leaves the value alone: say which side it fell off.
    value = decimal_magnitude(text.substr(first)) > 0 ? std::numeric_limits<float>::infinity() : 0.0F;
    if (first == 1) value = -value;
    return true;
  }
  return error == std::errc();
}

std::string quoted(std::string_view bytes, std::size_t limit) {
  std::string text = "\"";
  for (const char c : bytes.substr(0, limit)) {
    if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += escaped;
    }
  }
  return text + (bytes.size() > limit ? "\"…" : "\"");
}

}  // namespace ringside::engine
