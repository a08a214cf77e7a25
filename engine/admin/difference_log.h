// What the log says of rows that several versions scored differently in one call (predict_ab): a line a version, at most once a minute, with how many
// since the line before. The counts themselves are on the metrics page; each row's scores are in the journal.
//
//   for (const std::string& line : log.lines(versions.list(), now)) spdlog::info(line)
//
// Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/versions/versions.h"

namespace ringside::engine {

class DifferenceLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kEvery{60};

  [[nodiscard]] std::vector<std::string> lines(const std::vector<VersionStatus>& versions, Clock::time_point now);

 private:
  struct Told {
    std::uint64_t compared = 0, differing = 0;
    Clock::time_point at = {};
    bool ever = false;
  };
  std::map<std::string, Told> told_;  // by version
};

}  // namespace ringside::engine
