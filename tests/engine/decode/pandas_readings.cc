// Reads texts and numbers as `coerce: pandas` does, a line each, so that a test can hold a million of them against pandas itself.
//
//   number 31352e35        402f000000000000      (the text in hex; -: none. The float64's bits in hex, or nan)
//   real 402f000000000000  15.5
#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>

#include "engine/decode/coerce.h"
#include "engine/decode/pandas_number.h"

int main() {
  std::ios::sync_with_stdio(false);
  std::string kind, argument;
  while (std::cin >> kind >> argument) {
    if (kind == "number") {
      std::string text;
      for (std::size_t i = 0; i + 1 < argument.size(); i += 2) {
        text += static_cast<char>(std::stoi(argument.substr(i, 2), nullptr, 16));
      }
      const double value = ringside::engine::pandas_number(text);
      char bits[17] = "nan";
      if (!std::isnan(value)) std::snprintf(bits, sizeof bits, "%016" PRIx64, std::bit_cast<std::uint64_t>(value));
      std::cout << bits << '\n';
    } else {
      const double value = std::bit_cast<double>(static_cast<std::uint64_t>(std::stoull(argument, nullptr, 16)));
      char text[ringside::engine::kCoercedTextBytesMax];
      std::cout.write(text, ringside::engine::coerce_to_text(ringside::wire::Cell::real(value), text)) << '\n';
    }
  }
  return 0;
}
