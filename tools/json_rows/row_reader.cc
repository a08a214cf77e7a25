#include "tools/json_rows/row_reader.h"

#include <limits>

#include "schemas/wire/limits.h"
#include "schemas/wire/number_text.h"
#include "tools/json_rows/json_scanner.h"

namespace ringside {
namespace {

// The wire's cell of a number, as the client library takes it.
Value number_value(std::string_view digits) {
  if (digits == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (digits == "Infinity") return std::numeric_limits<double>::infinity();
  if (digits == "-Infinity") return -std::numeric_limits<double>::infinity();
  const wire::Cell cell = wire::number_cell(digits);
  if (cell.tag == wire::Tag::kInt) return cell.as_int();
  if (cell.tag == wire::Tag::kReal) return cell.as_real();
  return Value::refused(static_cast<FieldCode>(cell.bits));
}

// Reads one object; the state of one read().
class ObjectReader {
 public:
  ObjectReader(std::string_view line, std::vector<JsonCell>& cells, RowMetadata& metadata, std::deque<std::string>& unescaped)
      : scan_(line), cells_(cells), metadata_(metadata), unescaped_(unescaped) {}

  bool read() {
    if (scan_.peek() != '{') return scan_.fail("a JSON object");
    (void)scan_.accept('{');
    if (!scan_.accept('}')) {
      do {
        if (!member()) return false;
      } while (scan_.accept(','));
      if (!scan_.expect_closing('}')) return false;
    }
    return scan_.at_end() || scan_.fail("nothing after the object");
  }
  [[nodiscard]] const std::string& problem() const { return scan_.problem(); }

 private:
  bool member() {
    std::string_view name;
    if (!text(name, "a key") || !scan_.expect(':')) return false;
    const bool first_tags = name == "route_tags" && !seen_[3];
    const char begins = scan_.peek();
    if (first_tags && (begins == '[' || begins == '{')) return route_tags(name);

    JsonCell cell{.name = name};
    std::string_view raw;  // of a text or number: what a metadata key takes
    switch (begins) {
      case '"':
        if (!text(raw, "a text")) return false;
        cell.value = raw.size() > wire::kTextBytesMax ? Value::refused(FieldCode::kTooLong) : Value(raw);
        break;
      case '{':
      case '[':
        if (!scan_.skip_nested()) return false;
        cell.value = Value::refused(FieldCode::kTypeMismatch);
        break;
      case 't':
        if (!scan_.word("true")) return false;
        cell.value = true;
        break;
      case 'f':
        if (!scan_.word("false")) return false;
        cell.value = false;
        break;
      case 'n':
        if (!scan_.word("null")) return false;
        break;
      default:
        if (!scan_.number(raw)) return false;
        cell.value = number_value(raw);
    }
    cell.is_metadata = take_metadata(name, raw, cell.value.kind() == Value::Kind::kNull);
    cells_.push_back(cell);
    return true;
  }

  // A text or a number (`raw`) of a metadata key that was not there yet is taken; null is as if absent. What no metadata can be
  // (true, {..}) stays a plain cell, and the engine refuses it by name.
  bool take_metadata(std::string_view name, std::string_view raw, bool is_null) {
    constexpr std::string_view kNames[] = {"request_id", "user_id", "trace_id", "route_tags"};
    std::string_view* const targets[] = {&metadata_.request_id, &metadata_.user_id, &metadata_.trace_id, nullptr};
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      if (name != kNames[i]) continue;
      if (seen_[i] || (raw.empty() && raw.data() == nullptr && !is_null)) return false;
      if (targets[i] == nullptr && !is_null) return false;
      seen_[i] = true;
      if (targets[i] != nullptr) *targets[i] = raw;
      return true;
    }
    return false;
  }

  // ["segment=vip", …] or {"segment": "vip", …}.
  bool route_tags(std::string_view name) {
    seen_[3] = true;
    const bool is_object = scan_.accept('{');
    if (!is_object) (void)scan_.accept('[');
    const char closing = is_object ? '}' : ']';
    if (!scan_.accept(closing)) {
      do {
        std::string_view tag, value;
        if (!text(tag, is_object ? "a tag's key" : "a tag")) return false;
        if (is_object) {
          if (!scan_.expect(':') || !text(value, "a tag's value")) return false;
          tag = unescaped_.emplace_back(std::string(tag) + "=" + std::string(value));
        }
        metadata_.route_tags.push_back(tag);
      } while (scan_.accept(','));
      if (!scan_.expect_closing(closing)) return false;
    }
    cells_.push_back({name, Value::refused(FieldCode::kTypeMismatch), true});
    return true;
  }

  bool text(std::string_view& value, std::string_view what) {
    std::string scratch;
    if (!scan_.text(scratch, value, what)) return false;
    if (value.data() == scratch.data()) value = unescaped_.emplace_back(std::move(scratch));
    return true;
  }

  JsonScanner scan_;
  std::vector<JsonCell>& cells_;
  RowMetadata& metadata_;
  std::deque<std::string>& unescaped_;
  bool seen_[4] = {};
};

}  // namespace

std::string_view without_byte_order_mark(std::string_view input) noexcept {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return input.starts_with(kMark) ? input.substr(kMark.size()) : input;
}

std::size_t find_bad_utf8(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    if (lead < 0x80) {
      ++i;
    } else if (lead >= 0xC2 && lead <= 0xDF && follows(i + 1)) {
      i += 2;
    } else if (lead >= 0xE0 && lead <= 0xEF && follows(i + 1) && follows(i + 2) && (lead != 0xE0 || byte(i + 1) >= 0xA0) &&
               (lead != 0xED || byte(i + 1) < 0xA0)) {
      i += 3;
    } else if (lead >= 0xF0 && lead <= 0xF4 && follows(i + 1) && follows(i + 2) && follows(i + 3) &&
               (lead != 0xF0 || byte(i + 1) >= 0x90) && (lead != 0xF4 || byte(i + 1) < 0x90)) {
      i += 4;
    } else {
      return i;
    }
  }
  return std::string_view::npos;
}

bool RowReader::read(std::string_view line) {
  cells_.clear();
  metadata_.request_id = metadata_.user_id = metadata_.trace_id = {};
  metadata_.route_tags.clear();
  problem_.clear();
  unescaped_.clear();
  if (const std::size_t bad = find_bad_utf8(line); bad != std::string_view::npos) {
    problem_ = "expected UTF-8, found other bytes at byte " + std::to_string(bad);
    return false;
  }
  ObjectReader object(line, cells_, metadata_, unescaped_);
  if (object.read()) return true;
  problem_ = object.problem();
  cells_.clear();
  metadata_ = {};
  return false;
}

}  // namespace ringside
