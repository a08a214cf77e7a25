// How often a warning or error of one kind is written: a disk that refuses every write must not fill the disk with saying so.
//
//   "cannot write 3.rsj: No space left"  ┐ one kind: texts that differ in numbers alone
//   "cannot write 4.rsj: No space left"  ┘
//
// A window begins with a kind's first line; of the lines in it, the first so many are written, the rest counted. The next line that
// is written carries the count; where none follows, due() says it.
//
// Thread safety: none of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ringside::engine {

class RepeatLimit {
 public:
  using Clock = std::chrono::steady_clock;
  struct Terms {
    std::uint32_t lines = 10;
    std::chrono::seconds window{60};
    std::size_t kinds_max = 256;  // beyond, all others are one kind
  };
  struct LeftOut {
    std::string message;  // the last of them
    std::uint64_t count;
  };

  RepeatLimit() : RepeatLimit(Terms{}) {}
  explicit RepeatLimit(const Terms& terms) : terms_(terms) {}

  // How many of its kind were left out before this line; nothing: it is left out too.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view message, Clock::time_point now);
  // Kinds whose window ended and of which some were left out; they are told once.
  [[nodiscard]] std::vector<LeftOut> due(Clock::time_point now);

 private:
  struct Kind {
    Clock::time_point begin;
    std::uint32_t written = 0;
    std::uint64_t left_out = 0;
    std::string last;  // left out
  };
  [[nodiscard]] Kind& kind_of(std::string_view message, Clock::time_point now);

  Terms terms_;
  std::unordered_map<std::string, Kind> kinds_;
};

}  // namespace ringside::engine
