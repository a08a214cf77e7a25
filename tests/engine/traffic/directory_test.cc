// Goal: a client that maps the directory read-only finds, behind each ordinal, exactly what the bundle says of itself.
// Method: the directory's descriptor is mapped anew, as a client does, and taken apart by schemas/wire/directory.h alone.
#include "engine/traffic/directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "client_lib/base/mapping.h"
#include "schemas/wire/segment.h"
#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::float_field;
using test::make_bundle;

constexpr std::uint64_t kEpoch = 99;

class DirectoryTest : public ::testing::Test {
 protected:
  DirectoryTest() : directory_(*Directory::make(kEpoch)) {
    auto mapping = base::Mapping::map(directory_.fd(), wire::kDirectoryBytes, base::Access::kReadOnly);
    EXPECT_TRUE(mapping.ok());
    mapping_ = std::move(*mapping);
  }

  const wire::DirectoryHeader& header() const { return *reinterpret_cast<const wire::DirectoryHeader*>(mapping_.data()); }
  const std::byte* entry_bytes(std::uint32_t ordinal) const { return mapping_.data() + header().slots[ordinal].offset.load(); }
  const wire::VersionEntry& entry(std::uint32_t ordinal) const {
    return *reinterpret_cast<const wire::VersionEntry*>(entry_bytes(ordinal));
  }
  std::string text(std::uint32_t ordinal, std::uint32_t offset, std::uint32_t bytes) const {
    EXPECT_LE(std::uint64_t{offset} + bytes, entry(ordinal).bytes);
    return {reinterpret_cast<const char*>(entry_bytes(ordinal)) + offset, bytes};
  }
  template <class T>
  const T& item(std::uint32_t ordinal, std::uint32_t offset, std::uint32_t index) const {
    const auto* first = entry_bytes(ordinal) + offset;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % alignof(T), 0u);
    return reinterpret_cast<const T*>(first)[index];
  }

  Directory directory_;
  base::Mapping mapping_;
};

TEST_F(DirectoryTest, FreshDirectoryIsMarkedAndEmpty) {
  EXPECT_EQ(header().magic, wire::kMagic);
  EXPECT_EQ(header().engine_epoch, kEpoch);
  EXPECT_EQ(header().current.load(), wire::kNoVersion);
  for (const auto& slot : header().slots) EXPECT_EQ(slot.offset.load(), 0u);
}

TEST_F(DirectoryTest, EntryDecodesBackToItsBundle) {
  const auto bundle =
      make_bundle({.version = "made_v2.0.0", .more_fields = {float_field("y", true), float_field("z")}, .binary = true});
  const auto ordinal = directory_.add(*bundle);
  ASSERT_TRUE(ordinal.ok());
  const wire::VersionEntry& found = entry(*ordinal);
  EXPECT_EQ(text(*ordinal, found.name_offset, found.name_bytes), "made_v2.0.0");
  EXPECT_EQ(found.schema_hash, bundle->schema.hash());
  EXPECT_EQ(found.model_kind, static_cast<std::uint8_t>(wire::ModelKind::kBinary));
  EXPECT_EQ(found.values, 1);
  EXPECT_EQ(found.margins, 1);
  ASSERT_EQ(found.fields, 3);
  const char* const names[] = {"x", "y", "z"};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto& field = item<wire::FieldEntry>(*ordinal, found.fields_offset, i);
    EXPECT_EQ(text(*ordinal, field.name_offset, field.name_bytes), names[i]);
    EXPECT_EQ(field.dtype, static_cast<std::uint8_t>(wire::Dtype::kFloat));
    EXPECT_EQ(field.required, i == 1 ? 1 : 0);
    const auto& feature = item<wire::NameEntry>(*ordinal, found.features_offset, i);
    EXPECT_EQ(text(*ordinal, feature.offset, feature.bytes), names[i]);
  }
  ASSERT_EQ(found.classes, 2);
  const auto& good = item<wire::ClassEntry>(*ordinal, found.classes_offset, 1);
  EXPECT_EQ(good.type, wire::kClassText);
  EXPECT_EQ(text(*ordinal, good.name_offset, good.name_bytes), "good");
}

TEST_F(DirectoryTest, EntrySaysHowWideOutputsAndFeaturesAre) {
  const auto narrow = directory_.add(*make_bundle({.version = "narrow"}));
  const auto wide = directory_.add(*make_bundle({.version = "wide", .lightgbm = true}));
  EXPECT_EQ(entry(*narrow).output_type, static_cast<std::uint8_t>(wire::OutputType::kFloat32));
  EXPECT_EQ(entry(*narrow).feature_type, static_cast<std::uint8_t>(wire::OutputType::kFloat32));
  EXPECT_EQ(entry(*wide).output_type, static_cast<std::uint8_t>(wire::OutputType::kFloat64));
  EXPECT_EQ(entry(*wide).feature_type, static_cast<std::uint8_t>(wire::OutputType::kFloat64));
}

TEST_F(DirectoryTest, EqualManifestsShareAnEntryAndOthersDoNot) {
  const auto first = directory_.add(*make_bundle({.version = "a", .manifest_sha256 = "same"}));
  const auto again = directory_.add(*make_bundle({.version = "a", .manifest_sha256 = "same"}));
  const auto other = directory_.add(*make_bundle({.version = "a", .manifest_sha256 = "other"}));
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *other);
}

TEST_F(DirectoryTest, EarlierEntriesStayWhereTheyAre) {
  const auto first = directory_.add(*make_bundle({.version = "first"}));
  const std::byte* const place = entry_bytes(*first);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(directory_.add(*make_bundle({.version = "v" + std::to_string(i)})).ok());
  EXPECT_EQ(entry_bytes(*first), place);
  EXPECT_EQ(text(*first, entry(*first).name_offset, entry(*first).name_bytes), "first");
}

TEST_F(DirectoryTest, FullDirectorySaysSoAndKnownBundlesAreStillFound) {
  for (std::uint32_t i = 0; i < wire::kDirectorySlots; ++i) {
    ASSERT_TRUE(directory_.add(*make_bundle({.version = "v" + std::to_string(i)})).ok());
  }
  const auto one_more = directory_.add(*make_bundle({.version = "one_more"}));
  ASSERT_FALSE(one_more.ok());
  EXPECT_NE(one_more.error().find("1024"), std::string::npos) << one_more.error();
  EXPECT_EQ(*directory_.add(*make_bundle({.version = "v7"})), 7u);
}

TEST_F(DirectoryTest, CurrentIsAnOrdinalOrNone) {
  const auto ordinal = directory_.add(*make_bundle({}));
  directory_.set_current(*ordinal);
  EXPECT_EQ(header().current.load(), *ordinal);
  directory_.set_current(wire::kNoVersion);
  EXPECT_EQ(header().current.load(), wire::kNoVersion);
}

TEST_F(DirectoryTest, NobodyElseCanWriteOrResizeIt) {
  EXPECT_EQ(mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED, directory_.fd(), 0), MAP_FAILED);
  EXPECT_LT(pwrite(directory_.fd(), "x", 1, 0), 0);
  EXPECT_NE(ftruncate(directory_.fd(), 4'096), 0);
  EXPECT_NE(fallocate(directory_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4'096), 0)
      << "no hole can be punched under us, either";
  EXPECT_EQ(fcntl(directory_.fd(), F_ADD_SEALS, F_SEAL_WRITE), -1);
}

}  // namespace
}  // namespace ringside::engine
