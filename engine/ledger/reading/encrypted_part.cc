#include "engine/ledger/reading/encrypted_part.h"

#include <openssl/evp.h>

#include <memory>

namespace ringside::engine {
namespace {

using State = Decryption::State;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

const unsigned char* raw(const std::byte* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }

// False: it is not what was encrypted under that key for this record.
bool unseal(const journal::PredictionView& row, const DayKey& key, std::vector<std::byte>& plain) {
  const auto sealed = row.sealed();
  if (sealed.size() < journal::kCounterBytes + journal::kTagBytes + sizeof(journal::EncryptedHead)) return false;
  journal::Nonce nonce{};
  nonce.writer = row.head().writer;
  std::memcpy(nonce.counter, sealed.data(), sizeof nonce.counter);
  plain.resize(sealed.size() - journal::kCounterBytes - journal::kTagBytes);
  std::byte tag[journal::kTagBytes];
  std::memcpy(tag, sealed.data() + sealed.size() - sizeof tag, sizeof tag);
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  const auto body = row.body_bytes();
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  int size = 0, last = 0;
  return context != nullptr &&
         EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(),
                            reinterpret_cast<unsigned char*>(&nonce)) == 1 &&
         EVP_DecryptUpdate(context.get(), nullptr, &size, raw(body.data()), static_cast<int>(body.size())) == 1 &&
         EVP_DecryptUpdate(context.get(), out, &size, raw(sealed.data() + journal::kCounterBytes),
                           static_cast<int>(plain.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, sizeof tag, tag) == 1 &&
         EVP_DecryptFinal_ex(context.get(), out + size, &last) == 1;
}

}  // namespace

const DayKey* DayKeyRing::find(std::uint32_t id) {
  if (const auto known = keys_.find(id); known != keys_.end()) return &known->second;
  if (id == missing_) return nullptr;
  keys_.clear();
  if (const auto all = read_day_keys(folder_)) {
    for (const DayKey& key : *all) keys_.emplace(key.id, key);
  }
  const auto found = keys_.find(id);
  if (found != keys_.end()) return &found->second;
  missing_ = id;
  return nullptr;
}

std::string_view Decryption::text(std::uint32_t index) const noexcept {
  const auto where = load<std::uint64_t>(sizeof head + index * 8u);
  const std::uint64_t begin = static_cast<std::uint32_t>(where), bytes = where >> 32;
  if (begin + bytes > head.text_bytes) return {};
  return {reinterpret_cast<const char*>(plain.data() + tags() + head.cells + begin), bytes};
}

Decryption decrypt(const journal::PredictionView& row, DayKeyRing* ring) {
  Decryption made;
  if (row.body().sealed_bytes == 0) return made;
  if (ring == nullptr) return made.state = State::kNotAsked, made;
  const DayKey* const key = ring->find(row.body().day_key);
  if (key == nullptr) return made.state = State::kNoKey, made;
  made.state = State::kAltered;
  if (!unseal(row, *key, made.plain)) return made;
  std::memcpy(&made.head, made.plain.data(), sizeof made.head);
  made.feature_bytes = (row.body().flags & journal::kFeaturesFloat64) != 0 ? 8 : 4;
  if (made.tags() + made.head.cells + made.head.text_bytes == made.plain.size()) made.state = State::kDecrypted;
  return made;
}

std::string_view name(State state) noexcept {
  constexpr std::string_view kNames[] = {"", "not_asked", "no_key", "altered", "decrypted"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace ringside::engine
