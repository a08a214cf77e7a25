#include "tools/gateway/tensor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "schemas/wire/number_text.h"
#include "tools/json_rows/json_scanner.h"

namespace ringside::gateway {
namespace {

struct DatatypeFacts {
  std::string_view name;
  std::size_t bytes;
  std::int64_t least, most;  // of whole numbers
};

template <class T>
constexpr DatatypeFacts whole(std::string_view name) {
  return {name, sizeof(T), static_cast<std::int64_t>(std::numeric_limits<T>::min()),
          sizeof(T) == 8 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(std::numeric_limits<T>::max())};
}

constexpr std::array<DatatypeFacts, 13> kFacts = {{
    {"BOOL", 1, 0, 1},
    whole<std::uint8_t>("UINT8"),
    whole<std::uint16_t>("UINT16"),
    whole<std::uint32_t>("UINT32"),
    whole<std::uint64_t>("UINT64"),
    whole<std::int8_t>("INT8"),
    whole<std::int16_t>("INT16"),
    whole<std::int32_t>("INT32"),
    whole<std::int64_t>("INT64"),
    {"FP16", 2, 0, 0},
    {"FP32", 4, 0, 0},
    {"FP64", 8, 0, 0},
    {"BYTES", 0, 0, 0},
}};

const DatatypeFacts& facts(Datatype datatype) { return kFacts[static_cast<std::size_t>(datatype)]; }

// The decimal rounded once, to the width that it will have.
template <class Float>
double nearest(std::string_view digits) {
  if (digits == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (digits.ends_with("Infinity")) return (digits.front() == '-' ? -1 : 1) * std::numeric_limits<double>::infinity();
  Float value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc::result_out_of_range) return static_cast<double>(value);
  const double magnitude = wire::decimal_exponent(digits) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return digits.front() == '-' ? -magnitude : magnitude;
}

double floating_of(Datatype datatype, std::string_view digits) {
  if (datatype == Datatype::kFp32) return nearest<float>(digits);
  const double value = nearest<double>(digits);
  return datatype == Datatype::kFp16 ? from_half(to_half(value)) : value;
}

// One pass over "data": brackets are counted, values kept.
class JsonValues {
 public:
  JsonValues(std::string_view data, Tensor& tensor, std::uint64_t elements, std::deque<std::string>& unescaped)
      : scan_(data), tensor_(tensor), elements_(elements), unescaped_(unescaped) {}

  bool read() {
    if (!scan_.expect('[')) return false;
    open_.assign(1, 0);
    if (scan_.peek() == ']' && !close()) return false;
    while (!open_.empty()) {
      if (scan_.peek() == '[') {
        if (!open()) return false;
        if (scan_.peek() == ']' && !close()) return false;
        if (!open_.empty() && open_.back() == 0) continue;  // the first value of a level
      } else if (!element()) {
        return false;
      }
      while (!open_.empty() && !scan_.accept(',')) {
        if (!close()) return false;
      }
    }
    return scan_.at_end() || scan_.fail("nothing after the data");
  }
  [[nodiscard]] std::string problem() const { return problem_.empty() ? scan_.problem() + " of the data" : problem_; }

 private:
  bool fail(std::string why) {
    problem_ = std::move(why);
    return false;
  }

  bool open() {
    (void)scan_.accept('[');
    open_.back() += 1;
    open_.push_back(0);
    const bool too_deep = open_.size() > tensor_.shape.size() || (depth_ != 0 && open_.size() > depth_);
    return !too_deep || fail("data is nested more deeply than its shape, or unevenly");
  }

  // A level ends: it must hold as many as the shape says, or all of them where the data is flat.
  bool close() {
    if (!scan_.expect_closing(']')) return false;
    const std::size_t level = open_.size() - 1;
    const bool flat = depth_ == 1 || (depth_ == 0 && open_.size() == 1);
    const std::uint64_t due = flat ? elements_ : tensor_.shape[level];
    if (open_.back() != due)
      return fail("data holds " + std::to_string(open_.back()) + " where its shape says " + std::to_string(due));
    open_.pop_back();
    return true;
  }

