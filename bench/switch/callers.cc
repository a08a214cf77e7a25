#include "bench/switch/callers.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <thread>

#include "bench/comparison.h"
#include "bench/pipeline_side.h"
#include "client_lib/base/clock.h"
#include "engine/bundle/loader.h"
#include "engine/bundle/workspace.h"
#include "tools/load/schedule.h"

namespace ringside::bench {
namespace {

constexpr int kPieces = 20;
constexpr std::uint64_t kPieceNs = 30'000'000;

bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

}  // namespace

VersionScores scores_of(const std::string& bundle_directory, const FloatRows& rows) {
  const auto loaded = engine::load_bundle(bundle_directory, {.expected_task = {}, .use_reference = false});
  if (!loaded) give_up(bundle_directory + ": " + loaded.error().front().text());
  engine::Workspace space(**loaded);
  VersionScores made{(*loaded)->version, std::vector<float>(rows.rows())};
  score_floats(**loaded, space, rows.from(0, rows.rows()).data(), rows.rows(), made.scores.data());
  return made;
}

Callers::Callers(const std::string& run_dir, const FloatRows& rows, std::span<const VersionScores> versions)
    : rows_(rows), versions_(versions) {
  for (std::size_t row = 0; row < rows.rows(); ++row) keys_.push_back("user-" + std::to_string(row));
  for (Seat& seat : seats_) {
    auto client = Client::connect({.run_dir = run_dir, .name = "switch-bench", .channels = 1, .wait = Wait::kSpin});
    if (!client) give_up(client.error().message);
    seat.client = std::make_unique<Client>(std::move(*client));
    const auto schema = seat.client->resolve(seat.client->current_version()->declarations());
    if (!schema) give_up(schema.error().message);
    if (schema->size() != rows.features()) give_up("the bundle has other fields than the rows");
    handles_.clear();
    for (std::size_t i = 0; i < schema->size(); ++i) handles_.push_back(schema->handle(schema->field(i).name));
    seat.row = std::make_unique<Row>(*schema);
  }
  tally_.by_version.resize(versions.size());
}

double Callers::measure_capacity() {
  std::vector<double> rates;
  for (int piece = 0; piece < kPieces; ++piece) {
    const std::uint64_t began = base::monotonic_ns();
    std::uint64_t calls = 0, now = began;
    for (; now - began < kPieceNs; ++calls, now = base::monotonic_ns()) {
      Seat& seat = seats_[calls % kClients];
      if (seat.busy) take(seat, {});
      fill(seat, calls);
      submit(seat);
    }
    for (Seat& seat : seats_) {
      if (seat.busy) take(seat, {});
    }
    rates.push_back(static_cast<double>(calls) * 1e9 / static_cast<double>(base::monotonic_ns() - began));
    // As in a burst's pause: the admin side lives on this processor, too.
    std::this_thread::sleep_for(std::chrono::nanoseconds(kPieceNs / 3));
  }
  std::ranges::sort(rates);
  return rates[rates.size() / 2];
}

std::uint64_t Callers::run(const BurstSchedule& schedule, std::span<std::uint32_t> latency_ns, const std::atomic<bool>& stop) {
  std::uint64_t call = 0;
  for (; call < latency_ns.size(); ++call) {
    const std::uint64_t due = schedule.due_ns(call);
    Seat& seat = seats_[call % kClients];
    if (schedule.begins_burst(call)) {
      for (Seat& other : seats_) {
        if (other.busy) take(other, latency_ns);
      }
      if (stop.load(std::memory_order_relaxed)) break;  // a flag and nothing beside it
      load::wait_until(due);                            // sleeps, when there is time
    }
    if (seat.busy) take(seat, latency_ns);
    fill(seat, call);
    do {
      take_what_is_there(call, latency_ns);
    } while (base::monotonic_ns() < due);
    seat.due_ns = due;
    submit(seat);
  }
  for (Seat& seat : seats_) {
    if (seat.busy) take(seat, latency_ns);
  }
  return call;
}

void Callers::fill(Seat& seat, std::uint64_t call) {
  seat.call = call;
  seat.row_index = next_row_;
  next_row_ = next_row_ + 1 == rows_.rows() ? 0 : next_row_ + 1;
  const std::span<const float> features = rows_.from(seat.row_index, 1);
  seat.row->reset();
  for (std::size_t i = 0; i < handles_.size(); ++i) seat.row->set(handles_[i], features[i]);
}

// Without a deadline: however long a call waits, that is its latency.
void Callers::submit(Seat& seat) {
  seat.ticket = seat.client->channel().submit(*seat.row, {.deadline = Deadline::none(), .route_key = keys_[seat.row_index]});
  seat.busy = true;
  ++tally_.sent;
}

void Callers::take(Seat& seat, std::span<std::uint32_t> latency_ns) {
  seat.client->channel().wait(seat.ticket, seat.answer);
  if (!latency_ns.empty()) {
    const std::uint64_t latency = base::monotonic_ns() - seat.due_ns;
    latency_ns[seat.call] =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(latency, std::numeric_limits<std::uint32_t>::max()));
  }
  seat.busy = false;
  check(seat);
}

// In the order in which they were sent.
void Callers::take_what_is_there(std::uint64_t next_call, std::span<std::uint32_t> latency_ns) {
  for (std::uint64_t back = std::min<std::uint64_t>(kClients - 1, next_call); back != 0; --back) {
    Seat& seat = seats_[(next_call - back) % kClients];
    if (seat.busy && seat.client->channel().poll(seat.ticket)) take(seat, latency_ns);
  }
}

void Callers::check(const Seat& seat) {
  const Prediction& answer = seat.answer;
  const auto note = [&](std::uint64_t& kind, const std::string& what) {
    ++kind;
    if (tally_.first_trouble.empty()) tally_.first_trouble = "row " + std::to_string(seat.row_index) + ": " + what;
  };
  if (answer.status() == Status::kTimeout) return note(tally_.late, "its deadline passed");
  if (!answer.ok()) return note(tally_.failed, std::string(name(answer.status())) + ": " + answer.explanation());
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    if (versions_[i].version != answer.version()) continue;
    ++tally_.by_version[i];
    const float expected = versions_[i].scores[seat.row_index], got = static_cast<float>(answer.score());
    if (same_bits(expected, got)) {
      ++tally_.right;
    } else {
      note(tally_.wrong, versions_[i].version + " answered " + std::to_string(got) + ", it has " + std::to_string(expected));
    }
    return;
  }
  note(tally_.foreign, "answered by " + std::string(answer.version()));
}

}  // namespace ringside::bench
