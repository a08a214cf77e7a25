// Goal: a directory that contradicts itself is an absent entry, never a read outside the mapping.
// Method: one good entry in private memory of exactly its size, then every 32-bit word of it replaced by values that hurt.
// AddressSanitizer sees a read beyond the end.
#include "client_lib/directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "schemas/wire/cell.h"
#include "schemas/wire/response.h"
#include "schemas/wire/segment.h"

namespace ringside {
namespace {

struct Entry {
  wire::VersionEntry head{};
  wire::FieldEntry fields[2]{};
  wire::ClassEntry classes[2]{};
  wire::NameEntry features[1]{};
  char text[32]{};
};

constexpr std::size_t kBytes = sizeof(wire::DirectoryHeader) + sizeof(Entry);

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() : memory_(static_cast<std::byte*>(std::aligned_alloc(64, (kBytes + 63) / 64 * 64))) {
    std::memset(memory_.get(), 0, kBytes);
    auto& e = entry();
    std::memcpy(e.text, "m_v1agehomeyesno", 16);
    const auto at = [&e](const void* part) {
      return static_cast<std::uint32_t>(static_cast<const char*>(part) - reinterpret_cast<const char*>(&e));
    };
    e.head = {.bytes = sizeof(Entry),
              .schema_hash = 77,
              .fields = 2,
              .classes = 2,
              .values = 1,
              .margins = 1,
              .features = 1,
              .model_kind = 0,
              .output_type = 0,
              .name_offset = at(e.text),
              .name_bytes = 4,
              .fields_offset = at(e.fields),
              .classes_offset = at(e.classes),
              .features_offset = at(e.features),
              .feature_type = 0,
              .reserved = {}};
    e.fields[0] = {at(e.text + 4), 3, static_cast<std::uint8_t>(wire::Dtype::kInt), 1};
    e.fields[1] = {at(e.text + 7), 4, static_cast<std::uint8_t>(wire::Dtype::kStr), 0};
    e.classes[0] = {0, at(e.text + 14), 2, wire::kClassText, 0};
    e.classes[1] = {7, 0, 0, wire::kClassInt, 0};
    e.features[0] = {at(e.text + 4), 3};
    header().current.store(0, std::memory_order_relaxed);
    header().slots[0].offset.store(sizeof(wire::DirectoryHeader), std::memory_order_release);
  }
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  wire::DirectoryHeader& header() { return *reinterpret_cast<wire::DirectoryHeader*>(memory_.get()); }
  Entry& entry() { return *reinterpret_cast<Entry*>(memory_.get() + sizeof(wire::DirectoryHeader)); }

  std::unique_ptr<std::byte, Free> memory_;
};

TEST_F(DirectoryTest, EntryIsReadWhole) {
  Directory directory(memory_.get(), kBytes);
  const auto version = directory.find(0);
  ASSERT_NE(version, nullptr);
  EXPECT_EQ(version->name, "m_v1");
  EXPECT_EQ(version->schema_hash, 77u);
  ASSERT_EQ(version->fields.size(), 2u);
  EXPECT_EQ(version->fields[0].name, "age");
  EXPECT_TRUE(version->fields[0].required);
  EXPECT_EQ(version->fields[1].dtype, Dtype::kStr);
  EXPECT_EQ(version->classes[0].text, "no");
  EXPECT_EQ(version->classes[1].number, 7);
  EXPECT_EQ(version->features, std::vector<std::string>{"age"});
  EXPECT_EQ(version->declarations()[1], (FieldDecl{"home", Dtype::kStr}));
}

TEST_F(DirectoryTest, EntrySaysHowWideOutputsAndFeaturesAre) {
  Directory narrow(memory_.get(), kBytes);
  EXPECT_FALSE(narrow.find(0)->is_float64);
  EXPECT_FALSE(narrow.find(0)->features_float64);
  entry().head.output_type = entry().head.feature_type = static_cast<std::uint8_t>(wire::OutputType::kFloat64);
  Directory wide(memory_.get(), kBytes);
  EXPECT_TRUE(wide.find(0)->is_float64);
  EXPECT_TRUE(wide.find(0)->features_float64);
}

TEST_F(DirectoryTest, OrdinalsWithoutAnEntryAreNull) {
  Directory directory(memory_.get(), kBytes);
  EXPECT_EQ(directory.find(1), nullptr);
  EXPECT_EQ(directory.find(wire::kDirectorySlots), nullptr);
  EXPECT_EQ(directory.find(wire::kNoVersion), nullptr);
}

TEST_F(DirectoryTest, FoundTwiceIsTheSameObject) {
  Directory directory(memory_.get(), kBytes);
  EXPECT_EQ(directory.find(0), directory.find(0));
}

TEST_F(DirectoryTest, OffsetOfAnEntryOutsideTheMappingIsRefused) {
  for (const std::uint64_t offset : {std::uint64_t{8}, std::uint64_t{kBytes - 8}, std::uint64_t{kBytes},
                                     std::uint64_t{sizeof(wire::DirectoryHeader) + 4}, ~std::uint64_t{7}}) {
    header().slots[0].offset.store(offset, std::memory_order_release);
    EXPECT_EQ(Directory(memory_.get(), kBytes).find(0), nullptr) << offset;
  }
}

TEST_F(DirectoryTest, NoWordOfAnEntryLeadsOutside) {
  const Entry good = entry();
  int refused = 0;
  for (std::size_t at = 0; at < offsetof(Entry, text); at += 2) {
    for (const std::uint32_t bad : {0u, 1u, 0x7FFFu, 0xFFFFu, 0x7FFF'FFFFu, 0xFFFF'FFF8u, 0xFFFF'FFFFu}) {
      entry() = good;
      std::memcpy(reinterpret_cast<std::byte*>(&entry()) + at, &bad, at + 4 <= sizeof(Entry) ? 4 : 2);
      refused += Directory(memory_.get(), kBytes).find(0) == nullptr ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 100);
}

TEST_F(DirectoryTest, CacheSeesEntriesAddedLaterAndGrowsItsBound) {
  Directory directory(memory_.get(), kBytes);
  VersionCache cache;
  header().slots[0].offset.store(0, std::memory_order_release);
  cache.refresh(directory);
  EXPECT_EQ(cache.find(directory, 0), nullptr);
  const std::uint64_t before = cache.result_bytes(8, true, false);
  header().slots[0].offset.store(sizeof(wire::DirectoryHeader), std::memory_order_release);
  cache.refresh(directory);
  ASSERT_NE(cache.find(directory, 0), nullptr);
  EXPECT_EQ(cache.result_bytes(8, true, false), before + 8 * 4) << "one feature";
  EXPECT_EQ(cache.result_bytes(8, true, true), before + 8 * 4 + 8 * 16) << "digests";
}

}  // namespace
}  // namespace ringside
