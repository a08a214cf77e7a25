// One thread of a run: it fills the next call, waits until it is due (open loop), sends it, and records what came back.
//
//   closed   fill | send ─── answer | fill | send ─── answer |      latency: send → answer
//   open     fill | wait … due ─ send ─── answer | fill | …         latency: due → answer
//
// Filling is not in the latency unless it makes an open loop late.
//
// Thread safety: one thread runs it; what it recorded may be read after it was joined. Cost: nothing is allocated in the loop once
// builders and answers have grown.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/load/histogram.h"
#include "tools/load/input_rows.h"
#include "tools/load/load_options.h"

namespace ringside::load {

inline constexpr std::size_t kStatuses = static_cast<std::size_t>(Status::kFail) + 1;

struct SecondCounts {
  std::uint64_t calls = 0;  // answered in this second of the run
  std::uint64_t rows_ok = 0;
  std::uint64_t max_ns = 0;  // the slowest of them
};

struct CallerRecord {
  Histogram latency_ns;  // a call
  std::uint64_t calls = 0, rows = 0;
  std::uint64_t not_sent = 0;  // open loop: due, but the run ended before they could be sent; their wait so far is in latency_ns
  std::array<std::uint64_t, kStatuses> statuses{};              // rows by Status
  std::vector<std::pair<std::string, std::uint64_t>> versions;  // rows by the version that answered
  std::vector<SecondCounts> seconds;
  std::string first_trouble;  // explanation of the first row that was not ok
  std::uint64_t end_ns = 0;   // of its last call
};

class Caller {
 public:
  Caller(const LoadOptions& options, const InputRows& rows, const Schema& schema, Channel& channel, std::uint32_t thread);
  // Returns when the run is over. `start_ns`: the same for all threads.
  void run(std::uint64_t start_ns);
  [[nodiscard]] const CallerRecord& record() const noexcept { return record_; }

 private:
  void fill(std::uint64_t call);
  void send(std::uint64_t from_ns);
  void note(const RowAnswer& answer);
  void run_closed();
  void run_open();

  const LoadOptions& options_;
  const InputRows& rows_;
  Channel& channel_;
  std::uint32_t thread_;
  CallOptions call_options_;
  Row row_;
  Batch batch_;
  Prediction prediction_;
  BatchResult result_;
  std::uint64_t start_ns_ = 0, end_ns_ = 0, rows_ok_before_ = 0;
  CallerRecord record_;
};

}  // namespace ringside::load
