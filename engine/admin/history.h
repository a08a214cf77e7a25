// Who did what when and why: every switch, rollback, load and retirement of a task, kept over restarts in
// <state-dir>/<task>/history.jsonl, one JSON object a line, oldest first:
//
//   {"at":"2026-11-25T08:00:00.000Z","actor":"uid 0 (root)","action":"switch","from":"a_v1.0.0","to":"a_v1.1.0",
//    "reason":"spring cohort","outcome":"done","message":"a_v1.1.0 answers now"}
//
// A file of more than kHistoryBytesMax is renamed to history.1.jsonl, in the place of the one before it. A line that a crash cut short is
// passed over. Where the disk refuses, the events are kept in memory and the trouble is told.
//
// Thread safety: all members from any thread. Cost: append() writes one line; it waits for no disk.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "engine/versions/versions.h"

namespace ringside::engine {

inline constexpr std::size_t kHistoryBytesMax = 4u << 20;
inline constexpr std::size_t kHistoryEventsMax = 1'000;  // kept in memory, and shown

class History {
 public:
  // Reads what earlier engines left. `trouble` is told why a line could not be written, once for each row of failures.
  History(std::string task_state_dir, std::function<void(const std::string& text)> trouble);

  void append(const VersionEvent& event);

  // The last ones, newest first.
  [[nodiscard]] std::vector<VersionEvent> last(std::size_t count) const;

 private:
  void read(const std::string& path);
  [[nodiscard]] std::string write(const std::string& line) const;  // what went wrong; empty: nothing

  std::string directory_;
  std::function<void(const std::string&)> trouble_;
  mutable std::mutex mutex_;
  std::deque<VersionEvent> events_;  // oldest first
  bool failing_ = false;
};

}  // namespace ringside::engine
