// The rules as they are now, and what each of their subjects has used: the control path's side of limits.
//
//   LimitBook book(parse_limit_rules(config.limits.rules), shedding);
//   session.set_terms(book.terms_of(uid, name));          the door, when a client comes in, and for all of them after set()
//
// A subject's meter outlives its clients until what it may save up is full again: who hangs up and comes back has won nothing.
//
// Beyond kMetersMax meters nobody gets one by uid=* or name=*: who comes then shares one, of the rule's own subject ("name=*"), until it connects
// again, or the rules are read again, when there is room.
//
// Thread safety: any thread; one lock. Never on a worker. Cost of terms_of: a look-up a rule, and every kNewcomersBetweenSweeps new subjects a look
// at all meters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/limits/limit_rule.h"
#include "engine/limits/terms.h"

namespace ringside::engine {

// A subject as operators see it.
struct LimitStatus {
  std::string subject;
  std::uint64_t rows_per_s = 0, calls_per_s = 0;  // 0: not limited
  std::uint32_t in_flight_max = 0, in_flight = 0;
  std::uint64_t rate_refusals = 0, concurrency_refusals = 0;  // calls
};

class LimitBook {
 public:
  static constexpr std::size_t kMetersMax = 4'096;
  static constexpr std::uint32_t kNewcomersBetweenSweeps = 256;

  LimitBook() = default;
  LimitBook(std::vector<LimitRule> rules, const Terms::Shedding& shedding) { set(std::move(rules), shedding); }

  // For terms that are made from now on. Meters whose subject stays keep what was used.
  void set(std::vector<LimitRule> rules, const Terms::Shedding& shedding);
  [[nodiscard]] std::unique_ptr<const Terms> terms_of(std::uint32_t uid, std::string_view name);
  // By subject.
  [[nodiscard]] std::vector<LimitStatus> status() const;

 private:
  [[nodiscard]] std::shared_ptr<Meter> meter_for(const LimitRule& rule, std::uint32_t uid, std::string_view name);
  [[nodiscard]] std::shared_ptr<Meter> meter_of(const LimitRule& rule, std::string subject);
  void forget_idle();

  mutable std::mutex mutex_;
  std::vector<LimitRule> rules_;
  std::set<std::string> named_;  // their subjects, which are kept
  Terms::Shedding shedding_;
  std::map<std::string, std::shared_ptr<Meter>> meters_;  // by subject
  std::uint32_t newcomers_ = 0;                           // since the last sweep, of uid=* and name=*
};

}  // namespace ringside::engine
