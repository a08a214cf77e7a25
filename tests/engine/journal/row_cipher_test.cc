// Goal: what is to be encrypted leaves the worker as ciphertext alone, comes back bit for bit with its day's key, not without it and not from a
//   record that was altered; no nonce is used twice under a key; a row costs no allocation, of OpenSSL's neither.
// Method: rows written as a worker writes them, read with the audit's own reader; OpenSSL's allocator is counted.
#include "engine/journal/row_cipher.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/journal/prediction_record.h"
#include "engine/ledger/reading/encrypted_part.h"
#include "engine/ledger/reading/record_json.h"
#include "schemas/journal/record_view.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using journal::CellTag;
using journal::PredictionView;
using State = Decryption::State;

std::uint64_t openssl_allocations = 0;
void* counted(std::size_t bytes, const char*, int) { return ++openssl_allocations, std::malloc(bytes); }
void* recounted(void* from, std::size_t bytes, const char*, int) { return ++openssl_allocations, std::realloc(from, bytes); }
void freed(void* from, const char*, int) { std::free(from); }
const int is_counting = CRYPTO_set_mem_functions(counted, recounted, freed);  // before OpenSSL is first used

constexpr std::uint64_t kDay = 86'400'000'000'000, kNoon = 20'000 * kDay + kDay / 2;
constexpr std::string_view kSecret = "canary-1234567-which-is-longer-than-one-block-of-the-cipher";

// A row of a text and a number field, with three features.
class RowCipherTest : public ::testing::Test {
 protected:
  RowCipherTest() : RowCipherTest(Sensitivity::kEncrypt) {}
  explicit RowCipherTest(Sensitivity of_second)
      : schema_({Field{.name = "t", .dtype = Dtype::kStr, .sensitivity = Sensitivity::kEncrypt},
                 Field{.name = "n", .dtype = Dtype::kFloat, .sensitivity = of_second}},
                true),
        tile_(schema_) {
    tile_.start(1);
    tile_.texts(0)[0] = {kSecret.data(), static_cast<std::uint32_t>(kSecret.size())};
    tile_.numbers(1)[0] = 4242.5;
    keys_ = std::move(*DayKeys::open(folder_.path() + "/keys", kNoon));
  }
  std::vector<std::byte> write(RowCipher* cipher) {
    const std::int32_t label = -1;
    const float one = 1;
    const float features[] = {0.25F, 4242.5F, -7};
    const CallSummary summary;
    const Peer peer{.uid = 7, .pid = 8, .name = {'m', 'e'}, .name_bytes = 2};
    std::vector<std::byte> place(journal::kRecordBytesMax);
    const std::uint32_t bytes =
        write_row(place.data(), {.key = JournalKey::of({1, 2}), .cipher = cipher}, {peer, nullptr, 1, 2, 1, summary},
                  {.row = 0, .given = "r"},
                  {schema_, tile_, {&one, &one, features, 3, &label}, 1, 1, 3, FloatType::kFloat32, FloatType::kFloat32}, 0);
    place.resize(journal::padded(bytes));
    const journal::RecordHead head{.bytes = static_cast<std::uint32_t>(place.size()),
                                   .crc32c = 0,
                                   .sequence = 1,
                                   .wall_ns = kNoon,
                                   .type = static_cast<std::uint16_t>(journal::RecordType::kPrediction),
                                   .writer = 3,
                                   .epoch = 1};
    std::memcpy(place.data(), &head, sizeof head);
    return place;
  }
  static PredictionView view(const std::vector<std::byte>& record) { return PredictionView::of(journal::Record(record)).value(); }
  DayKeyRing ring() const { return DayKeyRing(folder_.path() + "/keys"); }

  test::TemporaryFolder folder_;
  InputSchema schema_;
  Tile tile_;
  std::unique_ptr<DayKeys> keys_;
};

TEST_F(RowCipherTest, NothingOfItCanBeReadAndAllOfItComesBack) {
  RowCipher cipher(*keys_, 3);
  const auto record = write(&cipher);
  const std::string_view bytes(reinterpret_cast<const char*>(record.data()), record.size());
  EXPECT_EQ(bytes.find("canary"), std::string_view::npos);
  const double number = 4242.5;
  const float feature = 4242.5F;
  EXPECT_EQ(bytes.find({reinterpret_cast<const char*>(&number), sizeof number}), std::string_view::npos);
  EXPECT_EQ(bytes.find({reinterpret_cast<const char*>(&feature), sizeof feature}), std::string_view::npos);
  const PredictionView row = view(record);
  EXPECT_EQ(row.tag(0), CellTag::kSealed);
  EXPECT_EQ(row.tag(1), CellTag::kSealed);
  EXPECT_EQ(row.body().features, 0);
  EXPECT_NE(row.body().flags & journal::kFeaturesSealed, 0);
  EXPECT_EQ(row.body().day_key, keys_->now()->id);
  DayKeyRing keys = ring();
  const Decryption found = decrypt(row, &keys);
  ASSERT_EQ(found.state, State::kDecrypted);
  ASSERT_EQ(found.head.cells, 2);
  EXPECT_EQ(found.tag(0), CellTag::kText);
  EXPECT_EQ(found.text(0), kSecret);
  EXPECT_EQ(found.number(1), 4242.5);
  ASSERT_EQ(found.head.features, 3);
  EXPECT_EQ(found.feature(0), 0.25);
  EXPECT_EQ(found.feature(2), -7.0);
  EXPECT_EQ(decrypt(row, nullptr).state, State::kNotAsked);
  std::string json;
  append_record_json(json, row, nullptr, false, 1, found);
  EXPECT_NE(json.find("\"features\":[0.25,4242.5,-7]"), std::string::npos) << json;
}

