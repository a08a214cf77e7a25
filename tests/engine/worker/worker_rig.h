// A worker thread with all that it needs, in the test's process: publish bundles, seat channels, post calls.
//
//   WorkerRig rig;
//   rig.serve({make_bundle({})});                       resident; the first is current
//   Seat seat = rig.make_seat();                        a session of one channel with the schema {x}, and a client on it
//   rig.seat({&seat});                                  polled from now on
//   rig.start();
//   const Answer answer = seat.call(std::vector{5.0, 15.0});
//
// Gate: holds the worker in the middle of a pass, at a place that a test chooses. A channel that lies makes the worker call
// on_lie; there the gate keeps it until open(). What stands before the liar in the seating has then had its turn in this pass,
// and nothing else.
#pragma once

#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/worker/worker.h"
#include "schemas/wire/schema_hash.h"
#include "tests/support/call_client.h"
#include "tests/support/made_bundle.h"
#include "tests/support/shared_channels.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {

// Fills a body with one column of numbers.
inline void fill_x(wire::CallBody& body, std::span<const double> xs) {
  body.start(1, static_cast<std::uint16_t>(xs.size()));
  for (std::size_t row = 0; row < xs.size(); ++row) body.set(0, static_cast<std::uint16_t>(row), wire::Cell::real(xs[row]));
}

inline ClientSchema schema_of(const std::vector<std::string>& names) {
  ClientSchema schema;
  wire::SchemaHasher hasher;
  for (const std::string& name : names) {
    schema.columns.push_back({name, wire::Dtype::kFloat});
    hasher.add(wire::Dtype::kFloat, name);
  }
  schema.hash = hasher.hash();
  return schema;
}

// One client: a session in this process and the client's half of its first channel.
class Seat {
 public:
  using Terms = test::CallClient::Terms;

  Seat(std::uint64_t client_id, std::uint64_t schema_hash)
      : shared_(std::make_shared<test::SharedChannels>(1, client_id)),
        client_(shared_->view(0), [shared = shared_.get()] { shared->ring(); }),
        schema_hash_(schema_hash) {}

  std::uint64_t post(std::span<const double> xs, const Terms& terms) {
    fill_x(body, xs);
    return client_.post(body, schema_hash_, terms);
  }
  std::uint64_t post(std::span<const double> xs) { return post(xs, Terms{}); }
  test::Answer call(std::span<const double> xs, const Terms& terms) { return client_.wait(post(xs, terms)); }
  test::Answer call(std::span<const double> xs) { return client_.wait(post(xs, Terms{})); }

  [[nodiscard]] test::CallClient& client() { return client_; }
  [[nodiscard]] test::SharedChannels& shared() { return *shared_; }
  [[nodiscard]] const std::shared_ptr<test::SharedChannels>& session() { return shared_; }
  [[nodiscard]] Channel* channel() { return &shared_->channel(0); }
  [[nodiscard]] std::uint64_t schema_hash() const { return schema_hash_; }

  // Sends what no honest client sends.
  void lie() {
    const double x = 1;
    fill_x(body, {&x, 1});
    wire::RequestGeometry geometry = client_.prepare(body, schema_hash_);
    geometry.out_offset = 0xFFFF'FFF8;
    client_.post_as_is(geometry);
  }

  wire::CallBody body;

 private:
  std::shared_ptr<test::SharedChannels> shared_;
  test::CallClient client_;
  std::uint64_t schema_hash_;
};

class WorkerRig {
 public:
  // `journal`: outlives the rig.
  explicit WorkerRig(WaitMode wait = WaitMode::kAdaptive, WorkerJournal* journal = nullptr)
      : worker_({.index = 0, .wait = wait, .rows_max = 512, .journal = journal}, roster, publisher, quiescence.reader(0), counters,
                [this] { on_lie(); }) {
    static_cast<void>(publisher.add_schema(schema_of({"x"})));
  }
  ~WorkerRig() { stop(); }

  void start() {
    thread_ = std::thread([this] {
      if (on_thread_start) on_thread_start();
      worker_.run();
    });
  }
  void stop() {
    if (!thread_.joinable()) return;
    open();
    worker_.stop();
    thread_.join();
  }

  std::shared_ptr<const Resident> admit(const std::shared_ptr<const Bundle>& bundle) { return *publisher.admit(bundle); }
  // These bundles and no others; the first is current.
  void serve(const std::vector<std::shared_ptr<const Bundle>>& bundles) {
    std::vector<std::shared_ptr<const Resident>> residents;
    for (const auto& bundle : bundles) residents.push_back(admit(bundle));
    publisher.update([&](TrafficDraft& draft) {
      draft.residents = residents;
      draft.current = residents.empty() ? nullptr : residents.front();
      draft.previous = nullptr;
    });
  }

  // Its memory stays until the rig has stopped its worker. A guest's goes with the guest: unseat it and let a grace period pass.
  Seat make_seat() {
    Seat seat = make_guest();
    sessions_.push_back(seat.session());
    return seat;
  }
  Seat make_guest() { return {next_client_++, schema_of({"x"}).hash}; }
  // Clients are polled once they are seated, all together.
  void seat(const std::vector<Seat*>& seats) {
    ChannelSet channels;
    for (Seat* seat : seats) {
      channels.push_back(seat->channel());
      if (!roster.add_doorbell(0, seat->shared().doorbell()) && errno != EEXIST) std::abort();
    }
    roster.set_channels(0, std::move(channels));
  }
  void unseat_all() { roster.set_channels(0, {}); }

  // The gate.
  void close() { open_.store(false); }
  void wait_until_held() {
    test::wait_until([&] { return held_.load(); });
  }
  void open() { open_.store(true); }

  test::Watchdog watchdog;
  Quiescence quiescence{1};
  Reclaimer reclaimer{quiescence};
  Roster roster{1, reclaimer};
  Directory directory{*Directory::make(1)};
  TrafficPublisher publisher{1, reclaimer, directory};
  WorkerCounters counters;
  std::function<void()> on_thread_start;
  std::atomic<std::uint64_t> lies{0};

 private:
  void on_lie() {
    lies.fetch_add(1);
    held_.store(true);
    test::wait_until([&] { return open_.load(); });
    held_.store(false);
  }

  std::uint64_t next_client_ = 1;
  std::vector<std::shared_ptr<test::SharedChannels>> sessions_;
  std::atomic<bool> open_{true}, held_{false};
  Worker worker_;
  std::thread thread_;
};

[[nodiscard]] inline std::uint64_t rows_counted(const WorkerRig& rig, wire::Status status) {
  return rig.counters.rows[static_cast<std::size_t>(status)].value();
}

// x below 10 scores 1, else 2, in a bundle as made_bundle.h makes it by default.
[[nodiscard]] inline std::vector<double> ramp(std::size_t rows) {
  std::vector<double> xs;
  for (std::size_t row = 0; row < rows; ++row) xs.push_back(static_cast<double>(row * 7 % 20));
  return xs;
}

}  // namespace ringside::engine
