// The known name that a misspelt one most likely meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringside::engine {

// Single-character edits between two words.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// Empty when nothing is near: more than a third of the name (and more than two characters) would have to change.
[[nodiscard]] std::string nearest(std::string_view name, const std::vector<std::string>& known);

}  // namespace ringside::engine
