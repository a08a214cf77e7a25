#include "engine/limits/limit_rule.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

using Problem = LimitRuleProblem;
constexpr std::string_view kSpaces = " \t";

// A whole number from `low` to `high` into `target`.
template <class T>
std::optional<Problem> take_number(std::string_view key, std::string_view text, std::uint64_t low, std::uint64_t high,
                                   T& target) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || value < low || value > high) {
    return Problem{std::string(key) + " is a whole number from " + std::to_string(low) + " to " + std::to_string(high),
                   "such as " + std::string(key) + "=" + std::to_string(std::clamp<std::uint64_t>(1'000, low, high))};
  }
  target = static_cast<T>(value);
  return std::nullopt;
}

std::optional<Problem> take_name(std::string_view key, std::string_view text, std::size_t bytes_max, std::string& target) {
  if (text.empty() || text.size() > bytes_max)
    return Problem{std::string(key) + " has 1 to " + std::to_string(bytes_max) + " bytes", "without spaces or commas"};
  target = text;
  return std::nullopt;
}

std::optional<Problem> take_priority(std::string_view text, std::optional<Priority>& target) {
  constexpr std::pair<std::string_view, Priority> kNames[] = {
      {"high", Priority::kHigh}, {"normal", Priority::kNormal}, {"low", Priority::kLow}};
  for (const auto& [name, priority] : kNames) {
    if (name == text) target = priority;
  }
  if (!target) return Problem{"priority is high, normal or low", ""};
  return std::nullopt;
}

std::optional<Problem> take(std::string_view key, std::string_view value, LimitRule& rule) {
  constexpr std::uint64_t kRateMax = 1'000'000'000;
  if (key == "uid" && value == "*") return rule.each_uid = true, std::nullopt;
  if (key == "uid") {
    rule.uid.emplace();
    auto problem = take_number(key, value, 0, std::numeric_limits<std::uint32_t>::max() - 1, *rule.uid);
    if (problem) problem->hint = "`id -u NAME` tells a user's number; * is each user for itself";
    return problem;
  }
  if (key == "name" && value == "*") return rule.each_name = true, std::nullopt;
  if (key == "name") return take_name(key, value, 63, rule.name);  // as many as a Hello carries
  if (key == "version") return take_name(key, value, wire::kVersionBytesMax, rule.version);
  if (key == "rows_per_s") return take_number(key, value, 1, kRateMax, rule.rows_per_s);
  if (key == "calls_per_s") return take_number(key, value, 1, kRateMax, rule.calls_per_s);
  if (key == "burst_ms") return take_number(key, value, 0, 60'000, rule.burst_ms);
  if (key == "in_flight") return take_number(key, value, 1, 65'535, rule.in_flight);
  if (key == "rows_max") return take_number(key, value, 1, wire::kCallRowsMax, rule.rows_max);
  if (key == "bytes_max") return take_number(key, value, 64, wire::kArenaBytesMax, rule.bytes_max);
  if (key == "priority") return take_priority(value, rule.priority);
  return Problem{"'" + std::string(key) + "' is not a part of a rule",
                 "whom: all, uid=, name=, version=; what: rows_per_s=, calls_per_s=, burst_ms=, in_flight=, rows_max=, "
                 "bytes_max=, priority="};
}

// A name as one word: a subject's parts are parted by spaces, and a client may call itself "x version=V", or "*". A rule's has no space.
std::string word_of(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string word;
  for (const char c : name) {
    if (c != ' ' && c != '\\' && name != "*") {
      word += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      word.append("\\x") += kDigits[byte >> 4];
      word += kDigits[byte & 15];
    }
  }
  return word;
}

// `name`: a word.
std::string subject_of(const LimitRule& rule, const std::string& uid, std::string_view name) {
  std::string text;
  const auto add = [&text](std::string_view key, std::string_view value) {
    if (!text.empty()) text += ' ';
    text.append(key).append("=").append(value);
  };
  if (rule.uid || rule.each_uid) add("uid", uid);
  if (!rule.name.empty() || rule.each_name) add("name", name);
  if (!rule.version.empty()) add("version", rule.version);
  return text.empty() ? "all" : text;
}

}  // namespace

std::string LimitRule::subject(std::uint32_t client_uid, std::string_view client_name) const {
  return subject_of(*this, std::to_string(client_uid), word_of(client_name));
}

std::string LimitRule::subject() const {
  return subject_of(*this, each_uid ? "*" : std::to_string(uid.value_or(0)), each_name ? "*" : word_of(name));
}

Result<LimitRule, LimitRuleProblem> parse_limit_rule(std::string_view text) {
  LimitRule rule;
  std::set<std::string, std::less<>> seen;
  for (std::size_t at = text.find_first_not_of(kSpaces); at != std::string_view::npos; at = text.find_first_not_of(kSpaces, at)) {
    const std::string_view word = text.substr(at, text.find_first_of(kSpaces, at) - at);
    at += word.size();
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    if (!seen.emplace(key).second) return fail(Problem{"'" + std::string(key) + "' stands twice in a rule", "write two rules"});
    if (word == "all") continue;
    if (equals == std::string_view::npos)
      return fail(Problem{"'" + std::string(word) + "' has no value", "write it as " + std::string(word) + "=…"});
    if (auto problem = take(key, word.substr(equals + 1), rule)) return fail(std::move(*problem));
  }
  if (text.find_first_of(",\n") != std::string_view::npos)
    return fail(Problem{"no commas in a rule", "spaces part its words"});  // a list is cut at them
  const bool names_somebody = rule.uid || rule.each_uid || !rule.name.empty() || rule.each_name || !rule.version.empty();
  if (names_somebody == seen.contains("all")) {
    return fail(names_somebody ? Problem{"'all' beside somebody", "leave one of them out"}
                               : Problem{"a rule says whom it is about", "begin it with all, uid=, name= or version="});
  }
  const bool of_call = rule.in_flight != 0 || rule.rows_max != 0 || rule.bytes_max != 0 || rule.priority.has_value();
  if (!rule.version.empty() && of_call) {
    return fail(Problem{"a rule about a version gives rates", "in_flight, rows_max, bytes_max and priority are of clients"});
  }
  if (!rule.counts() && !of_call) return fail(Problem{"a rule limits something", "such as rows_per_s=10000 or priority=low"});
  if (seen.contains("burst_ms") && rule.rows_per_s == 0 && rule.calls_per_s == 0)
    return fail(Problem{"burst_ms stands beside a rate", "rows_per_s= or calls_per_s="});
  return rule;
}

Result<std::vector<LimitRule>, LimitRuleProblem> parse_limit_rules(const std::vector<std::string>& texts) {
  constexpr std::size_t kRulesMax = 64;  // each one that fits is looked at in every call
  std::vector<LimitRule> rules;
  std::set<std::string> subjects;
  if (texts.size() > kRulesMax)
    return fail(Problem{"at most " + std::to_string(kRulesMax) + " rules", "uid=* and name=* stand for many"});
  for (const std::string& text : texts) {
    auto rule = parse_limit_rule(text);
    if (!rule) return fail(Problem{rule.error().bound + ": '" + text + "'", rule.error().hint});
    if (!subjects.insert(rule->subject()).second)
      return fail(Problem{"one rule about '" + rule->subject() + "'", "put what it limits into one line"});
    rules.push_back(std::move(*rule));
  }
  return rules;
}

}  // namespace ringside::engine
