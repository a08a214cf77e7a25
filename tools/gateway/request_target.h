// "/predict/loan%5Fdefault?version=v2" → path and parameters, percent escapes undone.
//
// Thread safety: a value and a pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::gateway {

struct RequestTarget {
  std::string path;                                             // begins with '/'
  std::vector<std::pair<std::string, std::string>> parameters;  // in order

  // What follows `prefix` and a slash: the task of "/predict/loan". Empty text: nothing follows. nullopt: another path.
  [[nodiscard]] std::optional<std::string_view> after(std::string_view prefix) const;
};

// nullopt: no path, or an escape that is none.
[[nodiscard]] std::optional<RequestTarget> parse_request_target(std::string_view target);

}  // namespace ringside::gateway
