// Text for a parameter of a target: what is not plain becomes %XX.
#pragma once

#include <cstdio>
#include <string>

namespace ringside::cli {

inline std::string url_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain_character =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
    out += plain_character ? std::string(1, c) : std::string(hex);
  }
  return out;
}

}  // namespace ringside::cli
