#include "engine/ledger/chain/checkpoint.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "engine/ledger/reading/record_json.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kBegin = "ringside-checkpoint 1 ";
constexpr std::size_t kKeyBytes = 32, kSignatureBytes = 64, kIdDigits = 16;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* unsigned_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* unsigned_bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// An encrypted key must not ask the terminal of a service for its password.
int no_password(char*, int, int, void*) { return -1; }

std::string public_bytes(const Key& key) {
  std::string bytes(kKeyBytes, '\0');
  std::size_t size = bytes.size();
  const bool good = key && EVP_PKEY_id(key.get()) == EVP_PKEY_ED25519 &&
                    EVP_PKEY_get_raw_public_key(key.get(), unsigned_bytes(bytes), &size) == 1 && size == kKeyBytes;
  ERR_clear_error();
  return good ? bytes : std::string();
}

std::string id_of(const std::string& key) {
  std::string hash(32, '\0');
  EVP_Digest(key.data(), key.size(), unsigned_bytes(hash), nullptr, EVP_sha256(), nullptr);
  return hex_text(hash).substr(0, kIdDigits);
}

std::optional<std::string> from_hex(std::string_view text, std::size_t bytes) {
  if (text.size() != 2 * bytes) return std::nullopt;
  std::string read;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    if (std::from_chars(text.data() + i, text.data() + i + 2, byte, 16).ptr != text.data() + i + 2) return std::nullopt;
    read.push_back(static_cast<char>(byte));
  }
  return read;
}

// What is signed.
std::string statement(const Checkpoint& checkpoint) {
  const std::string link(reinterpret_cast<const char*>(checkpoint.link.data()), checkpoint.link.size());
  return std::string(kBegin) + checkpoint.task + " " + std::to_string(checkpoint.number) + " " + std::to_string(checkpoint.end) +
         " " + hex_text(link) + " " + std::to_string(checkpoint.wall_ns);
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size() && !text.empty();
}

std::optional<std::string> whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return file ? std::optional(text) : std::nullopt;
}

}  // namespace

Result<std::string, std::string> checkpoint_line(const Checkpoint& checkpoint, std::string_view private_key_pem) {
  if (checkpoint.task.empty() || checkpoint.task.find_first_of(" \r\n") != std::string::npos)
    return fail("the task's name '" + checkpoint.task + "' cannot stand in a checkpoint");
  const Memory memory(BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())), &BIO_free);
  const Key key(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_password, nullptr) : nullptr, &EVP_PKEY_free);
  const std::string public_key = public_bytes(key);
  if (public_key.empty()) return fail(std::string("it is no Ed25519 private key in PEM, or an encrypted one"));
  const std::string said = statement(checkpoint);
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), unsigned_bytes(signature), &size, unsigned_bytes(said), said.size()) != 1) {
    ERR_clear_error();
    return fail(std::string("OpenSSL cannot sign with it"));
  }
  return said + " ed25519 " + id_of(public_key) + " " + hex_text(signature);
}

std::optional<Checkpoint> parse_checkpoint(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (!line.starts_with(kBegin)) return std::nullopt;
  line.remove_prefix(kBegin.size());
  Checkpoint read;
  read.task = take_word(line);
  const bool numbers = read_number(take_word(line), read.number) && read_number(take_word(line), read.end);
  const auto link = from_hex(take_word(line), read.link.size());
  if (!numbers || !link || !read_number(take_word(line), read.wall_ns) || take_word(line) != "ed25519") return std::nullopt;
  std::copy(link->begin(), link->end(), read.link.begin());
  read.key_id = take_word(line);
  read.signature = take_word(line);
  if (!line.empty() || !from_hex(read.key_id, kIdDigits / 2) || !from_hex(read.signature, kSignatureBytes)) return std::nullopt;
  return read;
}

bool is_signed_by(const Checkpoint& checkpoint, const CheckpointKey& key) {
  const auto signature = from_hex(checkpoint.signature, kSignatureBytes);
  if (checkpoint.key_id != key.id || !signature) return false;
  const Key made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, unsigned_bytes(key.bytes), key.bytes.size()),
                 &EVP_PKEY_free);
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const std::string said = statement(checkpoint);
  const bool good =
      made && digest && EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
      EVP_DigestVerify(digest.get(), unsigned_bytes(*signature), signature->size(), unsigned_bytes(said), said.size()) == 1;
  ERR_clear_error();
  return good;
}

Result<std::vector<Checkpoint>, std::string> read_checkpoints(const std::string& path) {
  std::vector<Checkpoint> read;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return read;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    auto one = parse_checkpoint(line);
    if (!one) return fail(path + ":" + std::to_string(number) + " is no checkpoint");
    read.push_back(std::move(*one));
  }
  if (!file.eof()) return fail(path + " cannot be read");
  return read;
}

Result<std::vector<CheckpointKey>, std::string> read_checkpoint_keys(const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == ".pem") files.push_back(entry->path().string());
    }
  } else {
    files.push_back(path);
  }
  std::vector<CheckpointKey> keys;
  for (const std::string& file : files) {
    const auto pem = whole_file(file);
    if (!pem) return fail(file + " cannot be read");
    const Memory memory(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), &BIO_free);
    std::size_t found = 0;
    while (true) {
      const Key key(memory ? PEM_read_bio_PUBKEY(memory.get(), nullptr, &no_password, nullptr) : nullptr, &EVP_PKEY_free);
      if (!key) break;
      const std::string bytes = public_bytes(key);
      if (bytes.empty()) return fail(file + " holds another key than an Ed25519 public one");
      keys.push_back({id_of(bytes), bytes});
      ++found;
    }
    ERR_clear_error();
    if (found == 0) return fail(file + " holds no Ed25519 public key in PEM");
  }
  if (keys.empty()) return fail(path + " has no public key, *.pem");
  return keys;
}

}  // namespace ringside::engine
