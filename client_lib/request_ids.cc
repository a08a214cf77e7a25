#include "client_lib/request_ids.h"

#include <sys/random.h>

#include <array>
#include <chrono>

namespace ringside {

void RequestIds::set_uuid(std::size_t row, const std::byte* uuid) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 36> text{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
    const auto byte = std::to_integer<unsigned>(uuid[i]);
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 15];
  }
  set(row, {text.data(), text.size()});
}

void make_uuid7(std::byte* uuid) {
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  // Never short for 16 bytes; were it to fail, the time alone would be left, which is unique enough for a name in a log.
  [[maybe_unused]] const auto filled = getrandom(uuid, 16, 0);
  for (int i = 0; i < 6; ++i) uuid[i] = static_cast<std::byte>(now >> (40 - 8 * i) & 0xFF);
  uuid[6] = (uuid[6] & std::byte{0x0F}) | std::byte{0x70};
  uuid[8] = (uuid[8] & std::byte{0x3F}) | std::byte{0x80};
}

}  // namespace ringside
