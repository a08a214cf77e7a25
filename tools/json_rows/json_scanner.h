// A pass over JSON text (RFC 8259, and the tokens NaN, Infinity, -Infinity that Python writes), value by value, without
// recursion.
//
//   JsonScanner scan(text);
//   scan.expect('{') … scan.text(scratch) … scan.expect(':') … scan.number() … scan.skip_value()
//
// Every function leaves white space behind it and returns false once something was wrong; problem() then says what was expected, what
// was found and where: "expected ':', found '1' at byte 5" (of the text, from 0).
// Text is taken as bytes: UTF-8 is checked before (find_bad_utf8). Thread safety: one thread. Cost: each byte is looked at once
// or twice.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringside {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) { skip_space(); }

  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  // '\0' at the end.
  [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }

  // Consumes `c` if it stands here; no problem if not.
  [[nodiscard]] bool accept(char c);
  [[nodiscard]] bool expect(char c);
  // The end of an array or object, where a comma would have done, too.
  [[nodiscard]] bool expect_closing(char c);

  // A quoted text, called `what` where it is missing. Without escapes `value` is a view of the line; with them `scratch` holds it and `value` views that.
  [[nodiscard]] bool text(std::string& scratch, std::string_view& value, std::string_view what);

  // The text of a number, in JSON's grammar; or of NaN, Infinity, -Infinity.
  [[nodiscard]] bool number(std::string_view& digits);

  // true, false or null.
  [[nodiscard]] bool word(std::string_view expected);

  // An array or object, or any other value, checked but not kept.
  [[nodiscard]] bool skip_nested();

  // Where the next value begins, from the begin of the text.
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  bool fail(std::string_view expected);

 private:
  [[nodiscard]] std::string found() const;
  void skip_space();
  [[nodiscard]] bool escape(std::string& out);
  [[nodiscard]] bool hex4(unsigned& value);
  [[nodiscard]] bool skip_scalar();
  [[nodiscard]] std::size_t digits();

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
  std::string skipped_;             // of texts inside nested values
  std::vector<bool> open_objects_;  // a level of nesting: true an object, false an array
};

}  // namespace ringside
