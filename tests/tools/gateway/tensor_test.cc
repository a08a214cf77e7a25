// Goal: a tensor's values are those that were written, whatever its form: nested, flat or binary; and a body that contradicts its shape or datatype
// is refused with words.

#include "tools/gateway/tensor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace ringside::gateway {
namespace {

struct Read {
  Tensor tensor;
  std::deque<std::string> unescaped;
  std::string problem;
};

Read json(Datatype datatype, std::vector<std::uint64_t> shape, std::string_view data) {
  Read read;
  read.tensor.datatype = datatype;
  read.tensor.shape = std::move(shape);
  read.problem = read_json_values(data, read.tensor, read.unescaped);
  return read;
}

Read binary(Datatype datatype, std::vector<std::uint64_t> shape, std::string_view data) {
  Read read;
  read.tensor.datatype = datatype;
  read.tensor.shape = std::move(shape);
  read.problem = read_binary_values(data, read.tensor);
  return read;
}

TEST(Tensor, NestedAndFlatDataAreTheSame) {
  const Read flat = json(Datatype::kInt64, {2, 3}, "[1,2,3,4,5,6]"), nested = json(Datatype::kInt64, {2, 3}, "[[1,2,3],[4,5,6]]");
  EXPECT_EQ(flat.problem, "");
  EXPECT_EQ(nested.problem, "");
  EXPECT_EQ(flat.tensor.numbers, nested.tensor.numbers);
  EXPECT_EQ(json(Datatype::kInt64, {2, 1}, " [ [ 1 ] , [ 2 ] ] ").tensor.numbers, (std::vector<std::uint64_t>{1, 2}));
}

TEST(Tensor, DataThatIsNotOfItsShapeIsRefused) {
  for (const std::string_view data : {"[1,2,3,4,5]", "[1,2,3,4,5,6,7]", "[[1,2,3],[4,5]]", "[[1,2],[3,4],[5,6]]",
                                      "[[1,2,3],4,5,6]", "[1,[2,3],4,5,6]", "[[[1,2,3]],[[4,5,6]]]", "[]", "[[],[]]", "7", "",
                                      "[1,2,3,4,5,6", "[1,2,3,4,5,6]]", "[1,2,3,4,5,6] 7", "[,]", "[[1,2,3],]"}) {
    EXPECT_NE(json(Datatype::kInt64, {2, 3}, data).problem, "") << data;
  }
  EXPECT_NE(json(Datatype::kInt64, {std::uint64_t{1} << 40, std::uint64_t{1} << 40}, "[1]").problem, "");
  EXPECT_EQ(json(Datatype::kInt64, {0}, "[]").problem, "");
}

TEST(Tensor, WholeNumbersKeepToTheirDatatype) {
  EXPECT_EQ(json(Datatype::kUint8, {2}, "[0,255]").problem, "");
  EXPECT_EQ(json(Datatype::kInt8, {2}, "[-128,127]").tensor.value(0).integer(), -128);
  for (const std::string_view data : {"[256]", "[-1]", "[1.0]", "[1e2]", "[true]", "[\"1\"]", "[99999999999999999999]"}) {
    EXPECT_NE(json(Datatype::kUint8, {1}, data).problem, "") << data;
  }
  const Read wide = json(Datatype::kUint64, {1}, "[18446744073709551615]");
  ASSERT_EQ(wide.problem, "");
  EXPECT_EQ(wide.tensor.value(0).code(), FieldCode::kIntRange);  // the engine's word on it
}

TEST(Tensor, FloatsAreRoundedOnceToTheirWidth) {
  EXPECT_EQ(json(Datatype::kFp32, {1}, "[0.1]").tensor.value(0).real(), static_cast<double>(0.1f));
  EXPECT_EQ(json(Datatype::kFp64, {1}, "[0.1]").tensor.value(0).real(), 0.1);
  // Half way between two floats but for the last digit: by way of a double it would be rounded down to even.
  EXPECT_EQ(json(Datatype::kFp32, {1}, "[1.00000005960464477540]").tensor.value(0).real(),
            static_cast<double>(std::nextafter(1.0f, 2.0f)));
  EXPECT_TRUE(std::isinf(json(Datatype::kFp32, {1}, "[1e39]").tensor.value(0).real()));
  EXPECT_EQ(json(Datatype::kFp64, {1}, "[-1e-400]").tensor.value(0).real(), 0.0);
  EXPECT_TRUE(std::isnan(json(Datatype::kFp64, {1}, "[NaN]").tensor.value(0).real()));
}

TEST(Tensor, NullIsMissingInEveryDatatype) {
  const Read numbers = json(Datatype::kInt64, {3}, "[1,null,3]"), texts = json(Datatype::kBytes, {2}, R"([null,"a"])");
  EXPECT_EQ(numbers.tensor.value(1).kind(), Value::Kind::kNull);
  EXPECT_EQ(numbers.tensor.value(2).integer(), 3);
  EXPECT_EQ(texts.tensor.value(0).kind(), Value::Kind::kNull);
  EXPECT_EQ(texts.tensor.value(1).text(), "a");
}

TEST(Tensor, TextsAreUnescapedAndKept) {
  const Read read = json(Datatype::kBytes, {2}, R"(["a\"b","\u00e9"])");
  ASSERT_EQ(read.problem, "");
  EXPECT_EQ(read.tensor.value(0).text(), "a\"b");
  EXPECT_EQ(read.tensor.value(1).text(), "\xC3\xA9");
}

TEST(Tensor, BinaryValuesAreLittleEndian) {
  EXPECT_EQ(binary(Datatype::kInt16, {2}, std::string_view("\xFE\xFF\x01\x00", 4)).tensor.value(0).integer(), -2);
  EXPECT_EQ(binary(Datatype::kFp32, {1}, std::string_view("\x00\x00\x80\x3F", 4)).tensor.value(0).real(), 1.0);
  EXPECT_EQ(binary(Datatype::kFp16, {1}, std::string_view("\x00\xC0", 2)).tensor.value(0).real(), -2.0);
  const Read texts = binary(Datatype::kBytes, {2}, std::string_view("\x01\0\0\0a\0\0\0\0", 9));
  ASSERT_EQ(texts.problem, "");
  EXPECT_EQ(texts.tensor.value(0).text(), "a");
  EXPECT_EQ(texts.tensor.value(1).text(), "");
}

TEST(Tensor, BinaryThatIsNotOfItsShapeIsRefused) {
  EXPECT_NE(binary(Datatype::kFp32, {2}, "12345").problem, "");
  EXPECT_NE(binary(Datatype::kBool, {1}, "\x02").problem, "");
  EXPECT_NE(binary(Datatype::kBytes, {1}, std::string_view("\xFF\xFF\xFF\xFF\0", 5)).problem, "");
  EXPECT_NE(binary(Datatype::kBytes, {1}, std::string_view("\0\0\0\0\0", 5)).problem, "");
  EXPECT_NE(binary(Datatype::kBytes, {std::uint64_t{1} << 29}, "").problem, "");
}

TEST(Tensor, EveryHalfReadsBackToItself) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const double value = from_half(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(to_half(value), bits);
  }
  EXPECT_EQ(from_half(to_half(1 + std::ldexp(1, -11))), 1.0);                        // a tie goes to even
  EXPECT_EQ(from_half(to_half(1 + 3 * std::ldexp(1, -11))), 1 + std::ldexp(1, -9));  // here that is up
  EXPECT_EQ(to_half(65'519.9), 0x7BFFu);
  EXPECT_EQ(to_half(65'520.0), 0x7C00u);
}

}  // namespace
}  // namespace ringside::gateway
