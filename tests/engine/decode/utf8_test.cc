// Goal: exactly the byte strings that Unicode calls UTF-8 are taken, and a cut never leaves half a character.
// Method: every code point through its encoding, every kind of broken one, each at every place of an eight-byte step.
#include "engine/decode/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace ringside::engine::test {
namespace {

// In the number of bytes asked for, be it too many (overlong).
std::string encoded(std::uint32_t code_point, int bytes) {
  if (bytes == 1) return {static_cast<char>(code_point)};
  std::string text(static_cast<std::size_t>(bytes), '\0');
  for (int i = bytes - 1; i > 0; --i) {
    text[static_cast<std::size_t>(i)] = static_cast<char>(0x80 | (code_point & 0x3F));
    code_point >>= 6;
  }
  const std::uint32_t lead = bytes == 2 ? 0xC0 : bytes == 3 ? 0xE0 : 0xF0;
  text[0] = static_cast<char>(lead | code_point);
  return text;
}
int shortest(std::uint32_t code_point) { return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4; }

TEST(Utf8, EveryCodePointButSurrogatesIsTakenInItsShortestForm) {
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    ASSERT_EQ(is_utf8(encoded(c, shortest(c))), !surrogate) << std::hex << c;
  }
}

TEST(Utf8, NumbersAboveUnicodeAreRefused) {
  for (std::uint32_t c = 0x110000; c < 0x200000; c += 0x3FF) ASSERT_FALSE(is_utf8(encoded(c, 4))) << std::hex << c;
}

TEST(Utf8, OverlongFormsAreRefused) {
  for (const std::uint32_t c : {0x00u, 0x2Fu, 0x7Fu}) {
    for (const int bytes : {2, 3, 4}) EXPECT_FALSE(is_utf8(encoded(c, bytes))) << std::hex << c << " in " << bytes;
  }
  for (const std::uint32_t c : {0x80u, 0x7FFu}) {
    for (const int bytes : {3, 4}) EXPECT_FALSE(is_utf8(encoded(c, bytes))) << std::hex << c << " in " << bytes;
  }
  for (const std::uint32_t c : {0x800u, 0xFFFFu}) EXPECT_FALSE(is_utf8(encoded(c, 4))) << std::hex << c;
}

TEST(Utf8, CutCharactersAndStrayBytesAreRefusedAtEveryPlace) {
  const std::string broken[] = {"\xC3",
                                "\xE2\x82",
                                "\xE2",
                                "\xF0\x9F\x98",
                                "\xF0\x9F",
                                "\xF0",
                                "\x80",
                                "\xBF",
                                "\xFE",
                                "\xFF",
                                "\xC3\xC3",
                                "\xE2\x28\xA1",
                                "\xE2\x82\x28",
                                "\xF8\x88\x80\x80\x80",
                                "\xF0\x9F\x28\x80"};
  for (const std::string& bytes : broken) {
    for (std::size_t before = 0; before < 17; ++before) {
      for (std::size_t behind = 0; behind < 9; ++behind) {
        EXPECT_FALSE(is_utf8(std::string(before, 'a') + bytes + std::string(behind, 'a'))) << before << " " << behind;
      }
    }
  }
}

TEST(Utf8, MixedTextIsTaken) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string("\0", 1)));
  EXPECT_TRUE(
      is_utf8("Gr\xC3\xBC\xC3\x9F"
              "e, \xE6\x9D\xB1\xE4\xBA\xAC, \xF0\x9F\x98\x80 and plain text again"));
}

TEST(CutAtCharacter, KeepsWholeCharactersOnly) {
  EXPECT_EQ(cut_at_character("abc", 3), "abc");
  EXPECT_EQ(cut_at_character("abcd", 3), "abc");
  EXPECT_EQ(cut_at_character("ab\xC3\xBC", 3), "ab");
  EXPECT_EQ(cut_at_character("ab\xC3\xBC", 4), "ab\xC3\xBC");
  EXPECT_EQ(cut_at_character("\xF0\x9F\x98\x80x", 3), "");
  EXPECT_EQ(cut_at_character("\xF0\x9F\x98\x80x", 4), "\xF0\x9F\x98\x80");
  EXPECT_EQ(cut_at_character("x", 0), "");
}

}  // namespace
}  // namespace ringside::engine::test
