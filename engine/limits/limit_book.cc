#include "engine/limits/limit_book.h"

#include <algorithm>
#include <utility>

#include "client_lib/base/clock.h"

namespace ringside::engine {
namespace {

bool is_of_each(const LimitRule& rule) noexcept { return rule.each_uid || rule.each_name; }

}  // namespace

void LimitBook::set(std::vector<LimitRule> rules, const Terms::Shedding& shedding) {
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  shedding_ = shedding;
  named_.clear();
  for (const LimitRule& rule : rules_) {
    named_.insert(rule.subject());
    // Of everybody together, and of versions: they have no client to wait for.
    if (rule.counts() && !is_of_each(rule)) static_cast<void>(meter_of(rule, rule.subject()));
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
    if (rule.counts()) clauses.push_back({meter_for(rule, uid, name), rule.version});
    if (rule.rows_max != 0) caps.rows_max = std::min(caps.rows_max, rule.rows_max);
    if (rule.bytes_max != 0) caps.bytes_max = std::min(caps.bytes_max, rule.bytes_max);
    if (!priority) priority = rule.priority;
  }
  return std::make_unique<const Terms>(std::move(clauses), caps, shedding_, priority.value_or(Priority::kNormal));
}

// REQUIRES, as all below: mutex_ is held.
std::shared_ptr<Meter> LimitBook::meter_for(const LimitRule& rule, std::uint32_t uid, std::string_view name) {
  std::string subject = rule.subject(uid, name);
  if (!is_of_each(rule) || meters_.contains(subject)) return meter_of(rule, std::move(subject));
  // Only so often, as all clients may be given terms at once: the door waits for it.
  if (++newcomers_ == kNewcomersBetweenSweeps) forget_idle();
  return meter_of(rule, meters_.size() < kMetersMax ? std::move(subject) : rule.subject());
}

std::shared_ptr<Meter> LimitBook::meter_of(const LimitRule& rule, std::string subject) {
  std::shared_ptr<Meter>& kept = meters_[subject];
  if (kept != nullptr && kept->is_of(rule)) return kept;
  auto fresh = std::make_shared<Meter>(rule, std::move(subject));
  if (kept != nullptr) fresh->take_over(*kept);
  return kept = std::move(fresh);
}

// Names are the clients' own words: without this, each one ever given would be kept.
void LimitBook::forget_idle() {
  newcomers_ = 0;
  const std::uint64_t now = base::monotonic_ns();
  std::erase_if(meters_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->is_idle(now) && !named_.contains(entry.first);
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
