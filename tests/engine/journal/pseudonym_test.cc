// Goal: a pseudonym is the documented hash, domains have nothing in common, masks keep what they may, keys are kept from others.
#include "engine/journal/pseudonym.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

const JournalKey kKey = JournalKey::of({1, 2});

TEST(Pseudonym, IsSipHashOfTheDocumentedWords) {
  SipHash128 hash(kKey.key);
  hash.add(1);
  hash.add(9);
  std::uint64_t word = 0;
  std::string_view("u3720123").copy(reinterpret_cast<char*>(&word), 8);
  hash.add(word);
  hash.add('4');
  EXPECT_EQ(pseudonym(kKey, PseudonymDomain::kUser, "u37201234"), hash.finish());
}

TEST(Pseudonym, DependsOnDomainKeyAndEveryByte) {
  const Pseudonym one = pseudonym(kKey, PseudonymDomain::kUser, "abc");
  EXPECT_NE(one, pseudonym(kKey, PseudonymDomain::kText, "abc"));
  EXPECT_NE(one, pseudonym(JournalKey::of({1, 3}), PseudonymDomain::kUser, "abc"));
  EXPECT_NE(one, pseudonym(kKey, PseudonymDomain::kUser, std::string_view("abc\0", 4)));
  EXPECT_EQ(pseudonym(kKey, 0.0), pseudonym(kKey, -0.0));
  EXPECT_NE(JournalKey::of({1, 2}).id, JournalKey::of({1, 3}).id);
}

TEST(Masked, KeepsFourCharactersOfMoreThanEight) {
  EXPECT_EQ(masked("13800138000"), "8000");
  EXPECT_EQ(masked("123456789"), "6789");
  EXPECT_EQ(masked("12345678"), "");
  EXPECT_EQ(masked(""), "");
  EXPECT_EQ(masked("ääääääääéé"), "ääéé");
}

TEST(JournalKeyFile, IsMadeOnceForItsOwnerAlone) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/sub/journal.key";
  const auto made = journal_key(path), again = journal_key(path);
  ASSERT_TRUE(made && again);
  EXPECT_EQ(made->id, again->id);
  EXPECT_EQ(made->key.low, again->key.low);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_FALSE(journal_key(path));
}

TEST(JournalKeyFile, SaysWhatIsWrongUnderItsOwnName) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/key";
  std::ofstream(path) << "no key";
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  const auto key = journal_key(path);
  ASSERT_FALSE(key);
  EXPECT_TRUE(key.error().starts_with("journal.key_file: ")) << key.error();
}

}  // namespace
}  // namespace ringside::engine
