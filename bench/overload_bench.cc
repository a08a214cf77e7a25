// overload: what a caller of one row feels of those that ask for too much, and what refusing them costs. A real engine on loan_default, its worker on one
// processor, the caller on another.
//
//   overload_bench --engine build/release/bin/ringsided [--repository DIR] [--seconds 2]
//
//   fairness   a caller of one row, alone and beside four channels that never stop asking for 512 rows: its p50 and p99
//   refusal    what a call costs the engine that is expired, or beyond a rate: from the look at the request to the release of its answer
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
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

Settings settings_of(const Asked& asked) {
  Settings settings;
  settings.engine = asked.engine;
  settings.repository = asked.repository;
  return settings;
}

using Environment = std::vector<std::pair<std::string, std::string>>;

// An engine of its own, and channels to it.
class Rig {
 public:
  Rig(const Asked& asked, std::uint32_t channels, const Environment& environment = {})
      : served_(settings_of(asked), asked.repository + "/models/loan_default_v1.0.0", environment) {
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

std::uint64_t end_of(double seconds) { return monotonic_ns() + static_cast<std::uint64_t>(seconds * 1e9); }
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
  const std::uint64_t end = end_of(seconds);
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
  for (const std::uint64_t end = end_of(asked.seconds); monotonic_ns() < end;) {
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

void refusal(const Asked& asked, const char* how, const Environment& environment, Deadline deadline, Status expected) {
  Rig rig(asked, 1, environment);
  const Batch one = rig.batch(1), debt = rig.batch(512);
  BatchResult answer;
  load::Histogram engine, round_trip;
  rig.own().predict_batch(debt, {}, answer);
  for (const std::uint64_t end = end_of(asked.seconds); monotonic_ns() < end;) {
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
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bench::fairness(asked);
  bench::refusal(asked, "an expired call", {}, std::chrono::nanoseconds(-1), Status::kTimeout);
  bench::refusal(asked, "a call beyond its rate", {{"RINGSIDE_LIMITS_RULES", "all rows_per_s=1 burst_ms=0"}}, Deadline(),
                 Status::kRejected);
  return 0;
}
