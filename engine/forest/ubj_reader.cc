// The UBJSON spelling of a model file: big-endian, a marker byte before every value.
//
//   { L <i64 length> key value … }      [ value … ]      [ # L <i64 count> value …      [ $ d # L <i64 count> payload …
//
// XGBoost writes lengths as L only; the other integer markers are understood as well. Objects with a count, the no-op marker and
// high-precision numbers are not in its dialect.

#include <algorithm>
#include <bit>
#include <limits>

#include "engine/forest/model_reader.h"

namespace ringside::engine {
namespace {

// Bytes of a value behind its marker, of those whose size is fixed.
std::optional<std::size_t> payload_size(char marker) {
  switch (marker) {
    case 'Z':
    case 'T':
    case 'F':
      return 0;
    case 'i':
    case 'U':
    case 'C':
      return 1;
    case 'I':
      return 2;
    case 'l':
    case 'd':
      return 4;
    case 'L':
    case 'D':
      return 8;
    default:
      return std::nullopt;
  }
}

bool is_integer(char marker) { return std::string_view("iUIlLC").find(marker) != std::string_view::npos; }

class UbjReader final : public ModelReader {
 public:
  explicit UbjReader(std::span<const std::byte> bytes) : ModelReader(bytes) {}

 private:
  bool open(Opening opening, Level& level) override {
    const bool object = opening == Opening::kObject;
    if (typed_element() || !take(object ? '{' : '[')) return refuse_here(object ? "an object" : "an array");
    return object || array_header(level);
  }

  bool advance(Level& level, bool& more) override {
    if (level.opening == Opening::kObject) {
      more = !take('}');
      return !more || text(level.key);
    }
    if (level.count) {
      more = level.index < *level.count;
    } else {
      more = !take(']');
    }
    return true;
  }

  bool string_value(std::string& value) override {
    return (!typed_element() && take('S')) ? text(value) : refuse_here("a string");
  }

  bool integer_value(std::int64_t& value) override {
    const std::size_t start = at_;
    char marker = 0;
    if (!take_marker(marker) || !is_integer(marker)) return refuse_at(start, "an integer");
    return integer_payload(marker, value);
  }

  bool float_value(float& value) override {
    const std::size_t start = at_;
    char marker = 0;
    if (!take_marker(marker)) return refuse_at(start, "a number");
    return float_payload(marker, start, value);
  }

  bool bool_value(bool& value) override {
    const std::size_t start = at_;
    char marker = 0;
    std::uint8_t byte = 0;
    if (!take_marker(marker) || !byte_payload(marker, start, byte)) return refuse_at(start, "true, false, 1 or 0");
    if (byte > 1) return refuse_at(start, "true, false, 1 or 0");
    value = byte == 1;
    return true;
  }

  bool integers(ScratchVector<std::int32_t>& values) override {
    return array(values,
                 [this](char marker, std::size_t start, std::int32_t& value) { return small_integer(marker, start, value); });
  }
  bool floats(ScratchVector<float>& values) override {
    return array(values, [this](char marker, std::size_t start, float& value) { return float_payload(marker, start, value); });
  }
  bool bytes(ScratchVector<std::uint8_t>& values) override {
    return array(values,
                 [this](char marker, std::size_t start, std::uint8_t& value) { return byte_payload(marker, start, value); });
  }

  // Without recursion: `open` holds the objects and arrays that are open, and how many elements those with a count still have.
  bool skip() override {
    std::vector<Level> open;
    while (true) {
      const std::size_t start = at_;
      char marker = 0;
      if (!take_marker(marker)) return refuse_at(start, "a value");
      if (marker == '{' || marker == '[') {
        if (depth() + open.size() == kMaxDepth) return refuse_depth();
        open.push_back({.opening = marker == '{' ? Opening::kObject : Opening::kArray});
        if (marker == '[' && !array_header(open.back())) return false;
        if (open.back().element_type != 0) {  // Its payload is one run of bytes.
          at_ += *open.back().count * *payload_size(open.back().element_type);
          open.pop_back();
        }
      } else if (marker == 'S') {
        if (!text(skipped_)) return false;
      } else if (const auto size = payload_size(marker); size && *size <= remaining()) {
        at_ += *size;
      } else {
        return refuse_at(start, "a value");
      }
      for (bool more = false; !more;) {
        if (open.empty()) return true;
        if (!advance(open.back(), more)) return false;
        if (more) {
          ++open.back().index;
        } else {
          open.pop_back();
        }
      }
    }
  }

  bool end_of_file() override { return remaining() == 0 || refuse_here("the end of the file"); }

  // Behind '[': the type and count of an array that has them. Its elements then fit into the file, at a byte each at least.
  bool array_header(Level& level) {
    if (take('$')) {
      const std::size_t start = at_;
      if (!take_byte(level.element_type) || payload_size(level.element_type).value_or(0) == 0) {
        return refuse_at(start, "an element type, one of i U C I l L d D");
      }
      if (!rest().starts_with('#')) return refuse_here("'#' and a count");
    }
    if (!take('#')) return true;
    const std::size_t start = at_;
    std::int64_t count = 0;
    if (!length(count)) return false;
    const std::size_t element_size = level.element_type != 0 ? *payload_size(level.element_type) : 1;
    if (static_cast<std::uint64_t>(count) > remaining() / element_size) {
      return refuse_at(start, "a count of at most " + std::to_string(remaining() / element_size) + ", for which there are bytes",
                       std::to_string(count));
    }
    level.count = static_cast<std::uint64_t>(count);
    return true;
  }

