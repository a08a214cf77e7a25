// CRC-32C (Castagnoli; RFC 3720, B.4): checksum of what is kept on disk. Tells accidents, not forgers.
//
//   crc32c("123456789", 9) == 0xE3069283
//
// Thread safety: pure. Cost: three streams of the SSE4.2 instruction, about 20 bytes a nanosecond; without it a table, about 0.4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ringside::base {

namespace crc32c_tables {
inline constexpr std::uint32_t kPolynomial = 0x82F6'3B78;  // reflected

inline constexpr auto kBytes = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}();

inline constexpr std::size_t kStreamBytes = 128;

// What 128 zero bytes make of a crc, by each of its four bytes.
inline constexpr auto kStreamZeros = [] {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::uint32_t place = 0; place < 4; ++place) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t crc = byte << (8 * place);
      for (std::size_t i = 0; i < kStreamBytes; ++i) crc = crc >> 8 ^ kBytes[crc & 0xFF];
      tables[place][byte] = crc;
    }
  }
  return tables;
}();

inline std::uint32_t behind_a_stream(std::uint32_t crc) noexcept {
  return kStreamZeros[0][crc & 0xFF] ^ kStreamZeros[1][crc >> 8 & 0xFF] ^ kStreamZeros[2][crc >> 16 & 0xFF] ^
         kStreamZeros[3][crc >> 24];
}
}  // namespace crc32c_tables

inline std::uint32_t crc32c_by_table(const void* data, std::size_t bytes) noexcept {
  std::uint32_t crc = ~0u;
  const auto* at = static_cast<const unsigned char*>(data);
  for (; bytes != 0; --bytes) crc = crc >> 8 ^ crc32c_tables::kBytes[(crc ^ *at++) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__)
// The instruction has a latency of three cycles and a throughput of one: three streams side by side hide it.
__attribute__((target("sse4.2"))) inline std::uint32_t crc32c_by_instruction(const void* data, std::size_t bytes) noexcept {
  using crc32c_tables::behind_a_stream, crc32c_tables::kStreamBytes;
  const auto* at = static_cast<const unsigned char*>(data);
  const auto word = [](const unsigned char* from) noexcept {
    std::uint64_t value;
    std::memcpy(&value, from, sizeof value);
    return value;
  };
  std::uint64_t crc = ~0u;
  for (; bytes >= 3 * kStreamBytes; bytes -= 3 * kStreamBytes, at += 3 * kStreamBytes) {
    std::uint64_t second = 0, third = 0;
    for (std::size_t i = 0; i < kStreamBytes; i += 8) {
      crc = _mm_crc32_u64(crc, word(at + i));
      second = _mm_crc32_u64(second, word(at + kStreamBytes + i));
      third = _mm_crc32_u64(third, word(at + 2 * kStreamBytes + i));
    }
    crc = behind_a_stream(static_cast<std::uint32_t>(crc)) ^ static_cast<std::uint32_t>(second);
    crc = behind_a_stream(static_cast<std::uint32_t>(crc)) ^ static_cast<std::uint32_t>(third);
  }
  for (; bytes >= 8; bytes -= 8, at += 8) crc = _mm_crc32_u64(crc, word(at));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; bytes != 0; --bytes) narrow = _mm_crc32_u8(narrow, *at++);
  return ~narrow;
}
#endif

inline std::uint32_t crc32c(const void* data, std::size_t bytes) noexcept {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  if (has_instruction) return crc32c_by_instruction(data, bytes);
#endif
  return crc32c_by_table(data, bytes);
}

}  // namespace ringside::base
