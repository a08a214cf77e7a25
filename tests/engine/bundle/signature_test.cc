// Goal: with signatures required, exactly the bundles that a trusted key signed are loaded, and each other one is refused for its own
// reason. Method: the small bundle, fresh Ed25519 keys, one thing spoilt at a time.

#include "engine/bundle/signature.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "engine/bundle/loader.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::read_file;
using test::TemporaryDirectory;
using test::write_file;

struct KeyPair {
  std::string secret, open;  // PEM
};

template <class Writer>
std::string pem(Writer writer) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  writer(memory.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

KeyPair new_pair(const char* algorithm = "ED25519") {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, algorithm), &EVP_PKEY_free);
  return {pem([&](BIO* to) { PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
          pem([&](BIO* to) { PEM_write_bio_PUBKEY(to, key.get()); })};
}

class Signature : public ::testing::Test {
 protected:
  Signature() {
    std::filesystem::create_directories(keys_);
    write_file(keys_ / "release.pem", release_.open);
    write_file(keys_ / "README", "not a key, and no .pem");
    files_.write(bundle_);
  }

  void sign(const KeyPair& key) {
    const auto line = sign_manifest(read_file(bundle_ / "manifest.json"), key.secret);
    ASSERT_TRUE(line.ok()) << line.error();
    write_file(bundle_ / "manifest.sig", *line);
  }

  // What the loader says of the bundle: its fact, or the only problem.
  std::string loaded(SignatureMode mode = SignatureMode::kRequire) {
    const auto bundle = load_bundle(bundle_.string(), {.expected_task = {}, .signature = mode, .trusted_keys = keys_.string()});
    if (bundle) return (*bundle)->facts.signature;
    return bundle.error().size() == 1 ? bundle.error().front().text() : "several problems";
  }

  TemporaryDirectory place_;
  std::filesystem::path bundle_ = place_.path() / "small_v1.0.0", keys_ = place_.path() / "keys";
  BundleFiles files_ = BundleFiles::small();
  KeyPair release_ = new_pair();
};

TEST_F(Signature, ByATrustedKeyIsNamed) {
  sign(release_);
  const std::string said = loaded();
  EXPECT_TRUE(said.starts_with("signed by release (")) << said;
  EXPECT_EQ(said.size(), std::string("signed by release (0123456789abcdef)").size());
}

TEST_F(Signature, KeysMayBeOneFile) {
  sign(release_);
  keys_ /= "release.pem";
  EXPECT_TRUE(loaded().starts_with("signed by release (")) << loaded();
}

TEST_F(Signature, MissingIsUnsigned) {
  EXPECT_EQ(loaded(),
            "manifest.sig: expected a signature by a key of " + keys_.string() + ", found none: the bundle is unsigned");
}

TEST_F(Signature, ByAnotherKeyNamesThatKey) {
  sign(new_pair());
  const std::string id = read_file(bundle_ / "manifest.sig").substr(8, 16);
  const std::string said = loaded();
  EXPECT_TRUE(said.starts_with("manifest.sig: expected a signature by a key of " + keys_.string() + ": release (")) << said;
  EXPECT_TRUE(said.ends_with("found one by key " + id)) << said;
}

TEST_F(Signature, DoesNotFitAManifestThatWasChanged) {
  sign(release_);
  files_["version.txt"] += "note: later\n";
  files_.write(bundle_);
  const std::string said = loaded();
  EXPECT_TRUE(said.starts_with("manifest.sig: expected the signature of manifest.json by release (")) << said;
  EXPECT_TRUE(said.ends_with("found one that does not fit: the manifest is not the one that was signed")) << said;
}

TEST_F(Signature, EveryFlippedBitIsRefused) {
  sign(release_);
  const std::string good = read_file(bundle_ / "manifest.sig");
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file(bundle_ / "manifest.sig", bad);
    EXPECT_TRUE(loaded().starts_with("manifest.sig: expected ")) << at;
  }
}

TEST_F(Signature, MalformedShowsTheForm) {
  sign(release_);
  const std::string good = read_file(bundle_ / "manifest.sig");
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, 100), good + good, "Ed25519" + good.substr(7)}) {
    write_file(bundle_ / "manifest.sig", bad);
    EXPECT_TRUE(
        loaded().starts_with("manifest.sig: expected one line: ed25519, 16 hex digits of the key, 128 of the signature, found"))
        << loaded();
  }
}

TEST_F(Signature, IsJudgedBeforeAnythingElseIsBelieved) {
  write_file(bundle_ / "manifest.json", "{");
  EXPECT_EQ(loaded(),
            "manifest.sig: expected a signature by a key of " + keys_.string() + ", found none: the bundle is unsigned");
}

TEST_F(Signature, KeysThatAreNoneAreNamed) {
  sign(release_);
  write_file(keys_ / "rsa.pem", new_pair("X25519").open);
  EXPECT_EQ(loaded(), keys_.string() + "/rsa.pem: expected an Ed25519 public key in PEM, found something else");
  std::filesystem::remove_all(keys_);
  EXPECT_EQ(loaded(),
            keys_.string() + ": expected an Ed25519 public key in PEM, or a directory of them, found No such file or directory");
  std::filesystem::create_directories(keys_);
  EXPECT_EQ(loaded(), keys_.string() + ": expected at least one public key, *.pem, found none");
}

TEST_F(Signature, WarnLoadsAndSaysSo) {
  const auto bundle =
      load_bundle(bundle_.string(), {.expected_task = {}, .signature = SignatureMode::kWarn, .trusted_keys = keys_.string()});
  ASSERT_TRUE(bundle.ok());
  ASSERT_EQ((*bundle)->facts.warnings.size(), 1u);
  EXPECT_TRUE((*bundle)->facts.warnings[0].ends_with("found none: the bundle is unsigned"));
  EXPECT_EQ((*bundle)->facts.signature, (*bundle)->facts.warnings[0]);
  sign(release_);
  EXPECT_TRUE(loaded(SignatureMode::kWarn).starts_with("signed by release"));
}

TEST_F(Signature, OffDoesNotLook) {
  write_file(bundle_ / "manifest.sig", "whatever");
  EXPECT_EQ(loaded(SignatureMode::kOff), "not checked");
}

TEST(SigningKey, OtherThanAPlainEd25519OneIsRefused) {
  const KeyPair pair = new_pair();
  EXPECT_TRUE(sign_manifest("{}", pair.secret).ok());
  EXPECT_FALSE(sign_manifest("{}", pair.open).ok());
  EXPECT_FALSE(sign_manifest("{}", new_pair("X25519").secret).ok());
  EXPECT_FALSE(sign_manifest("{}", "").ok());
}

}  // namespace
}  // namespace ringside::engine