  // `read_payload(marker, start, value)` reads what follows the marker; `start` is where an error points.
  template <class T, class ReadPayload>
  bool array(ScratchVector<T>& values, ReadPayload read_payload) {
    values.clear();
    Level level{.opening = Opening::kArray};
    if (typed_element() || !take('[')) return refuse_here("an array");
    if (!array_header(level)) return false;
    if (level.element_type != 0) values.reserve(*level.count);
    vector_index_ = 0;
    for (bool more = false; advance(level, more) && more; ++level.index, ++*vector_index_) {
      const std::size_t start = at_;
      char marker = level.element_type;
      if (marker == 0 && !take_byte(marker)) return refuse_here("an element or ']'");
      T value{};
      if (!read_payload(marker, start, value)) return false;
      values.push_back(value);
    }
    vector_index_.reset();
    return true;
  }

  template <class T>
  bool small_integer(char marker, std::size_t start, T& value) {
    const std::string expected = "an integer of " + std::to_string(8 * sizeof(T)) + " bits";
    std::int64_t wide = 0;
    if (!is_integer(marker)) return refuse_at(start, expected);
    if (!integer_payload(marker, wide)) return false;
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) {
      return refuse_at(start, expected, std::to_string(wide));
    }
    value = static_cast<T>(wide);
    return true;
  }

  bool byte_payload(char marker, std::size_t start, std::uint8_t& value) {
    if (marker != 'T' && marker != 'F') return small_integer(marker, start, value);
    value = marker == 'T' ? 1 : 0;
    return true;
  }

  bool float_payload(char marker, std::size_t start, float& value) {
    if (marker == 'd') {
      std::uint32_t bits = 0;
      if (!big_endian(bits)) return false;
      value = std::bit_cast<float>(bits);
      return true;
    }
    if (marker == 'D') {
      std::uint64_t bits = 0;
      if (!big_endian(bits)) return false;
      value = static_cast<float>(std::bit_cast<double>(bits));
      return true;
    }
    std::int64_t integer = 0;
    if (!is_integer(marker)) return refuse_at(start, "a number");
    if (!integer_payload(marker, integer)) return false;
    value = static_cast<float>(integer);
    return true;
  }

  bool integer_payload(char marker, std::int64_t& value) {
    switch (marker) {
      case 'i':
        return signed_payload<std::uint8_t, std::int8_t>(value);
      case 'C':
      case 'U':
        return signed_payload<std::uint8_t, std::uint8_t>(value);
      case 'I':
        return signed_payload<std::uint16_t, std::int16_t>(value);
      case 'l':
        return signed_payload<std::uint32_t, std::int32_t>(value);
      default:
        return signed_payload<std::uint64_t, std::int64_t>(value);
    }
  }

  template <class Bits, class Integer>
  bool signed_payload(std::int64_t& value) {
    Bits bits = 0;
    if (!big_endian(bits)) return false;
    value = static_cast<Integer>(bits);
    return true;
  }

  template <class Bits>
  bool big_endian(Bits& bits) {
    if (remaining() < sizeof(Bits)) return refuse_here(std::to_string(sizeof(Bits)) + " bytes of a number");
    std::uint64_t wide = 0;
    for (std::size_t i = 0; i < sizeof(Bits); ++i) wide = wide << 8 | static_cast<unsigned char>(bytes_[at_ + i]);
    at_ += sizeof(Bits);
    bits = static_cast<Bits>(wide);
    return true;
  }

  // An integer with its marker, not negative: of a string or an array.
  bool length(std::int64_t& value) {
    const std::size_t start = at_;
    char marker = 0;
    if (!take_byte(marker) || !is_integer(marker)) return refuse_at(start, "a length");
    if (!integer_payload(marker, value)) return false;
    return value >= 0 || refuse_at(start, "a length", std::to_string(value));
  }

  bool text(std::string& value) {
    const std::size_t start = at_;
    std::int64_t bytes = 0;
    if (!length(bytes)) return false;
    if (static_cast<std::uint64_t>(bytes) > remaining()) {
      return refuse_at(start, "a length of at most " + std::to_string(remaining()) + ", for which there are bytes",
                       std::to_string(bytes));
    }
    value = rest().substr(0, static_cast<std::size_t>(bytes));
    at_ += static_cast<std::size_t>(bytes);
    return true;
  }

  // Inside a typed array that was entered, elements have no marker of their own.
  [[nodiscard]] bool typed_element() const {
    return !levels_.empty() && levels_.back().opening == Opening::kArray && levels_.back().element_type != 0;
  }

  bool take_marker(char& marker) {
    if (!typed_element()) return take_byte(marker);
    marker = levels_.back().element_type;
    return true;
  }

  bool take_byte(char& byte) {
    if (remaining() == 0) return false;
    byte = bytes_[at_++];
    return true;
  }

  bool take(char expected) {
    if (!rest().starts_with(expected)) return false;
    ++at_;
    return true;
  }

  bool refuse_at(std::size_t start, std::string expected) {
    at_ = start;
    return refuse_here(std::move(expected));
  }
  bool refuse_at(std::size_t start, std::string expected, std::string found) {
    at_ = start;
    return refuse(std::move(expected), std::move(found) + " at byte " + std::to_string(start));
  }

  std::string skipped_;
};

}  // namespace

std::unique_ptr<ModelReader> make_ubj_reader(std::span<const std::byte> bytes) { return std::make_unique<UbjReader>(bytes); }

}  // namespace ringside::engine
