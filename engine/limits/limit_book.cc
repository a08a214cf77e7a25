#include "engine/limits/limit_book.h"

#include <algorithm>
#include <utility>

#include "client_lib/base/clock.h"

namespace ringside::engine {

void LimitBook::set(std::vector<LimitRule> rules, const Terms::Shedding& shedding) {
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  shedding_ = shedding;
  // Of everybody together, and of versions: they have no client to wait for.
  for (const LimitRule& rule : rules_) {
    if (rule.counts() && !rule.each_uid && !rule.each_name) static_cast<void>(meter_of(rule, rule.subject()));
  }
  forget_idle();
}

std::unique_ptr<const Terms> LimitBook::terms_of(std::uint32_t uid, std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::vector<Terms::Clause> clauses;
  Terms::Caps caps;
  std::optional<Priority> priority;
  for (const LimitRule& rule : rules_) {
    if (!rule.fits(uid, name)) continue;
    if (rule.counts()) clauses.push_back({meter_of(rule, rule.subject(uid, name)), rule.version});
    if (rule.rows_max != 0) caps.rows_max = std::min(caps.rows_max, rule.rows_max);
    if (rule.bytes_max != 0) caps.bytes_max = std::min(caps.bytes_max, rule.bytes_max);
    if (!priority) priority = rule.priority;
  }
  forget_idle();
  return std::make_unique<const Terms>(std::move(clauses), caps, shedding_, priority.value_or(Priority::kNormal));
}

std::shared_ptr<Meter> LimitBook::meter_of(const LimitRule& rule, std::string subject) {
  std::shared_ptr<Meter>& kept = meters_[subject];
  if (kept != nullptr && kept->is_of(rule)) return kept;
  auto fresh = std::make_shared<Meter>(rule, std::move(subject));
  if (kept != nullptr) fresh->take_over(*kept);
  return kept = std::move(fresh);
}

// REQUIRES: mutex_ is held. Names are the clients' own words: without this, each one ever given would be kept.
void LimitBook::forget_idle() {
  const std::uint64_t now = base::monotonic_ns();
  std::erase_if(meters_, [&](const auto& entry) {
    const bool is_named = std::ranges::any_of(rules_, [&](const LimitRule& rule) { return rule.subject() == entry.first; });
    return !is_named && entry.second.use_count() == 1 && entry.second->is_idle(now);
  });
}

std::vector<LimitStatus> LimitBook::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<LimitStatus> all;
  for (const auto& [subject, meter] : meters_) {
    all.push_back({.subject = subject,
                   .rows_per_s = meter->rows_per_s(),
                   .calls_per_s = meter->calls_per_s(),
                   .in_flight_max = meter->in_flight_max(),
                   .in_flight = meter->in_flight(),
                   .rate_refusals = meter->rate_refusals(),
                   .concurrency_refusals = meter->concurrency_refusals()});
  }
  return all;
}

}  // namespace ringside::engine
