// The target of an HTTP request, as the engine's admin.sock and the gateway both read it: "/predict/loan%5Fdefault?version=v2" → path and
// parameters, percent escapes undone. The path never names a file.
//
// Thread safety: a value and a pure function. Cost: one pass.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside {

struct RequestTarget {
  std::string path;                                             // begins with '/'
  std::vector<std::pair<std::string, std::string>> parameters;  // in order

  // What follows `prefix` and a slash: the task of "/predict/loan". Empty text: nothing follows. nullopt: another path.
  [[nodiscard]] std::optional<std::string_view> after(std::string_view prefix) const;
};

// nullopt: no path, or an escape that is none.
[[nodiscard]] std::optional<RequestTarget> parse_request_target(std::string_view target);

namespace request_target {
inline int hex_digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline std::optional<std::string> unescaped(std::string_view text, bool plus_is_space) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit_of(text[i + 1]), low = hex_digit_of(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return plain;
}

}  // namespace request_target

inline std::optional<std::string_view> RequestTarget::after(std::string_view prefix) const {
  std::string_view rest = path;
  if (!rest.starts_with(prefix)) return std::nullopt;
  rest.remove_prefix(prefix.size());
  if (rest.empty()) return rest;
  if (rest.front() != '/') return std::nullopt;
  rest.remove_prefix(1);
  return rest.find('/') == std::string_view::npos ? std::optional(rest) : std::nullopt;
}

inline std::optional<RequestTarget> parse_request_target(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  const std::size_t question = target.find('?');
  auto path = request_target::unescaped(target.substr(0, question), false);
  if (!path) return std::nullopt;
  RequestTarget parsed{*std::move(path), {}};
  if (question == std::string_view::npos) return parsed;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto key = request_target::unescaped(pair.substr(0, equals), true);
    auto value = request_target::unescaped(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!key || !value) return std::nullopt;
    parsed.parameters.emplace_back(*std::move(key), *std::move(value));
  }
  return parsed;
}

}  // namespace ringside
