// One line of `limits.rules`: whom it is about, and what they may have.
//
//   all rows_per_s=500000                                   everybody together
//   name=batch-scorer rows_per_s=20000 burst_ms=200 in_flight=4 priority=low
//   uid=* calls_per_s=10000                                 each user for itself
//   version=loan_default_v2.0.0 rows_per_s=5000             what one version answers
//
// Who is what the door knows: the user by the kernel's word, the name by the client's own. Every rule that fits a call applies to it; the
// first one that gives a priority, or a cap, decides that.
//
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

namespace ringside::engine {

// Who is polled first. Under contention a class has four times the share of the next one, so a lower one is slow and never starved.
enum class Priority : std::uint8_t { kHigh, kNormal, kLow };

struct LimitRule {
  // Whom. None of them: everybody together.
  std::optional<std::uint32_t> uid;
  bool each_uid = false;  // uid=*: a bucket for each
  std::string name;
  bool each_name = false;  // name=*
  std::string version;     // of the bundle that answers

  // What; 0: not limited.
  std::uint64_t rows_per_s = 0, calls_per_s = 0;
  std::uint32_t burst_ms = 1'000;  // how long a rate may be saved up
  std::uint32_t in_flight = 0;     // calls under way at once
  std::uint16_t rows_max = 0;      // of one call
  std::uint32_t bytes_max = 0;     // of one call's body
  std::optional<Priority> priority;

  [[nodiscard]] bool fits(std::uint32_t client_uid, std::string_view client_name) const noexcept {
    return (!uid || *uid == client_uid) && (name.empty() || name == client_name);
  }
  [[nodiscard]] bool counts() const noexcept { return rows_per_s != 0 || calls_per_s != 0 || in_flight != 0; }
  // "name=batch-scorer", of each of many the one meant: two rules with one subject would say the same thing twice. Spaces and backslashes of a
  // name are written \x20 and \x5c, so that no client has another's subject.
  [[nodiscard]] std::string subject(std::uint32_t client_uid, std::string_view client_name) const;
  // As the rule spells it.
  [[nodiscard]] std::string subject() const;
};

struct LimitRuleProblem {
  std::string bound, hint;
};

[[nodiscard]] Result<LimitRule, LimitRuleProblem> parse_limit_rule(std::string_view text);
// All of them, each subject once.
[[nodiscard]] Result<std::vector<LimitRule>, LimitRuleProblem> parse_limit_rules(const std::vector<std::string>& texts);

}  // namespace ringside::engine
