// Goal: input_digest is SipHash-2-4-128 of the canonical row that input_digest.h writes down; rows differ in it exactly if their values do;
//   a key file is read as it stands or refused with what to do.
// Method: OpenSSL's SipHash as the second opinion; tiles filled by hand.
#include "engine/respond/input_digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using ::testing::HasSubstr;

constexpr DigestKey kKey{0x0706'0504'0302'0100, 0x0F0E'0D0C'0B0A'0908};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

InputDigest openssl_digest(const std::vector<std::uint64_t>& words) {
  std::array<unsigned char, 16> key{};
  for (unsigned i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(i);
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EXPECT_EQ(EVP_MAC_init(context, key.data(), key.size(), nullptr), 1);
  EXPECT_EQ(EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(words.data()), words.size() * 8), 1);
  InputDigest digest{};
  std::size_t size = 0;
  EXPECT_EQ(EVP_MAC_final(context, reinterpret_cast<unsigned char*>(digest.data()), &size, digest.size()), 1);
  EXPECT_EQ(size, digest.size());
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  return digest;
}

TEST(SipHash128, IsOpensslsForEveryLengthOfMessage) {
  std::vector<std::uint64_t> words;
  for (std::uint64_t i = 0; i < 70; ++i) {  // past 32 words the length no longer fits its byte
    SipHash128 hash(kKey);
    for (const std::uint64_t word : words) hash.add(word);
    EXPECT_EQ(hash.finish(), openssl_digest(words)) << words.size() << " words";
    words.push_back(i * 0x9E37'79B9'7F4A'7C15 + 1);
  }
}

class InputDigestTest : public ::testing::Test {
 protected:
  InputDigestTest() { tile_.start(2); }
  void put(std::uint32_t row, double age, const char* home, double income) {
    tile_.numbers(0)[row] = age;
    tile_.texts(1)[row] = home == nullptr ? Text{} : Text{home, static_cast<std::uint32_t>(std::strlen(home))};
    tile_.numbers(2)[row] = income;
  }
  InputDigest digest(std::uint32_t row = 0) { return input_digest(kKey, schema_, tile_, row); }

  InputSchema schema_{{{.name = "age", .dtype = Dtype::kInt}, {.name = "home"}, {.name = "income", .dtype = Dtype::kFloat}},
                      true};
  Tile tile_{schema_};
};

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

TEST_F(InputDigestTest, IsTheHashOfTheWordsThatAreWrittenDown) {
  put(0, 27, "rent", 8500.5);
  EXPECT_EQ(digest(), openssl_digest({schema_.hash(), bits(27.0), 4, 0x746E'6572, bits(8500.5)}));
  put(0, 27, "12345678", 0);
  EXPECT_EQ(digest(), openssl_digest({schema_.hash(), bits(27.0), 8, 0x3837'3635'3433'3231, bits(0.0)}));
  put(0, -kNaN, nullptr, 1);
  EXPECT_EQ(digest(), openssl_digest({schema_.hash(), 0x7FF8'0000'0000'0000, ~std::uint64_t{0}, bits(1.0)}));
  put(0, 0, "", 1);
  EXPECT_EQ(digest(), openssl_digest({schema_.hash(), 0, 0, bits(1.0)}));
}

TEST_F(InputDigestTest, DiffersWhereAnyValueDoesAndNowhereElse) {
  std::set<InputDigest> seen;
  std::size_t rows = 0;
  for (const double age : {0.0, -0.0, 1.0, kNaN}) {
    for (const char* home : {"", "a", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaa\1", static_cast<const char*>(nullptr)}) {
      for (const double income : {0.0, 1.0, std::nextafter(1.0, 2.0)}) {
        put(0, age, home, income);
        put(1, age, home, income);
        EXPECT_EQ(digest(0), digest(1));
        seen.insert(digest());
        ++rows;
      }
    }
  }
  EXPECT_EQ(seen.size(), rows);
  const DigestKey other{kKey.low, kKey.high ^ 1};
  EXPECT_NE(input_digest(other, schema_, tile_, 0), digest());
}

class DigestKeyFile : public ::testing::Test {
 protected:
  Result<DigestKey, std::string> read(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::trunc) << text;
    EXPECT_EQ(chmod(path_.c_str(), mode), 0);
    return read_digest_key(path_);
  }
  test::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/key";
};

TEST_F(DigestKeyFile, HoldsTheKeyInTheOrderOfItsBytes) {
  for (const char* text : {"000102030405060708090a0b0c0d0e0f", "000102030405060708090A0B0C0D0E0F\n"}) {
    const auto key = read(text, 0640);
    ASSERT_TRUE(key.ok()) << key.error();
    EXPECT_EQ(key->low, kKey.low);
    EXPECT_EQ(key->high, kKey.high);
  }
}

TEST_F(DigestKeyFile, IsRefusedWithWhatToDo) {
  for (const char* text :
       {"", "00", "000102030405060708090a0b0c0d0e0g", "000102030405060708090a0b0c0d0e0f00", "-00102030405060708090a0b0c0d0e0f"}) {
    const auto key = read(text);
    ASSERT_FALSE(key.ok()) << text;
    EXPECT_THAT(key.error(), HasSubstr("openssl rand -hex 16"));
    EXPECT_THAT(key.error(), HasSubstr(path_));
  }
  EXPECT_THAT(read("000102030405060708090a0b0c0d0e0f", 0644).error(), HasSubstr("chmod o-r"));
  EXPECT_THAT(read_digest_key(path_ + "x").error(), HasSubstr("No such file"));
  EXPECT_THAT(read_digest_key(folder_.path()).error(), HasSubstr("regular file"));
}

TEST(RandomDigestKey, IsAnotherOneEachTime) { EXPECT_NE(random_digest_key().low, random_digest_key().low); }

}  // namespace
}  // namespace ringside::engine