TEST_F(RowCipherTest, AnAlteredByteOfThePartOrOfTheBodyIsToldAndNothingIsShown) {
  RowCipher cipher(*keys_, 3);
  const auto record = write(&cipher);
  DayKeyRing keys = ring();
  const std::size_t sealed = record.size() - view(record).body().sealed_bytes;
  for (const std::size_t at : {std::size_t{40}, std::size_t{56}, sealed, sealed + 20, record.size() - 9}) {
    auto altered = record;
    altered[at] ^= std::byte{1};
    EXPECT_EQ(decrypt(view(altered), &keys).state, State::kAltered) << at;
  }
}

TEST_F(RowCipherTest, ADestroyedDayIsErasedAndTheNextDayHasAnotherKey) {
  RowCipher cipher(*keys_, 3);
  const auto first = write(&cipher);
  ASSERT_TRUE(keys_->look(kNoon + kDay));
  const auto second = write(&cipher);
  EXPECT_NE(view(first).body().day_key, view(second).body().day_key);
  ASSERT_TRUE(keys_->look(kNoon)) << "a clock that is set back";
  EXPECT_EQ(view(write(&cipher)).body().day_key, view(second).body().day_key);
  ASSERT_TRUE(std::filesystem::remove(folder_.path() + "/keys/" + day_text(20'000) + ".keys"));
  DayKeyRing keys = ring();
  EXPECT_EQ(decrypt(view(first), &keys).state, State::kNoKey);
  EXPECT_EQ(decrypt(view(second), &keys).state, State::kDecrypted);
}

TEST_F(RowCipherTest, NoNonceIsUsedTwiceUnderAKeyAndEveryStartHasItsOwn) {
  RowCipher cipher(*keys_, 3);
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) {
    const auto record = write(&cipher);
    nonces.emplace(reinterpret_cast<const char*>(view(record).sealed().data()), journal::kCounterBytes);
  }
  EXPECT_EQ(nonces.size(), 100u);
  const auto again = std::move(*DayKeys::open(folder_.path() + "/keys", kNoon));
  EXPECT_NE(again->now()->id, keys_->now()->id);
  EXPECT_NE(again->now()->bytes, keys_->now()->bytes);
  EXPECT_EQ(read_day_keys(folder_.path() + "/keys")->size(), 2u);
}

TEST_F(RowCipherTest, AKeysFileIsItsOwnersAloneAndALineThatACrashCutSpoilsNoOther) {
  const std::string path = folder_.path() + "/keys/" + day_text(20'000) + ".keys";
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((folder_.path() + "/keys").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  std::ofstream(path, std::ios::app) << "0123abcd 00ff";
  const auto next = std::move(*DayKeys::open(folder_.path() + "/keys", kNoon));
  EXPECT_EQ(read_day_keys(folder_.path() + "/keys")->size(), 2u);
}

TEST_F(RowCipherTest, ARowCostsNoAllocation) {
  ASSERT_EQ(is_counting, 1);
  RowCipher cipher(*keys_, 3);
  static_cast<void>(write(&cipher));
  EXPECT_GT(openssl_allocations, 0u) << "the counting works";
  ASSERT_TRUE(keys_->look(kNoon + kDay));
  const std::uint64_t before = openssl_allocations;
  for (int i = 0; i < 100; ++i) static_cast<void>(write(&cipher));
  EXPECT_EQ(openssl_allocations, before) << "a new key's first row neither";
}

class WithADroppedField : public RowCipherTest {
 protected:
  WithADroppedField() : RowCipherTest(Sensitivity::kDrop) {}
};

TEST_F(WithADroppedField, FeaturesThatWouldTellItAreKeptNowhere) {
  RowCipher cipher(*keys_, 3);
  const auto record = write(&cipher);
  EXPECT_EQ(view(record).body().flags & journal::kFeaturesSealed, 0);
  EXPECT_NE(view(record).body().flags & journal::kFeaturesWithheld, 0);
  DayKeyRing keys = ring();
  const Decryption found = decrypt(view(record), &keys);
  ASSERT_EQ(found.state, State::kDecrypted);
  EXPECT_EQ(found.head.cells, 1);
  EXPECT_EQ(found.head.features, 0);
}

}  // namespace
}  // namespace ringside::engine
