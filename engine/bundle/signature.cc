#include "engine/bundle/signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "engine/bundle/manifest.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kKeyBytes = 32, kSignatureBytes = 64, kIdDigits = 16;
constexpr std::uint64_t kSignatureFileBytesMax = 4'096, kKeyFileBytesMax = 64u << 10;
constexpr std::string_view kAlgorithm = "ed25519";

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* unsigned_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* unsigned_bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// An encrypted key must not ask the terminal of a service for its password.
int no_password(char*, int, int, void*) { return -1; }

template <class Reader>
Key key_of(std::string_view pem, Reader reader) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  Key key(memory ? reader(memory.get(), nullptr, &no_password, nullptr) : nullptr, &EVP_PKEY_free);
  ERR_clear_error();
  if (key && EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) key.reset();
  return key;
}

std::string raw_public_key(const EVP_PKEY& key) {
  std::string bytes(kKeyBytes, '\0');
  std::size_t size = bytes.size();
  return EVP_PKEY_get_raw_public_key(&key, unsigned_bytes(bytes), &size) == 1 && size == kKeyBytes ? bytes : std::string();
}

std::string id_of(const std::string& key) { return sha256_hex(key).substr(0, kIdDigits); }

bool fits(const std::string& key, std::string_view manifest, const std::string& signature) {
  const Key made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, unsigned_bytes(key), key.size()), &EVP_PKEY_free);
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool good =
      made && digest && EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
      EVP_DigestVerify(digest.get(), unsigned_bytes(signature), signature.size(), unsigned_bytes(manifest), manifest.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [stop, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || stop != text.data() + i + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return text.size() % 2 == 0 ? std::optional(bytes) : std::nullopt;
}

struct SignatureLine {
  std::string key_id, signature;
};

std::optional<SignatureLine> parse_line(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t size = kAlgorithm.size() + 1 + kIdDigits + 1 + 2 * kSignatureBytes;
  if (text.size() != size || !text.starts_with(kAlgorithm) || text[kAlgorithm.size()] != ' ') return std::nullopt;
  text.remove_prefix(kAlgorithm.size() + 1);
  const std::string_view id = text.substr(0, kIdDigits);
  auto signature = from_hex(text.substr(kIdDigits + 1));
  if (text[kIdDigits] != ' ' || !from_hex(id) || !signature) return std::nullopt;
  return SignatureLine{std::string(id), *std::move(signature)};
}

Result<PublicKey, BundleProblem> read_key(const BundleDirectory& directory, const std::string& file) {
  const std::string where = directory.path() + "/" + file;
  const auto pem = directory.read(file, kKeyFileBytesMax);
  if (!pem) return fail(BundleProblem{where, "", 0, pem.error().expected, pem.error().found});
  const Key key = key_of(*pem, PEM_read_bio_PUBKEY);
  PublicKey made{file.substr(0, file.rfind(".pem")), "", key ? raw_public_key(*key) : std::string()};
  if (made.bytes.empty()) return fail(BundleProblem{where, "", 0, "an Ed25519 public key in PEM", "something else"});
  made.id = id_of(made.bytes);
  return made;
}

std::string listed(const std::vector<PublicKey>& keys) {
  std::string text;
  for (const PublicKey& key : keys) text += (text.empty() ? "" : ", ") + key.name + " (" + key.id + ")";
  return text;
}

}  // namespace

Result<std::vector<PublicKey>, BundleProblem> read_public_keys(const std::string& path) {
  std::error_code error;
  const bool one_file = std::filesystem::is_regular_file(path, error);
  const std::filesystem::path place(path);
  const std::string folder = one_file ? place.parent_path().string() : path;
  const auto directory = BundleDirectory::open(folder.empty() ? "." : folder);
  if (!directory) {
    return fail(BundleProblem{path, "", 0, "an Ed25519 public key in PEM, or a directory of them", directory.error().found});
  }
  std::vector<std::string> names;
  if (one_file) {
    names.push_back(place.filename().string());
  } else {
    auto all = directory->list();
    if (!all) return fail(all.error());
    std::copy_if(all->begin(), all->end(), std::back_inserter(names),
                 [](const std::string& name) { return name.ends_with(".pem"); });
  }
  std::vector<PublicKey> keys;
  for (const std::string& name : names) {
    auto key = read_key(*directory, name);
    if (!key) return fail(key.error());
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return fail(BundleProblem{path, "", 0, "at least one public key, *.pem", "none"});
  return keys;
}

Result<std::string, BundleProblem> verify_signature(const BundleDirectory& directory, std::string_view manifest,
                                                    const std::string& keys_path) {
  const auto refuse = [](std::string expected, std::string found) {
    return fail(BundleProblem{kSignatureFile, "", 0, std::move(expected), std::move(found)});
  };
  const auto keys = read_public_keys(keys_path);
  if (!keys) return fail(keys.error());
  const auto names = directory.list();
  if (!names) return fail(names.error());
  if (!std::binary_search(names->begin(), names->end(), kSignatureFile))
    return refuse("a signature by a key of " + keys_path, "none: the bundle is unsigned");
  const auto text = directory.read(kSignatureFile, kSignatureFileBytesMax);
  if (!text) return fail(text.error());
  const auto line = parse_line(*text);
  if (!line) return refuse("one line: ed25519, 16 hex digits of the key, 128 of the signature", in_quotes(*text));
  const auto key = std::find_if(keys->begin(), keys->end(), [&](const PublicKey& one) { return one.id == line->key_id; });
  if (key == keys->end())
    return refuse("a signature by a key of " + keys_path + ": " + listed(*keys), "one by key " + line->key_id);
  if (!fits(key->bytes, manifest, line->signature)) {
    return refuse("the signature of manifest.json by " + key->name + " (" + key->id + ")",
                  "one that does not fit: the manifest is not the one that was signed");
  }
  return key->name + " (" + key->id + ")";
}

Result<std::string, std::string> sign_manifest(std::string_view manifest, std::string_view private_key) {
  const Key key = key_of(private_key, PEM_read_bio_PrivateKey);
  const std::string public_key = key ? raw_public_key(*key) : std::string();
  if (public_key.empty()) return fail(std::string("it is no Ed25519 private key in PEM, or an encrypted one"));
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), unsigned_bytes(signature), &size, unsigned_bytes(manifest), manifest.size()) != 1) {
    ERR_clear_error();
    return fail(std::string("OpenSSL cannot sign with it"));
  }
  return std::string(kAlgorithm) + " " + id_of(public_key) + " " + hex(signature) + "\n";
}

}  // namespace ringside::engine
