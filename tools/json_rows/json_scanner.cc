#include "tools/json_rows/json_scanner.h"

namespace ringside {
namespace {

constexpr std::string_view kValue = "a value (a number, text, true, false, null, array or object)";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// UTF-8, also of a lone surrogate: those three bytes are not valid, and the engine says so for this one field.
void append_code_point(std::string& out, unsigned code) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

// What stands here, so that an editor's view of it is enough: one character, or what it is called.
std::string JsonScanner::found() const {
  if (at_end()) return "the end of the line";
  const auto byte = static_cast<unsigned char>(text_[at_]);
  if (byte == '\'') return "a single quote";
  if (byte > ' ' && byte < 0x7F) return std::string("'") + text_[at_] + "'";
  if (text_.substr(at_).starts_with("\xEF\xBB\xBF")) return "a byte order mark";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return std::string("the byte 0x") + kDigits[byte >> 4] + kDigits[byte & 15];
}

bool JsonScanner::fail(std::string_view expected) {
  if (problem_.empty()) problem_ = "expected " + std::string(expected) + ", found " + found() + " at byte " + std::to_string(at_);
  return false;
}

void JsonScanner::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
}

bool JsonScanner::accept(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  skip_space();
  return true;
}

bool JsonScanner::expect(char c) { return accept(c) || fail(std::string("'") + c + "'"); }
bool JsonScanner::expect_closing(char c) { return accept(c) || fail(std::string("',' or '") + c + "'"); }

bool JsonScanner::hex4(unsigned& value) {
  if (text_.size() - at_ < 4) {
    at_ = text_.size();
    return fail("four hexadecimal digits");
  }
  value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = text_[at_];
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return fail("four hexadecimal digits");
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return true;
}

// After the backslash.
bool JsonScanner::escape(std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  constexpr std::string_view kExpected = "an escape, one of \" \\ / b f n r t u";
  if (at_end()) return fail(kExpected);
  if (const auto letter = kLetters.find(text_[at_]); letter != std::string_view::npos) {
    out += kMeant[letter];
    ++at_;
    return true;
  }
  if (text_[at_] != 'u') return fail(kExpected);
  ++at_;
  unsigned code = 0;
  if (!hex4(code)) return false;
  if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_).starts_with("\\u")) {
    const std::size_t before = at_;
    at_ += 2;
    unsigned low = 0;
    if (!hex4(low)) return false;
    if (low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else {
      at_ = before;  // a lone high surrogate; what follows speaks for itself
    }
  }
  append_code_point(out, code);
  return true;
}

bool JsonScanner::text(std::string& scratch, std::string_view& value, std::string_view what) {
  if (at_end() || text_[at_] != '"') return fail(std::string(what) + " in double quotes");
  ++at_;
  const std::size_t begin = at_;
  bool escaped = false;
  std::size_t plain_from = begin;
  for (;;) {
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20) ++at_;
    if (at_end()) return fail("the text's closing quote");
    if (text_[at_] == '"') break;
    if (text_[at_] != '\\') return fail("control characters inside a text to be escaped");
    if (!escaped) scratch.clear();
    escaped = true;
    scratch.append(text_, plain_from, at_ - plain_from);
    ++at_;
    if (!escape(scratch)) return false;
    plain_from = at_;
  }
  if (escaped) {
    scratch.append(text_, plain_from, at_ - plain_from);
    value = scratch;
  } else {
    value = text_.substr(begin, at_ - begin);
  }
  ++at_;
  skip_space();
  return true;
}

std::size_t JsonScanner::digits() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ - begin;
}

bool JsonScanner::number(std::string_view& digits_out) {
  const std::size_t begin = at_;
  if (!at_end() && text_[at_] == '-') ++at_;
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("Infinity")) {
    at_ += 8;
  } else if (at_ == begin && rest.starts_with("NaN")) {
    at_ += 3;
  } else {
    if (at_ < text_.size() && text_[at_] == '0') {
      ++at_;
      if (at_ < text_.size() && is_digit(text_[at_])) return fail("no digit after a leading 0");
    } else if (digits() == 0) {
      return fail(at_ == begin ? kValue : "a digit");
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (digits() == 0) return fail("a digit after the point");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (digits() == 0) return fail("a digit in the exponent");
    }
  }
  digits_out = text_.substr(begin, at_ - begin);
  skip_space();
  return true;
}

bool JsonScanner::word(std::string_view expected) {
  if (!text_.substr(at_).starts_with(expected)) return fail(kValue);
  at_ += expected.size();
  skip_space();
  return true;
}

bool JsonScanner::skip_scalar() {
  std::string_view ignored;
  switch (peek()) {
    case '"':
      return text(skipped_, ignored, "a text");
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number(ignored);
  }
}

bool JsonScanner::skip_nested() {
  open_objects_.clear();
  std::string_view key;
  do {
    // Here a value begins.
    if (accept('{')) {
      open_objects_.push_back(true);
      if (!accept('}')) {
        if (!text(skipped_, key, "a key") || !expect(':')) return false;
        continue;
      }
      open_objects_.pop_back();
    } else if (accept('[')) {
      open_objects_.push_back(false);
      if (!accept(']')) continue;
      open_objects_.pop_back();
    } else if (!skip_scalar()) {
      return false;
    }
    // Here one has ended: the levels that end with it, then the comma before the next.
    while (!open_objects_.empty() && accept(open_objects_.back() ? '}' : ']')) open_objects_.pop_back();
    if (open_objects_.empty()) return true;
    if (!accept(',')) return expect_closing(open_objects_.back() ? '}' : ']');
    if (open_objects_.back() && (!text(skipped_, key, "a key") || !expect(':'))) return false;
  } while (true);
}

}  // namespace ringside
