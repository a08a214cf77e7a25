// Goal: a million pins take the memory that pins.h says, each is found and nothing beside them, one more change copies a shard, and a restart reads
//   all of them back.
// Method: keys by number; every one of them is asked for, and as many that are not pinned. Times are a bench's business (bench/run pins).
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/traffic/pins.h"
#include "engine/versions/pins_file.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kBatch = 50'000;  // as many as operators' files come in

std::string_view version_of_key(std::size_t i) { return i % 3 == 0 ? "v1" : "v2"; }
std::string key(std::size_t i) { return "user-" + std::to_string(i); }

TEST(MillionPins, AreFoundWithinTheirMemoryAndOutliveARestart) {
  test::TemporaryDirectory place;
  PinsFile file(place.path().string());
  ASSERT_TRUE(file.read().ok());
  auto pins = Pins::none();
  std::size_t text_bytes = 0;
  for (std::size_t first = 0; first < kPinsMax; first += kBatch) {
    std::vector<PinChange> changes;
    for (std::size_t i = first; i < first + kBatch; ++i) {
      changes.push_back({PinKind::kKey, key(i), std::string(version_of_key(i))});
      text_bytes += changes.back().text.size();
    }
    pins = pins->with(changes);
    ASSERT_TRUE(file.keep(*pins, changes).ok());
  }
  ASSERT_EQ(pins->keys(), kPinsMax);
  EXPECT_LT(pins->memory_bytes(), text_bytes + 24 * kPinsMax + 64 * 1'024) << "some 20 bytes and the text for each";
  RecordProperty("bytes", std::to_string(pins->memory_bytes()));

  const auto again = PinsFile(place.path().string()).read();
  ASSERT_TRUE(again.ok()) << again.error();
  ASSERT_EQ((*again)->keys(), kPinsMax);
  for (std::size_t i = 0; i < kPinsMax; ++i) {
    ASSERT_EQ(pins->version_of(PinKind::kKey, key(i)), version_of_key(i)) << i;
    ASSERT_EQ((*again)->version_of(PinKind::kKey, key(i)), version_of_key(i)) << i;
    ASSERT_EQ((*again)->version_of(PinKind::kKey, key(kPinsMax + i)), "") << i;
  }
  EXPECT_EQ((*again)->pinned_to("v1") + (*again)->pinned_to("v2"), kPinsMax);

  const auto less = (*again)->with(std::vector<PinChange>{{PinKind::kKey, key(0), ""}});
  EXPECT_EQ(less->keys(), kPinsMax - 1);
  EXPECT_EQ(less->version_of(PinKind::kKey, key(0)), "");
  EXPECT_EQ((*again)->version_of(PinKind::kKey, key(0)), "v1");
}

}  // namespace
}  // namespace ringside::engine
