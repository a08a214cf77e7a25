// The target of a request: "/model/switch?version=a%2Db" → a path and its parameters.
//
// Thread safety: pure functions. Cost: one pass.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::engine {

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> parameters;
};

// None: an escape that is none, or no path. The path is not decoded further than %XX, and never names a file.
[[nodiscard]] std::optional<Target> parse_target(const std::string& target);

}  // namespace ringside::engine
