#include "engine/admin/target.h"

#include <algorithm>
#include <string_view>

namespace ringside::engine {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::optional<Target> parse_target(const std::string& target) {
  if (!target.starts_with('/')) return std::nullopt;
  const auto question = target.find('?');
  auto path = decoded(std::string_view(target).substr(0, question), false);
  if (!path) return std::nullopt;
  Target parsed{std::move(*path), {}};
  std::string_view rest = question == std::string::npos ? std::string_view() : std::string_view(target).substr(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view item = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (item.empty()) continue;
    const auto equals = std::min(item.find('='), item.size());
    auto key = decoded(item.substr(0, equals), true);
    auto value = decoded(item.substr(std::min(equals + 1, item.size())), true);
    if (!key || !value) return std::nullopt;
    parsed.parameters.emplace_back(std::move(*key), std::move(*value));
  }
  return parsed;
}

}  // namespace ringside::engine
