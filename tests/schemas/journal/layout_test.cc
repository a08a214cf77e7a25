// Goal: the parts of a prediction stand where schemas/journal/README.md draws them.
// Method: sizes worked out by hand; offsets of fixed fields are static_asserted in the headers.
#include <gtest/gtest.h>

#include "schemas/journal/file.h"
#include "schemas/journal/landing.h"
#include "schemas/journal/prediction.h"
#include "schemas/journal/version.h"

namespace ringside::journal {
namespace {

TEST(PredictionParts, FollowEachOtherInTheOrderThatIsDrawn) {
  PredictionBody body{};
  body.fields = 65;
  body.errors = 2;
  body.values = 1;
  body.margins = 2;
  body.features = 3;
  body.request_id_bytes = 16;
  body.user_bytes = 5;
  body.trace_id_bytes = 4;
  body.caller_name_bytes = 3;
  body.origin_bytes = 2;
  body.asked_bytes = 1;
  body.text_bytes = 10;
  const PredictionParts parts = parts_of(body);
  EXPECT_EQ(parts.words, 2u);
  EXPECT_EQ(parts.bitmaps, 128u);
  EXPECT_EQ(parts.cells, 128u + 3 * 2 * 8);
  EXPECT_EQ(parts.errors, 176u + 65 * 8);
  EXPECT_EQ(parts.values, 696u + 2 * 32);
  EXPECT_EQ(parts.margins, 760u + 4);
  EXPECT_EQ(parts.features, 776u);
  EXPECT_EQ(parts.tags, 776u + 16);
  EXPECT_EQ(parts.ids, 792u + 65);
  EXPECT_EQ(parts.text, 857u + 31);
  EXPECT_EQ(parts.sealed, 888u + 10);
  EXPECT_EQ(parts.total, 904u);
}

TEST(PredictionParts, Float64TakesEightBytesEach) {
  PredictionBody body{};
  body.flags = kOutputFloat64 | kFeaturesFloat64;
  body.values = body.margins = body.features = 1;
  const PredictionParts parts = parts_of(body);
  EXPECT_EQ(parts.margins, parts.values + 8);
  EXPECT_EQ(parts.tags, parts.features + 8);
}

TEST(PredictionParts, OfTheWidestRecordDoNotWrap) {
  PredictionBody body{};
  body.flags = kOutputFloat64 | kFeaturesFloat64;
  body.fields = body.values = body.margins = body.features = 0xFFFF;
  body.errors = body.request_id_bytes = body.user_bytes = 0xFF;
  body.text_bytes = body.sealed_bytes = 0xFFFF'FFFF;
  EXPECT_GT(parts_of(body).total, std::uint64_t{2} * 0xFFFF'FFFF);
}

}  // namespace
}  // namespace ringside::journal
