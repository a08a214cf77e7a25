#include "engine/journal/row_cipher.h"

#include <openssl/evp.h>

#include <bit>
#include <cstring>

#include "client_lib/base/check.h"

namespace ringside::engine {

using journal::CellTag;

namespace {
constexpr std::size_t kRoomBytes = journal::kRecordBytesMax;
}

void RowCipher::Free::operator()(evp_cipher_ctx_st* context) const noexcept { EVP_CIPHER_CTX_free(context); }

RowCipher::RowCipher(const DayKeys& keys, std::uint16_t writer)
    : keys_(keys),
      context_(EVP_CIPHER_CTX_new()),
      cells_(kRoomBytes / sizeof(std::uint64_t)),
      tags_(kRoomBytes / sizeof(std::uint64_t)),
      features_(kRoomBytes),
      text_(kRoomBytes),
      plain_(kRoomBytes) {
  nonce_.writer = writer;
  RINGSIDE_CHECK(context_ != nullptr && EVP_EncryptInit_ex(context_.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr) == 1);
  begin_row();
}

void RowCipher::begin_row() noexcept {
  head_ = {};
  feature_bytes_ = 0;
  const DayKey* const key = keys_.now();
  if (key == key_) [[likely]]
    return;
  key_ = key;
  RINGSIDE_CHECK(EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, key->bytes.data(), nullptr) == 1);
}

void RowCipher::add(CellTag tag, std::uint64_t cell) noexcept {
  tags_[head_.cells] = static_cast<std::byte>(tag);
  cells_[head_.cells++] = cell;
}

void RowCipher::add_number(double value) noexcept { add(CellTag::kNumber, std::bit_cast<std::uint64_t>(value)); }

void RowCipher::add_text(std::string_view text) noexcept {
  add(CellTag::kText, std::uint64_t{text.size()} << 32 | head_.text_bytes);
  if (!text.empty()) std::memcpy(text_.data() + head_.text_bytes, text.data(), text.size());
  head_.text_bytes += static_cast<std::uint32_t>(text.size());
}

void RowCipher::add_features(const void* from, std::uint16_t count, std::size_t width) noexcept {
  head_.features = count;
  feature_bytes_ = journal::padded(count * width);
  std::memset(features_.data() + feature_bytes_ - 8, 0, 8);
  std::memcpy(features_.data(), from, count * width);
}

std::uint32_t RowCipher::bytes() const noexcept {
  if (head_.cells == 0 && head_.features == 0) return 0;
  return static_cast<std::uint32_t>(journal::kCounterBytes + sizeof head_ + head_.cells * 9u + feature_bytes_ + head_.text_bytes +
                                    journal::kTagBytes);
}

void RowCipher::encrypt(std::byte* to, const journal::PredictionBody& body) noexcept {
  std::byte* end = plain_.data();
  const auto put = [&end](const void* from, std::size_t bytes) {
    std::memcpy(end, from, bytes);
    end += bytes;
  };
  put(&head_, sizeof head_);
  put(cells_.data(), head_.cells * sizeof(std::uint64_t));
  put(features_.data(), feature_bytes_);
  put(tags_.data(), head_.cells);
  put(text_.data(), head_.text_bytes);
  std::uint64_t counter = 0;
  std::memcpy(&counter, nonce_.counter, sizeof counter);
  ++counter;
  std::memcpy(nonce_.counter, &counter, sizeof counter);
  std::memcpy(to, &counter, sizeof counter);
  auto* const out = reinterpret_cast<unsigned char*>(to + sizeof counter);
  const auto size = static_cast<int>(end - plain_.data());
  evp_cipher_ctx_st* const context = context_.get();
  int written = 0, last = 0;
  RINGSIDE_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, reinterpret_cast<const unsigned char*>(&nonce_)) == 1 &&
                 EVP_EncryptUpdate(context, nullptr, &written, reinterpret_cast<const unsigned char*>(&body), sizeof body) == 1 &&
                 EVP_EncryptUpdate(context, out, &written, reinterpret_cast<const unsigned char*>(plain_.data()), size) == 1 &&
                 EVP_EncryptFinal_ex(context, out + written, &last) == 1 &&
                 EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, journal::kTagBytes, out + size) == 1);
}

}  // namespace ringside::engine
