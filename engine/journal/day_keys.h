// The keys of the encrypted part of records: one a day and start, in files outside the journal, so that destroying a day's file erases what
// its records kept.
//
//   <folder>/2026-11-25.keys    0600, a line a start: <id, 8 hex digits> <key, 64 hex digits>
//
//   auto keys = DayKeys::open(folder, wall_ns);
//   keys->now()                  worker: the key to use; never null
//   keys->look(wall_ns)          its owner, now and then: a new day has a new key
//
// A key belongs to one start, so a worker's counter alone makes a nonce that is never used twice under it. It is on the disk before its first
// use. What a start used before yesterday it forgets.
//
// Thread safety: now() from any thread; the rest by its owner. Errors: what the system refused; the key before stays in use.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <ringside/result.h>

namespace ringside::engine {

struct DayKey {
  std::uint32_t id = 0;   // random; names the key in records
  std::uint32_t day = 0;  // since 1970, UTC
  std::array<unsigned char, 32> bytes{};
};

class DayKeys {
 public:
  static Result<std::unique_ptr<DayKeys>, std::string> open(const std::string& folder, std::uint64_t wall_ns);
  ~DayKeys();

  [[nodiscard]] const DayKey* now() const noexcept { return now_.load(std::memory_order_acquire); }
  Result<Done, std::string> look(std::uint64_t wall_ns);

 private:
  explicit DayKeys(std::string folder) : folder_(std::move(folder)) {}
  Result<Done, std::string> make(std::uint32_t day);

  std::string folder_;
  std::deque<DayKey> made_;  // workers may still look at what now() gave
  std::atomic<const DayKey*> now_{nullptr};
};

[[nodiscard]] std::string day_text(std::uint32_t day);  // 2026-11-25
[[nodiscard]] std::uint32_t day_of(std::uint64_t wall_ns) noexcept;

// All that are left. No folder: none. Error: it, or a file of it, cannot be read.
[[nodiscard]] Result<std::vector<DayKey>, std::string> read_day_keys(const std::string& folder);

}  // namespace ringside::engine
