#include "engine/config/key_values.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace ringside::engine {

Assigned assign_text(std::string& target, const Values& values) {
  if (values.size() != 1) return fail(ValueProblem{"one value", "write it without a list"});
  if (values[0].empty()) return fail(ValueProblem{"not empty", "leave the key out to have its default"});
  if (values[0].find('\0') != std::string::npos) return fail(ValueProblem{"text without NUL bytes", ""});
  target = values[0];
  return Done{};
}

Assigned assign_task(std::string& target, const Values& values) {
  if (values.size() != 1) return fail(ValueProblem{"one value", "write it without a list"});
  const std::string& name = values[0];
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 100 || name.front() == '.' || !std::all_of(name.begin(), name.end(), allowed)) {
    return fail(ValueProblem{"1 to 100 letters, digits, '_', '-' and '.', not beginning with '.'", "such as loan_default"});
  }
  target = name;
  return Done{};
}

Result<std::uint64_t, ValueProblem> read_number(const std::string& text, std::uint64_t low, std::uint64_t high) {
  const std::string bound = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return fail(ValueProblem{bound, "digits only"});
  if (value < low) return fail(ValueProblem{bound, "the least is " + std::to_string(low)});
  if (value > high) return fail(ValueProblem{bound, "the most is " + std::to_string(high)});
  return value;
}

Assigned assign_names(std::vector<std::string>& target, const Values& values) {
  for (const std::string& name : values) {
    if (name.empty()) return fail(ValueProblem{"names or numbers, none of them empty", "separate them with single commas"});
  }
  target = values;
  return Done{};
}

Assigned assign_cpus(std::vector<std::uint32_t>& target, const Values& values) {
  std::vector<std::uint32_t> cpus;
  for (const std::string& text : values) {
    const auto read = read_number(text, 0, kCpuMost);
    if (!read) return fail(read.error());
    const auto cpu = static_cast<std::uint32_t>(*read);
    if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) {
      return fail(ValueProblem{"each processor once", "two workers on one processor wait for each other"});
    }
    cpus.push_back(cpu);
  }
  target = std::move(cpus);
  return Done{};
}

Result<std::size_t, ValueProblem> read_choice(const Values& values, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (values.size() == 1 && values[0] == names[i]) return i;
  }
  std::string bound;
  for (std::size_t i = 0; i < names.size(); ++i) {
    bound += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + std::string(names[i]);
  }
  return fail(ValueProblem{bound, ""});
}

Assigned assign_share(double& target, const Values& values) {
  double share = -1;
  if (values.size() == 1) {
    const char* const end = values[0].data() + values[0].size();
    if (const auto [stop, error] = std::from_chars(values[0].data(), end, share); error != std::errc{} || stop != end) share = -1;
  }
  if (!(share >= 0 && share <= 1)) return fail(ValueProblem{"a number from 0 to 1", "1 keeps all"});
  target = share;
  return Done{};
}

std::string shown_share(double share) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), share).ptr;
  return {text.data(), end};
}

Assigned assign_bool(bool& target, const Values& values) {
  if (values.size() == 1 && (values[0] == "true" || values[0] == "false")) {
    target = values[0] == "true";
    return Done{};
  }
  return fail(ValueProblem{"true or false", ""});
}

std::string shown_list(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ",") + value;
  return text;
}

std::string shown_list(const std::vector<std::uint32_t>& values) {
  std::string text;
  for (const std::uint32_t value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

}  // namespace ringside::engine
