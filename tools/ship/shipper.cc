#include "tools/ship/shipper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "tools/ship/json_line.h"

namespace ringside::ship {
namespace {

constexpr std::chrono::milliseconds kTellEvery{1'000};

Losses sum(const Losses& before, const Losses& since) {
  return {before.files + since.files, before.broken_bytes + since.broken_bytes, before.rereads + since.rereads};
}

}  // namespace

Shipper::Shipper(const ShipConfig& config, Sink& sink, Cursor cursor, const StopSignal& stop)
    : config_(config),
      sink_(sink),
      cursor_(std::move(cursor)),
      stop_(stop),
      follower_(config.journal, cursor_.position),
      dead_letters_(config.state, config.dead_letter_bytes),
      back_off_(config.retry_first, config.retry_most, std::random_device()()),
      losses_before_(cursor_.losses),
      writers_(cursor_.writers) {}

ShipEnd Shipper::run(bool once) {
  once_ = once;
  tell(true);
  Outcome outcome = Outcome::kDone;
  bool caught_up = false;
  while (!caught_up) {
    outcome = stop_.stopped() ? Outcome::kStopped : fill();
    if (outcome != Outcome::kDone) break;
    // What brought no row moves the cursor too (versions, what a start says of the one before): else it would look like a lag for ever.
    if (rows_.empty() && dead_ == 0 && follower_.position() == cursor_.position) {
      caught_up = once;
      activity_.state = "following";
      tell(false);
      if (!once && stop_.wait(config_.poll)) return ShipEnd::kStopped;
      continue;
    }
    if (!rows_.empty()) outcome = deliver(rows_);
    if (outcome == Outcome::kDone) outcome = commit();
    if (outcome != Outcome::kDone) break;
  }
  tell(true);
  return outcome == Outcome::kStopped ? ShipEnd::kStopped : outcome == Outcome::kGaveUp ? ShipEnd::kGaveUp : ShipEnd::kCaughtUp;
}

// Until the batch is full, or its first row old enough, or (rows or not) there is nothing more and no row waits.
Shipper::Outcome Shipper::fill() {
  while (!is_full()) {
    const auto item = follower_.next();
    if (!item) {
      if (const Outcome paused = pause(item.error()); paused != Outcome::kDone) return paused;
      continue;
    }
    if (*item) {
      if (const Outcome added = add(**item); added != Outcome::kDone) return added;
      continue;
    }
    if (rows_.empty() || once_) return Outcome::kDone;
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - first_at_);
    if (age >= config_.batch_age) return Outcome::kDone;
    tell(false);
    if (stop_.wait(std::min(config_.poll, config_.batch_age - age))) return Outcome::kStopped;
  }
  return Outcome::kDone;
}

// A sequence goes on over the starts of an engine, unless the host died with what was not on the disk: then it steps back, under a new epoch.
void Shipper::count_sequence(const journal::RecordHead& head, std::uint64_t engine_epoch) {
  const auto [last, is_new] = writers_.emplace(head.writer, head.sequence);
  if (!is_new && head.sequence > last->second + 1) missing_ += head.sequence - last->second - 1;
  const auto [epoch, is_first] = writer_epochs_.emplace(head.writer, engine_epoch);
  // Within one start a smaller one is a file that is read again.
  if (head.sequence > last->second || (!is_first && epoch->second != engine_epoch)) last->second = head.sequence;
  epoch->second = engine_epoch;
}

Shipper::Outcome Shipper::add(const JournalItem& item) {
  count_sequence(item.record.head(), item.header.engine_epoch);
  auto row = row_of(item.record, item.header, follower_.versions(), config_.instance);
  if (!row) return bury("cannot be read: " + row.error(), "");
  if (rows_.empty()) first_at_ = Clock::now();
  bytes_ += row->bytes();
  rows_.push_back(std::move(*row));
  return Outcome::kDone;
}

Shipper::Outcome Shipper::deliver(std::span<const Row> rows) {
  while (true) {
    activity_.state = "sending";
    tell(false);
    const auto sent = sink_.send(rows);
    if (sent) {
      resumed();
      return Outcome::kDone;
    }
    if (sent.error().refusal == Refusal::kRowsBad) {
      if (rows.size() == 1) {
        std::string record;
        append_json_line(record, rows.front());
        ++refused_;
        return bury(sent.error().text, record);
      }
      const Outcome first = deliver(rows.first(rows.size() / 2));
      return first == Outcome::kDone ? deliver(rows.subspan(rows.size() / 2)) : first;
    }
    if (const Outcome paused = pause(sent.error().text); paused != Outcome::kDone) return paused;
  }
}

Shipper::Outcome Shipper::bury(const std::string& reason, const std::string& record) {
  while (true) {
    const auto added = dead_letters_.add(reason, record, follower_.position().file, follower_.position().offset);
    if (added) break;
    if (const Outcome paused = pause(added.error()); paused != Outcome::kDone) return paused;
  }
  ++dead_;
  resumed();
  spdlog::warn("a record became a dead letter: {}", reason);
  return Outcome::kDone;
}

Shipper::Outcome Shipper::commit() {
  cursor_.position = follower_.position();
  cursor_.sink_state = sink_.state();
  cursor_.rows += rows_.size() - refused_;
  cursor_.batches += rows_.empty() ? 0 : 1;
  cursor_.dead_letters += dead_;
  cursor_.missing_records += missing_;
  cursor_.losses = sum(losses_before_, follower_.losses());
  cursor_.writers = writers_;
  if (!rows_.empty()) cursor_.last_wall_ns = rows_.back().wall_ns;
  if (missing_ != 0) spdlog::warn("{} sequence numbers have no record in the journal", missing_);
  rows_.clear();
  bytes_ = dead_ = refused_ = missing_ = 0;
  while (true) {
    const auto saved = save_cursor(config_.state, cursor_);
    if (saved) break;
    if (const Outcome paused = pause(saved.error()); paused != Outcome::kDone) return paused;
  }
  resumed();
  return Outcome::kDone;
}

// kDone: try again.
Shipper::Outcome Shipper::pause(const std::string& problem) {
  if (activity_.last_error != problem || tries_ == 0) spdlog::warn("{}: {}; tried again", sink_.name(), problem);
  ++tries_;
  ++activity_.retries;
  activity_.state = "retrying";
  activity_.last_error = problem;
  activity_.last_error_ns =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
  activity_.tries = tries_;
  tell(true);
  if (once_ && tries_ >= kOnceTries) return Outcome::kGaveUp;
  return stop_.wait(back_off_.next()) ? Outcome::kStopped : Outcome::kDone;
}

void Shipper::resumed() {
  if (tries_ != 0) spdlog::info("{}: goes on after {} tries", sink_.name(), tries_);
  tries_ = activity_.tries = 0;
  back_off_.reset();
}

void Shipper::tell(bool at_once) {
  if (!at_once && Clock::now() - told_at_ < kTellEvery) return;
  told_at_ = Clock::now();
  activity_.waiting_rows = rows_.size();
  write_activity(config_.state, activity_);
}

}  // namespace ringside::ship
