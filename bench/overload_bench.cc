// overload: what the engine's promises are worth when more is asked of it than it can do. A real engine on loan_default, its worker on one
// processor, the caller on another.
//
//   overload_bench --engine build/release/bin/ringsided [--repository DIR] [--seconds 2]
//
//   fairness   a caller of one row, alone and beside four channels that never stop asking for 512 rows: its p50 and p99
//   overload   calls of 64 rows at twice the rate that the engine can answer, each with a deadline: how many of the `ok` ones were in time, and
//              how much of the peak was left; with limits.shed_late and limits.queue_age_us, and without
//   refusal    what a call costs the engine that is expired, or beyond a rate: from the look at the request to the release of its answer
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bench/served_model.h"
#include "client_lib/base/clock.h"
#include "tools/load/histogram.h"

namespace ringside::bench {
namespace {

using base::monotonic_ns;

struct Asked {
  std::string engine, repository = ".";
  double seconds = 2;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// An engine of its own, and channels to it.
class Rig {
 public:
  Rig(const Asked& asked, std::uint32_t channels, const Environment& environment = {})
      : served_({.engine = asked.engine, .repository = asked.repository}, asked.repository + "/models/loan_default_v1.0.0",
                environment) {
    auto connected =
        Client::connect({.run_dir = served_.run_dir(), .name = "overload", .channels = channels, .wait = Wait::kSpin});
    if (!connected) give_up(connected.error().message);
    client_ = std::make_unique<Client>(std::move(*connected));
    schema_ = *client_->resolve({{"funded_amnt", Dtype::kFloat}, {"int_rate", Dtype::kFloat}});
    for (std::uint32_t i = 1; i < channels; ++i) channels_.push_back(std::move(*client_->open_channel()));
    pin_this_thread(processors().client);
  }
  [[nodiscard]] Batch batch(std::size_t rows) const {
    Batch batch(schema_, rows);
    for (std::size_t row = 0; row < rows; ++row) {
      batch.set(row, schema_.handle("funded_amnt"), 1'000.0 + static_cast<double>(row * 37 % 1'000));
      batch.set(row, schema_.handle("int_rate"), 5.0 + static_cast<double>(row % 20));
    }
    return batch;
  }
  [[nodiscard]] Channel& own() { return client_->channel(); }
  [[nodiscard]] std::vector<Channel>& others() { return channels_; }

