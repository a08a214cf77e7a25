#include "engine/guards/watch.h"

#include <algorithm>
#include <utility>

namespace ringside::engine {
namespace {

// SlidingCounts' slices are whole seconds: some thirty, or as many as the window has.
WindowShape shape_of(std::chrono::seconds window) {
  const auto slice = std::max<std::chrono::seconds::rep>(1, (window.count() + 29) / 30);
  return {"", std::chrono::seconds(slice), static_cast<std::uint32_t>((window.count() + slice - 1) / slice)};
}

}  // namespace

ArmWindow::ArmWindow(const std::shared_ptr<const Resident>& resident, Calls calls, std::chrono::seconds window,
                     GuardClock::time_point now)
    : resident_(resident), calls_(calls), last_(sum(*resident)), slices_(shape_of(window), now) {}

ArmSums ArmWindow::sum(const Resident& resident) const noexcept {
  ArmSums sums{};
  for (const Resident::PerWorker& own : resident.by_worker) {
    own.arms.drawn.add_to(sums);
    if (calls_ == Calls::kAll) own.arms.keyless.add_to(sums);
  }
  return sums;
}

void ArmWindow::look(GuardClock::time_point now) {
  const auto resident = resident_.lock();
  if (!resident) return;
  const ArmSums sums = sum(*resident);
  ArmSums since;
  for (std::size_t i = 0; i < sums.size(); ++i) since[i] = sums[i] - last_[i];
  if (std::ranges::any_of(since, [](std::uint32_t count) { return count != 0; })) slices_.add(since, now);
  last_ = sums;
}

ArmCounts ArmWindow::counts(GuardClock::time_point now) const {
  ArmCounts sum;
  slices_.add_to(sum.counts, now);
  return sum;
}

void GuardWatch::follow_current(const TrafficDraft& now, GuardClock::time_point at) {
  if (current_) current_->look(at);
  if (!now.current) {
    current_.reset();
    switched_.reset();
    return;
  }
  if (current_ && current_->is_of(now.current)) return;
  switched_.reset();
  const bool can_go_back = current_ && now.previous && current_->is_of(now.previous);
  if (can_go_back && settings_.watch_after_switch.count() != 0)
    switched_ = AfterSwitch{current_version_, current_->counts(at), at + settings_.watch_after_switch};
  const bool at_start = !current_;
  current_.emplace(now.current, ArmWindow::Calls::kAll, settings_.window, at);
  if (at_start) current_->count_from_the_first();  // callers may have been quicker than the first look
  current_version_ = now.current->bundle->version;
}

void GuardWatch::follow_canary(const TrafficDraft& now, GuardClock::time_point at) {
  const auto resident = now.roles.canary ? now.find(now.roles.canary->version) : nullptr;
  if (!resident || !now.current || resident == now.current) {
    canary_.reset();
    return;
  }
  if (!canary_ || !canary_->canary.is_of(resident) || !canary_->current.is_of(now.current)) {
    canary_ = BesideCurrent{resident->bundle->version,
                            {resident, ArmWindow::Calls::kDrawn, settings_.window, at},
                            {now.current, ArmWindow::Calls::kDrawn, settings_.window, at}};
  }
  canary_->canary.look(at);
  canary_->current.look(at);
}

std::optional<Breach> GuardWatch::judge_one(Watched one, const ArmCounts& judged, const ArmCounts& other, Pairing pairing) {
  one.judgement = judge(judged, other, settings_, pairing);
  std::optional<Breach> breach;
  if (one.judgement.broken()) breach = Breach{one.role, one.version, one.other, one.judgement.reason};
  watched_.push_back(std::move(one));
  return breach;
}

std::optional<Breach> GuardWatch::look(const TrafficDraft& now, GuardClock::time_point at) {
  watched_.clear();
  follow_current(now, at);
  follow_canary(now, at);
  if (switched_ && (at >= switched_->until || !now.previous)) switched_.reset();
  std::optional<Breach> breach;
  if (switched_) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(switched_->until - at);
    breach = judge_one({.role = GuardedRole::kSwitch, .version = current_version_, .other = switched_->other, .left = left},
                       current_->counts(at), switched_->before, Pairing::kBefore);
    if (breach) {
      switched_.reset();
      canary_.reset();  // a rollback ends it
      return breach;
    }
  }
  if (canary_) {
    breach = judge_one({.role = GuardedRole::kCanary, .version = canary_->version, .other = current_version_},
                       canary_->canary.counts(at), canary_->current.counts(at), Pairing::kSameWindow);
    if (breach) canary_.reset();
  }
  return breach;
}

}  // namespace ringside::engine
