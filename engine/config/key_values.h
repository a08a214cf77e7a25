// Text → a key's value, or the bound that it breaks and what to write instead. A key has one value unless it is a list.
//
// On failure `target` stays as it was. Thread safety: no state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "engine/config/config_keys.h"

namespace ringside::engine {

inline constexpr std::uint32_t kCpuMost = 4'095;  // the greatest number of a processor

using Values = std::vector<std::string>;
using Assigned = Result<Done, ValueProblem>;

[[nodiscard]] Assigned assign_text(std::string& target, const Values& values);
[[nodiscard]] Assigned assign_names(std::vector<std::string>& target, const Values& values);
[[nodiscard]] Assigned assign_cpus(std::vector<std::uint32_t>& target, const Values& values);
[[nodiscard]] Assigned assign_share(double& target, const Values& values);
[[nodiscard]] Assigned assign_bool(bool& target, const Values& values);
// A task names a folder below the run directory.
[[nodiscard]] Assigned assign_task(std::string& target, const Values& values);

// A whole number from `low` to `high`, digits only.
[[nodiscard]] Result<std::uint64_t, ValueProblem> read_number(const std::string& text, std::uint64_t low, std::uint64_t high);
template <class T>
[[nodiscard]] Assigned assign_number(T& target, const Values& values, std::uint64_t low, std::uint64_t high) {
  if (values.size() != 1) return fail(ValueProblem{"one value", "write it without a list"});
  const auto parsed = read_number(values[0], low, high);
  if (!parsed) return fail(parsed.error());
  target = static_cast<T>(*parsed);
  return Done{};
}

// Which of `names` it is: the enumeration's values, in its order.
[[nodiscard]] Result<std::size_t, ValueProblem> read_choice(const Values& values, std::span<const std::string_view> names);
template <class Enum>
[[nodiscard]] Assigned assign_choice(Enum& target, const Values& values, std::span<const std::string_view> names) {
  const auto index = read_choice(values, names);
  if (!index) return fail(index.error());
  target = static_cast<Enum>(*index);
  return Done{};
}

[[nodiscard]] std::string shown_share(double share);
[[nodiscard]] std::string shown_list(const std::vector<std::string>& values);
[[nodiscard]] std::string shown_list(const std::vector<std::uint32_t>& values);

}  // namespace ringside::engine
