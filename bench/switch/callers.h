// The clients of the run: four connections, on one thread that owns its processor while calls are due, a call on each under way at a time.
//
//   fill a row · wait until it is due, taking answers meanwhile · submit · …          latency: due → answer in hand
//
// A stall is in the time of every call that was due during it. Every answer is compared, bit by bit, with what its version has for its row.
//
// Thread safety: one thread runs it; `stop` may be set by another; results are read after it has returned.
#pragma once

#include <ringside/client.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/float_rows.h"
#include "bench/switch/burst_schedule.h"

namespace ringside::bench {

// What a version answers for every row, computed in this process by the engine's own loader, plan and forest.
struct VersionScores {
  std::string version;
  std::vector<float> scores;
};
[[nodiscard]] VersionScores scores_of(const std::string& bundle_directory, const FloatRows& rows);

struct Tally {
  std::uint64_t sent = 0, right = 0;
  std::uint64_t failed = 0;   // neither answered nor late
  std::uint64_t late = 0;     // its deadline (1 s) had passed
  std::uint64_t foreign = 0;  // by a version that nobody has asked for
  std::uint64_t wrong = 0;    // other bits than those of the version that it names
  std::vector<std::uint64_t> by_version;
  std::string first_trouble;  // of the first one that is not right

  [[nodiscard]] bool good() const noexcept { return right == sent && sent != 0; }
};

class Callers {
 public:
  static constexpr std::size_t kClients = 4;

  // Ends the program where the engine in `run_dir` cannot be reached.
  Callers(const std::string& run_dir, const FloatRows& rows, std::span<const VersionScores> versions);

  // Calls a second when the next one is sent as soon as there is a client for it: the median of short pieces.
  [[nodiscard]] double measure_capacity();

  // Calls as scheduled until `stop`, or until `latency_ns` is full. Returns how many were sent; entry i is that of call i.
  std::uint64_t run(const BurstSchedule& schedule, std::span<std::uint32_t> latency_ns, const std::atomic<bool>& stop);

  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

 private:
  struct Seat {
    std::unique_ptr<Client> client;
    std::unique_ptr<Row> row;
    Prediction answer;
    Ticket ticket;
    std::size_t row_index = 0;
    std::uint64_t call = 0, due_ns = 0;
    bool busy = false;
  };

  void fill(Seat& seat, std::uint64_t call);
  void submit(Seat& seat);
  void take(Seat& seat, std::span<std::uint32_t> latency_ns);
  void check(const Seat& seat);
  void take_what_is_there(std::uint64_t next_call, std::span<std::uint32_t> latency_ns);

  const FloatRows& rows_;
  std::span<const VersionScores> versions_;
  std::vector<std::string> keys_;  // a route key a row
  std::vector<FieldHandle> handles_;
  std::array<Seat, kClients> seats_;
  std::size_t next_row_ = 0;
  Tally tally_;
};

}  // namespace ringside::bench