 private:
  ServedModel served_;
  std::unique_ptr<Client> client_;
  Schema schema_;
  std::vector<Channel> channels_;
};

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

// One row at a time; meanwhile each other channel always has a batch under way.
load::Histogram one_row_times(Rig& rig, bool beside_batches, double seconds, std::uint64_t& batches) {
  const Batch one = rig.batch(1), many = rig.batch(512);
  std::vector<Ticket> under_way(rig.others().size());
  BatchResult answer;
  const auto keep_busy = [&] {
    for (std::size_t i = 0; beside_batches && i < under_way.size(); ++i) {
      Channel& channel = rig.others()[i];
      if (under_way[i].sent && !channel.poll(under_way[i])) continue;
      if (under_way[i].sent) channel.wait(under_way[i], answer), ++batches;
      under_way[i] = channel.submit(many, {.deadline = Deadline::none()});
    }
  };
  load::Histogram times;
  const std::uint64_t end = monotonic_ns() + static_cast<std::uint64_t>(seconds * 1e9);
  while (monotonic_ns() < end) {
    keep_busy();
    const std::uint64_t begin = monotonic_ns();
    const Ticket ticket = rig.own().submit(one);
    while (!rig.own().poll(ticket)) {
    }
    times.record(monotonic_ns() - begin);
    rig.own().wait(ticket, answer);
    if (!answer.row(0).ok()) give_up_on(answer.row(0));
  }
  for (std::size_t i = 0; i < under_way.size(); ++i) {
    if (under_way[i].sent) rig.others()[i].wait(under_way[i], answer);
  }
  return times;
}

void fairness(const Asked& asked) {
  Rig rig(asked, 5);
  const Batch tile = rig.batch(64);
  BatchResult answer;
  load::Histogram tiles;
  for (int i = 0; i < 20'000; ++i) {
    rig.own().predict_batch(tile, {}, answer);
    const Timings timings = answer.row(0).timings();
    tiles.record(static_cast<std::uint64_t>((timings.decode + timings.preprocess + timings.forest).count()));
  }
  for (int round = 0; round < 3; ++round) {
    std::uint64_t batches = 0;
    const load::Histogram alone = one_row_times(rig, false, asked.seconds, batches),
                          beside = one_row_times(rig, true, asked.seconds, batches);
    const double bound = 1.5 * us(alone.quantile(0.99)) + us(tiles.quantile(0.99));
    std::printf(
        "fairness  1 row alone p50 %.2f p99 %.2f us; beside 4 x 512 rows p50 %.2f p99 %.2f us (%llu batches); a tile p50 %.1f "
        "p99 %.1f us; "
        "p99 is %.2f of 1.5 x alone + a tile\n",
        us(alone.quantile(0.50)), us(alone.quantile(0.99)), us(beside.quantile(0.50)), us(beside.quantile(0.99)),
        static_cast<unsigned long long>(batches), us(tiles.quantile(0.50)), us(tiles.quantile(0.99)),
        us(beside.quantile(0.99)) / bound);
  }
}

struct Outcome {
  std::uint64_t offered = 0, not_sent = 0, ok = 0, in_time = 0, rejected = 0, timeout = 0;
  double seconds = 0;
};

// `interval_ns` 0: as many as are answered, 8 under way on each channel. Else one each interval, on channels in turn, come what may.
Outcome offer(Rig& rig, std::uint64_t interval_ns, std::uint64_t deadline_ns, double seconds) {
  struct Call {
    Ticket ticket;
    std::uint64_t due;
  };
  const Batch batch = rig.batch(64);
  std::vector<std::deque<Call>> under_way(rig.others().size());
  Outcome outcome;
  BatchResult answer;
  const auto collect = [&](std::size_t i, bool all) {
    Channel& channel = rig.others()[i];
    while (!under_way[i].empty() && (all || channel.poll(under_way[i].front().ticket))) {
      const Call call = under_way[i].front();
      under_way[i].pop_front();
      channel.wait(call.ticket, answer);
      const std::uint64_t now = monotonic_ns();
      const Status status = answer.row(0).status();
      if (status == Status::kOk) ++outcome.ok, outcome.in_time += now <= call.due ? 1 : 0;
      outcome.rejected += status == Status::kRejected ? 1 : 0;
      outcome.timeout += status == Status::kTimeout ? 1 : 0;
    }
  };
  const std::uint64_t begin = monotonic_ns(), end = begin + static_cast<std::uint64_t>(seconds * 1e9);
  std::size_t next = 0;
  for (std::uint64_t now = begin; now < end; now = monotonic_ns()) {
    for (std::size_t i = 0; i < under_way.size(); ++i) collect(i, false);
    // At most a few at once, so that answers are looked at in time.
    for (int burst = 0; burst < 4 && (interval_ns == 0 || begin + outcome.offered * interval_ns <= now); ++burst) {
      if (interval_ns == 0 && under_way[next].size() >= 8) {
        next = (next + 1) % under_way.size();
        break;
      }
      const std::uint64_t from = interval_ns == 0 ? now : begin + outcome.offered * interval_ns;
      const std::uint64_t due = from + deadline_ns;
      ++outcome.offered;
      const Ticket ticket =
          rig.others()[next].submit(batch, {.deadline = Deadline::Clock::time_point(std::chrono::nanoseconds(due))});
      if (ticket.sent) {
        under_way[next].push_back({ticket, due});
      } else {
        ++outcome.not_sent;
      }
      next = (next + 1) % under_way.size();
    }
  }
  for (std::size_t i = 0; i < under_way.size(); ++i) collect(i, true);
  outcome.seconds = static_cast<double>(monotonic_ns() - begin) * 1e-9;
  return outcome;
}

void overload(const Asked& asked, const char* how, const Environment& environment) {
  Rig rig(asked, 5, environment);
  constexpr std::uint64_t kLong = 1'000'000'000, kDeadline = 2'000'000;
  static_cast<void>(offer(rig, 0, kLong, 0.2));
  for (int round = 0; round < 3; ++round) {
    const Outcome peak = offer(rig, 0, kLong, asked.seconds);
    const double peak_rate = static_cast<double>(peak.in_time) / peak.seconds;
    const Outcome twice = offer(rig, static_cast<std::uint64_t>(1e9 / (2 * peak_rate)), kDeadline, asked.seconds);
    std::printf(
        "overload  %s: peak %.0f calls/s of 64 rows; at %.2f x: %.2f %% of ok in time, goodput %.1f %% of the peak "
        "(%llu offered, %llu not sent, %llu ok, %llu rejected, %llu timeout)\n",
        how, peak_rate, static_cast<double>(twice.offered) / twice.seconds / peak_rate,
        100.0 * static_cast<double>(twice.in_time) / static_cast<double>(std::max<std::uint64_t>(twice.ok, 1)),
        100.0 * static_cast<double>(twice.in_time) / twice.seconds / peak_rate, static_cast<unsigned long long>(twice.offered),
        static_cast<unsigned long long>(twice.not_sent), static_cast<unsigned long long>(twice.ok),
        static_cast<unsigned long long>(twice.rejected), static_cast<unsigned long long>(twice.timeout));
  }
}

void refusal(const Asked& asked, const char* how, const Environment& environment, Deadline deadline, Status expected) {
  Rig rig(asked, 1, environment);
  const Batch one = rig.batch(1), debt = rig.batch(512);
  BatchResult answer;
  load::Histogram engine, round_trip;
  rig.own().predict_batch(debt, {}, answer);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t begin = monotonic_ns();
    rig.own().predict_batch(one, {.deadline = deadline}, answer);
    round_trip.record(monotonic_ns() - begin);
    if (answer.row(0).status() != expected) give_up_on(answer.row(0));
    engine.record(static_cast<std::uint64_t>(answer.call().timings().total.count()));
  }
  std::printf("refusal   %s: p50 %llu p99 %llu ns in the engine; round trip p50 %.2f us\n", how,
              static_cast<unsigned long long>(engine.quantile(0.50)), static_cast<unsigned long long>(engine.quantile(0.99)),
              us(round_trip.quantile(0.50)));
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside;
  bench::Asked asked;
  CLI::App app("What the engine's promises are worth when more is asked of it than it can do");
  app.add_option("--engine", asked.engine, "the path of ringsided")->required()->check(CLI::ExistingFile);
  app.add_option("--repository", asked.repository, "where models/ is");
  app.add_option("--seconds", asked.seconds, "of each phase");
  CLI11_PARSE(app, argc, argv);
  bench::fairness(asked);
  bench::overload(asked, "without shedding", {});
  bench::overload(asked, "with shed_late and queue_age_us",
                  {{"RINGSIDE_LIMITS_SHED_LATE", "true"}, {"RINGSIDE_LIMITS_QUEUE_AGE_US", "1800"}});
  bench::refusal(asked, "an expired call", {}, std::chrono::nanoseconds(-1), Status::kTimeout);
  bench::refusal(asked, "a call beyond its rate", {{"RINGSIDE_LIMITS_RULES", "all rows_per_s=1 burst_ms=0"}}, Deadline(),
                 Status::kRejected);
  return 0;
}
