// The JSON spelling of a model file, in XGBoost's dialect.

#include <algorithm>
#include <charconv>
#include <limits>

#include "engine/forest/model_reader.h"

namespace ringside::engine {
namespace {

class JsonReader final : public ModelReader {
 public:
  explicit JsonReader(std::span<const std::byte> bytes) : ModelReader(bytes) {}

 private:
  bool open(Opening opening, Level&) override {
    const bool object = opening == Opening::kObject;
    return take(object ? '{' : '[') || refuse_here(object ? "an object" : "an array");
  }

  bool advance(Level& level, bool& more) override {
    const bool object = level.opening == Opening::kObject;
    const char close = object ? '}' : ']';
    if (take(close)) {
      more = false;
      return true;
    }
    if (level.index > 0 && !take(',')) return refuse_here(object ? "',' or '}'" : "',' or ']'");
    more = true;
    if (!object) return true;
    skip_space();
    if (!text(skipped_, "a key in quotes")) return false;
    if (!take(':')) return refuse_here("':'");
    level.key = skipped_;
    return true;
  }

  bool string_value(std::string& value) override {
    skip_space();
    return text(value, "a string");
  }

  bool integer_value(std::int64_t& value) override {
    const std::string_view token = number_token();
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (token.empty() || error != std::errc() || end != token.data() + token.size()) return refuse_here("an integer");
    at_ += token.size();
    return true;
  }

  bool float_value(float& value) override {
    skip_space();
    if (word("NaN")) {
      value = std::numeric_limits<float>::quiet_NaN();
    } else if (word("Infinity")) {
      value = std::numeric_limits<float>::infinity();
    } else if (word("-Infinity")) {
      value = -std::numeric_limits<float>::infinity();
    } else {
      const std::string_view token = number_token();
      if (!parse_float(token, value)) return refuse_here("a number");
      at_ += token.size();
    }
    return true;
  }

  bool bool_value(bool& value) override {
    skip_space();
    if (word("true")) {
      value = true;
    } else if (word("false")) {
      value = false;
    } else {
      const std::string_view token = number_token();
      if (token != "0" && token != "1") return refuse_here("true, false, 1 or 0");
      value = token == "1";
      at_ += token.size();
    }
    return true;
  }

  bool integers(ScratchVector<std::int32_t>& values) override {
    return array(values, [this](std::int32_t& value) { return small_integer(value); });
  }
  bool floats(ScratchVector<float>& values) override {
    return array(values, [this](float& value) { return float_value(value); });
  }
  bool bytes(ScratchVector<std::uint8_t>& values) override {
    return array(values, [this](std::uint8_t& value) {
      skip_space();
      if (!rest().starts_with('t') && !rest().starts_with('f')) return small_integer(value);
      bool flag = false;
      if (!bool_value(flag)) return false;
      value = flag ? 1 : 0;
      return true;
    });
  }

  // Without recursion: `open` holds the brackets that will close what is open.
  bool skip() override {
    std::string open;
    while (true) {
      const bool object = take('{');
      if (object || take('[')) {
        open += object ? '}' : ']';
        if (depth() + open.size() > kMaxDepth) return refuse_depth();
        if (!take(open.back())) {
          if (object && !skip_key()) return false;
          continue;
        }
        open.pop_back();
      } else if (!skip_scalar()) {
        return false;
      }
      while (!open.empty() && take(open.back())) open.pop_back();
      if (open.empty()) return true;
      if (!take(',')) return refuse_here(std::string("',' or '") + open.back() + "'");
      if (open.back() == '}' && !skip_key()) return false;
    }
  }

  bool end_of_file() override {
    skip_space();
    return remaining() == 0 || refuse_here("the end of the file");
  }

  bool skip_scalar() {
    skip_space();
    if (rest().starts_with('"')) return text(skipped_, "a string");
    if (word("true") || word("false") || word("null")) return true;
    float value = 0;
    return float_value(value);
  }

  bool skip_key() {
    skip_space();
    if (!text(skipped_, "a key in quotes")) return false;
    return take(':') || refuse_here("':'");
  }

  template <class T>
  bool small_integer(T& value) {
    std::int64_t wide = 0;
    skip_space();
    const std::size_t start = at_;
    if (!integer_value(wide)) return false;
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) {
      at_ = start;
      return refuse_here("an integer of " + std::to_string(8 * sizeof(T)) + " bits");
    }
    value = static_cast<T>(wide);
    return true;
  }

  // One element takes two bytes at least, so the vector cannot outgrow the file by more than its element's size.
  template <class T, class ReadOne>
  bool array(ScratchVector<T>& values, ReadOne read_one) {
    values.clear();
    if (!take('[')) return refuse_here("an array");
    if (take(']')) return true;
    vector_index_ = 0;
    do {
      T value{};
      if (!read_one(value)) return false;
      values.push_back(value);
      ++*vector_index_;
    } while (take(','));
    if (!take(']')) return refuse_here("',' or ']'");
    vector_index_.reset();
    return true;
  }

  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  void skip_space() {
    while (at_ < bytes_.size() && is_space(bytes_[at_])) ++at_;
  }

  bool take(char expected) {
    skip_space();
    if (at_ == bytes_.size() || bytes_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool word(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  // The number that begins here, not yet taken; whoever parses it judges its grammar.
  std::string_view number_token() {
    skip_space();
    const std::string_view here = rest();
    return here.substr(0, std::min(here.find_first_not_of("0123456789+-.eE"), here.size()));
  }

  bool text(std::string& value, const char* expected) {
    if (!rest().starts_with('"')) return refuse_here(expected);
    value.clear();
    for (std::size_t at = at_ + 1; at < bytes_.size(); ++at) {
      const char c = bytes_[at];
      if (c == '"') {
        at_ = at + 1;
        return true;
      }
      if (static_cast<unsigned char>(c) < ' ') break;
      if (c != '\\') {
        value += c;
        continue;
      }
      constexpr std::string_view kEscapes = "\"\\/bfnrtu";
      constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
      const std::size_t escape = ++at < bytes_.size() ? kEscapes.find(bytes_[at]) : std::string_view::npos;
      if (escape == std::string_view::npos) break;
      if (bytes_[at] == 'u') {
        value += "\\u";
      } else {
        value += kMeanings[escape];
      }
    }
    return refuse_here(std::string(expected) + " that ends and holds no control character");
  }

  std::string skipped_;
};

}  // namespace

std::unique_ptr<ModelReader> make_json_reader(std::span<const std::byte> bytes) { return std::make_unique<JsonReader>(bytes); }

}  // namespace ringside::engine