  bool element() {
    if (depth_ == 0) depth_ = open_.size();
    if (open_.size() != depth_ || (depth_ != 1 && depth_ != tensor_.shape.size())) return fail("data is nested unevenly");
    if (tensor_.elements() == elements_)
      return fail("data holds more than the " + std::to_string(elements_) + " elements of its shape");
    open_.back() += 1;
    if (scan_.peek() == 'n') {
      if (!scan_.word("null")) return false;
      tensor_.missing.resize(elements_);
      tensor_.missing[tensor_.elements()] = true;
      tensor_.datatype == Datatype::kBytes ? void(tensor_.texts.emplace_back()) : void(tensor_.numbers.emplace_back());
      return true;
    }
    return tensor_.datatype == Datatype::kBytes ? text() : number();
  }

  bool text() {
    std::string scratch;
    std::string_view value;
    if (!scan_.text(scratch, value, "a text")) return false;
    if (value.data() == scratch.data()) value = unescaped_.emplace_back(std::move(scratch));
    tensor_.texts.push_back(value);
    return true;
  }

  bool number() {
    const Datatype datatype = tensor_.datatype;
    if (datatype == Datatype::kBool) {
      const bool yes = scan_.peek() == 't';
      if (!scan_.word(yes ? "true" : "false")) return false;
      tensor_.numbers.push_back(yes ? 1 : 0);
      return true;
    }
    std::string_view digits;
    if (!scan_.number(digits)) return false;
    if (is_floating(datatype)) {
      tensor_.numbers.push_back(std::bit_cast<std::uint64_t>(floating_of(datatype, digits)));
      return true;
    }
    const char* const end = digits.data() + digits.size();
    std::uint64_t bits = 0;
    std::errc error{};
    const char* stop = nullptr;
    if (datatype == Datatype::kUint64) {
      const auto read = std::from_chars(digits.data(), end, bits);
      error = read.ec, stop = read.ptr;
    } else {
      std::int64_t value = 0;
      const auto read = std::from_chars(digits.data(), end, value);
      error = read.ec, stop = read.ptr;
      if (value < facts(datatype).least || value > facts(datatype).most) error = std::errc::result_out_of_range;
      bits = static_cast<std::uint64_t>(value);
    }
    if (error == std::errc{} && stop == end) {
      tensor_.numbers.push_back(bits);
      return true;
    }
    return fail("element " + std::to_string(tensor_.numbers.size()) + " is no number that " + std::string(name(datatype)) +
                " holds");
  }

  JsonScanner scan_;
  Tensor& tensor_;
  std::uint64_t elements_;
  std::deque<std::string>& unescaped_;
  std::vector<std::uint64_t> open_;  // how many each open level holds so far
  std::size_t depth_ = 0;            // at which elements stand; 0: none was seen
  std::string problem_;
};

template <class T>
T loaded(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::uint64_t number_at(Datatype datatype, const char* from) {
  const auto whole_number = [](auto value) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(value)); };
  switch (datatype) {
    case Datatype::kBool:
    case Datatype::kUint8:
      return whole_number(loaded<std::uint8_t>(from));
    case Datatype::kUint16:
      return whole_number(loaded<std::uint16_t>(from));
    case Datatype::kUint32:
      return whole_number(loaded<std::uint32_t>(from));
    case Datatype::kUint64:
    case Datatype::kInt64:
    case Datatype::kFp64:
    case Datatype::kBytes:
      return loaded<std::uint64_t>(from);
    case Datatype::kInt8:
      return whole_number(loaded<std::int8_t>(from));
    case Datatype::kInt16:
      return whole_number(loaded<std::int16_t>(from));
    case Datatype::kInt32:
      return whole_number(loaded<std::int32_t>(from));
    case Datatype::kFp16:
      return std::bit_cast<std::uint64_t>(from_half(loaded<std::uint16_t>(from)));
    case Datatype::kFp32:
      break;
  }
  return std::bit_cast<std::uint64_t>(static_cast<double>(loaded<float>(from)));
}

}  // namespace

static_assert(std::endian::native == std::endian::little,
              "binary tensors are little-endian: a big-endian host would have to swap them");

