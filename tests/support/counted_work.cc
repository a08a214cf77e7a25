#include "tests/support/counted_work.h"

#include <cstddef>

// Compiled so that none of these loops is turned into a call of what it stands for (CMakeLists.txt).

namespace {

std::uint64_t blocks = 0;

void count_bytes(std::size_t bytes) noexcept { blocks += 1 + bytes / 8; }

}  // namespace

namespace ringside::test {

std::uint64_t work_done() noexcept { return blocks; }

}  // namespace ringside::test

extern "C" {

void __sanitizer_cov_trace_pc() { ++blocks; }

void* memcpy(void* to, const void* from, std::size_t bytes) {
  count_bytes(bytes);
  auto* out = static_cast<unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = in[i];
  return to;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
  auto* out = static_cast<unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  if (out <= in || out >= in + bytes) return memcpy(to, from, bytes);
  count_bytes(bytes);
  for (std::size_t i = bytes; i-- > 0;) out[i] = in[i];
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  count_bytes(bytes);
  auto* out = static_cast<unsigned char*>(to);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<unsigned char>(value);
  return to;
}

int memcmp(const void* left, const void* right, std::size_t bytes) {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  std::size_t i = 0;
  while (i < bytes && a[i] == b[i]) ++i;
  count_bytes(i);
  return i == bytes ? 0 : a[i] - b[i];
}

void* memchr(const void* in, int value, std::size_t bytes) {
  const auto* bytes_of = static_cast<const unsigned char*>(in);
  std::size_t i = 0;
  while (i < bytes && bytes_of[i] != static_cast<unsigned char>(value)) ++i;
  count_bytes(i);
  return i == bytes ? nullptr : const_cast<unsigned char*>(bytes_of + i);
}

std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  count_bytes(length);
  return length;
}

}  // extern "C"
