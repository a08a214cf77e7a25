#include "client_lib/base/plain_number.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace ringside::base {
namespace {

TEST(PlainNumber, IsWrittenAsAPersonWritesIt) {
  const std::pair<double, const char*> cases[] = {{0, "0"},
                                                  {120, "120"},
                                                  {1e6, "1000000"},
                                                  {-1e6, "-1000000"},
                                                  {0.5, "0.5"},
                                                  {0.1, "0.1"},
                                                  {1234567.25, "1234567.25"},
                                                  {0.00001, "0.00001"},
                                                  {9'007'199'254'740'992.0, "9007199254740992"},
                                                  {1e16, "1e16"},
                                                  {1.5e300, "1.5e300"},
                                                  {1e-7, "1e-7"},
                                                  {-2.5e-300, "-2.5e-300"},
                                                  {std::numeric_limits<double>::infinity(), "inf"},
                                                  {std::numeric_limits<double>::quiet_NaN(), "nan"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(plain_number(value), text);
}

TEST(PlainNumber, AFloat32HasTheDigitsOfAFloat32) {
  EXPECT_EQ(plain_number(0.1F), "0.1");
  EXPECT_EQ(plain_number(16777216.0F), "16777216");
  EXPECT_EQ(plain_number(-std::numeric_limits<float>::infinity()), "-inf");
}

}  // namespace
}  // namespace ringside::base
