// What a run is asked to do: the command line as a value.
//
// Thread safety: a value and pure functions.
#pragma once

#include <ringside/client.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::load {

enum class Mode : std::uint8_t {
  kClosed,  // each thread sends its next call when the last one is answered: how much the engine can do
  kOpen,    // calls are sent at a fixed rate whatever the engine does: what a service's callers would feel
};

struct LoadOptions {
  Mode mode = Mode::kClosed;
  double rate = 0;  // open: calls a second, all threads together
  std::uint32_t threads = 1;
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
  std::uint32_t batch = 1;  // rows a call
  std::string input;        // JSON Lines, one row a line

  std::string run_dir, task, version;
  Wait wait = Wait::kAdaptive;
  std::chrono::nanoseconds deadline = std::chrono::seconds(1);  // zero: none

  bool json = false;
  std::string html;  // a file to write; empty: none
};

inline constexpr std::uint32_t kThreadsMax = 64;
inline constexpr std::chrono::hours kDurationMax{1};

// "500us", "20ms", "10s", "2m", "1h", "250ns", "0"; none where it is anything else or negative.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

[[nodiscard]] std::string_view name(Mode mode) noexcept;
[[nodiscard]] std::string_view name(Wait wait) noexcept;

}  // namespace ringside::load
