#include "tools/load/caller.h"

#include <algorithm>

#include "client_lib/base/clock.h"
#include "tools/load/schedule.h"

namespace ringside::load {
namespace {

// An overloaded engine leaves an open loop with calls that are due and not sent. They are sent for at most so long after the end.
constexpr std::uint64_t kDrainNs = 2'000'000'000;

// For a person: "invalid: age INT_FRACTION: …; home …".
std::string trouble_of(const RowAnswer& answer) {
  std::string text = std::string(name(answer.status())) + ": ";
  const std::vector<FieldError> errors = answer.errors();
  if (errors.empty()) return text + answer.explanation();
  for (const FieldError& error : errors) {
    text += (&error == &errors.front() ? "" : "; ") + (error.field.empty() ? "" : error.field + " ") +
            std::string(name(error.code)) + (error.message.empty() ? "" : ": ") + error.message;
  }
  return text;
}

}  // namespace

Caller::Caller(const LoadOptions& options, const InputRows& rows, const Schema& schema, Channel& channel, std::uint32_t thread)
    : options_(options), rows_(rows), channel_(channel), thread_(thread), row_(schema), batch_(schema, options.batch) {
  call_options_.deadline = Deadline(options.deadline);
  call_options_.version = options.version;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.duration + std::chrono::nanoseconds(kDrainNs)).count();
  record_.seconds.resize(static_cast<std::size_t>(seconds) + 1);
}

void Caller::run(std::uint64_t start_ns) {
  start_ns_ = start_ns;
  end_ns_ = start_ns + static_cast<std::uint64_t>(options_.duration.count());
  if (options_.mode == Mode::kOpen) {
    run_open();
  } else {
    run_closed();
  }
}

void Caller::run_closed() {
  wait_until(start_ns_);
  for (std::uint64_t call = 0;; ++call) {
    fill(call);
    const std::uint64_t now = base::monotonic_ns();
    if (now >= end_ns_) return;
    send(now);
  }
}

void Caller::run_open() {
  const Schedule schedule(start_ns_, options_.rate, thread_, options_.threads);
  for (std::uint64_t call = 0; schedule.due_ns(call) < end_ns_; ++call) {
    if (const std::uint64_t now = base::monotonic_ns(); now > end_ns_ + kDrainNs) {
      for (; schedule.due_ns(call) < end_ns_; ++call) {
        ++record_.not_sent;
        record_.latency_ns.record(now - schedule.due_ns(call));
      }
      return;
    }
    fill(call);
    wait_until(schedule.due_ns(call));
    send(schedule.due_ns(call));
  }
}

void Caller::fill(std::uint64_t call) {
  // Threads go through the rows side by side, so that all of them are used.
  const std::size_t first = static_cast<std::size_t>((call * options_.threads + thread_) * options_.batch);
  if (options_.batch == 1) {
    row_.reset();
    rows_.fill(row_, first);
  } else {
    batch_.reset(options_.batch);
    rows_.fill(batch_, first);
  }
}

void Caller::send(std::uint64_t from_ns) {
  if (options_.batch == 1) {
    channel_.predict(row_, call_options_, prediction_);
  } else {
    channel_.predict_batch(batch_, call_options_, result_);
  }
  record_.end_ns = base::monotonic_ns();
  const std::uint64_t latency = record_.end_ns - from_ns;
  record_.latency_ns.record(latency);
  ++record_.calls;
  if (options_.batch == 1) {
    note(prediction_);
  } else {
    for (std::size_t row = 0; row < result_.rows(); ++row) note(result_.row(row));
  }
  const std::size_t second = std::min<std::size_t>((record_.end_ns - start_ns_) / 1'000'000'000, record_.seconds.size() - 1);
  SecondCounts& counts = record_.seconds[second];
  const std::uint64_t rows_ok = record_.statuses[static_cast<std::size_t>(Status::kOk)];
  ++counts.calls;
  counts.rows_ok += rows_ok - rows_ok_before_;
  counts.max_ns = std::max(counts.max_ns, latency);
  rows_ok_before_ = rows_ok;
}

void Caller::note(const RowAnswer& answer) {
  ++record_.rows;
  ++record_.statuses[std::min(static_cast<std::size_t>(answer.status()), kStatuses - 1)];
  if (!answer.ok()) {
    if (record_.first_trouble.empty()) record_.first_trouble = trouble_of(answer);
    return;
  }
  const std::string_view version = answer.version();
  for (auto& [name, rows] : record_.versions) {
    if (name == version) {
      ++rows;
      return;
    }
  }
  record_.versions.emplace_back(version, 1);
}

}  // namespace ringside::load