std::string_view name(Datatype datatype) noexcept { return facts(datatype).name; }
std::size_t element_bytes(Datatype datatype) noexcept { return facts(datatype).bytes; }
bool is_floating(Datatype datatype) noexcept {
  return datatype == Datatype::kFp16 || datatype == Datatype::kFp32 || datatype == Datatype::kFp64;
}

std::optional<Datatype> datatype_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kFacts.size(); ++i) {
    if (kFacts[i].name == name) return static_cast<Datatype>(i);
  }
  return std::nullopt;
}

Value Tensor::value(std::size_t index) const {
  if (!missing.empty() && missing[index]) return nullptr;
  if (datatype == Datatype::kBytes) return texts[index];
  const std::uint64_t bits = numbers[index];
  if (datatype == Datatype::kBool) return bits != 0;
  if (datatype == Datatype::kUint64) return bits;
  if (is_floating(datatype)) return std::bit_cast<double>(bits);
  return static_cast<std::int64_t>(bits);
}

std::optional<std::uint64_t> elements_of(const std::vector<std::uint64_t>& shape) noexcept {
  constexpr std::uint64_t kMost = 1u << 30;
  std::uint64_t product = 1;
  for (const std::uint64_t size : shape) {
    if (size != 0 && product > kMost / size) return std::nullopt;
    product *= size;
  }
  return product;
}

std::string read_json_values(std::string_view data, Tensor& tensor, std::deque<std::string>& unescaped) {
  const auto elements = elements_of(tensor.shape);
  // An element takes a byte and a comma at least: nothing is set aside on a shape's word alone.
  if (!elements || *elements > data.size() / 2) return "data holds fewer elements than its shape says";
  JsonValues values(data, tensor, *elements, unescaped);
  return values.read() ? std::string() : values.problem();
}

std::string read_binary_values(std::string_view data, Tensor& tensor) {
  const auto elements = elements_of(tensor.shape);
  const std::string wrong = "binary_data_size is not that of its shape and datatype";
  const std::size_t width = element_bytes(tensor.datatype);
  if (!elements) return wrong;
  if (width != 0) {
    if (*elements * width != data.size()) return wrong;
    tensor.numbers.reserve(*elements);
    for (std::size_t at = 0; at < data.size(); at += width) {
      if (tensor.datatype == Datatype::kBool && static_cast<unsigned char>(data[at]) > 1) return "a BOOL is the byte 0 or 1";
      tensor.numbers.push_back(number_at(tensor.datatype, data.data() + at));
    }
    return {};
  }
  if (*elements > data.size() / 4) return wrong;
  tensor.texts.reserve(*elements);
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < *elements; ++i) {
    if (data.size() - at < 4) return wrong;
    const std::size_t bytes = loaded<std::uint32_t>(data.data() + at);
    at += 4;
    if (bytes > data.size() - at) return "element " + std::to_string(i) + " is longer than the data";
    tensor.texts.push_back(data.substr(at, bytes));
    at += bytes;
  }
  return at == data.size() ? std::string() : wrong;
}

double from_half(std::uint16_t bits) noexcept {
  const int exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
  double value = exponent == 0x1F
                     ? (fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity())
                 : exponent == 0 ? std::ldexp(fraction, -24)
                                 : std::ldexp(fraction + 0x400, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

std::uint16_t to_half(double value) noexcept {
  const unsigned sign = std::signbit(value) ? 0x8000u : 0u;
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00u);
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return static_cast<std::uint16_t>(sign);
  if (magnitude >= 65'520.0) return static_cast<std::uint16_t>(sign | 0x7C00u);  // half way to 2^16 rounds up
  int exponent = 0;
  (void)std::frexp(magnitude, &exponent);
  const int unit = std::max(exponent - 11, -24);  // the power of two that the last bit stands for
  const auto scaled = static_cast<unsigned>(std::nearbyint(std::ldexp(magnitude, -unit)));
  // The leading one, which a subnormal has not, is added onto the exponent, and so is a carry out of the fraction.
  const unsigned bits = (static_cast<unsigned>(unit + 24) << 10) + scaled;
  return static_cast<std::uint16_t>(sign | bits);
}

}  // namespace ringside::gateway
