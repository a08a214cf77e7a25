// The whole run: an engine with two versions of a task, callers at 80 % of capacity, and what operators do.
//
//   windows   switches, canary moves, rollbacks between resident versions; inside: from command to 10 ms after publication
//   loading   slices in which a third version comes and goes (found, loaded, verified, retired, reclaimed), beside slices in which a hog
//             burns the same processor time in their place
//
// Two processors, on any machine: the engine's worker has one; the callers have the other, and the engine's other threads, the operator and the
// hog get what the callers leave of it. Priorities say so (worker and callers -20, the rest -10), and the whole goes before other sessions of
// the machine, where that is allowed.
//
// Thread safety: one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "bench/served_model.h"
#include "bench/switch/callers.h"
#include "bench/switch/operator_desk.h"
#include "bench/switch/phase.h"

namespace ringside::bench {

class SwitchRun {
 public:
  explicit SwitchRun(const Settings& settings);
  ~SwitchRun();
  SwitchRun(const SwitchRun&) = delete;
  SwitchRun& operator=(const SwitchRun&) = delete;

  // `rounds` times OperatorDesk::kChangesARound changes.
  [[nodiscard]] Phase in_windows(std::uint32_t rounds);
  // So many slices of each kind.
  [[nodiscard]] Phase while_loading(std::uint32_t slices);

  // Ends the program where any answer was wrong, late, missing or given twice; else says what was counted.
  [[nodiscard]] Tally must_be_good() const;

 private:
  void load_and_retire();

  std::string directory_;  // models/ and what is to arrive there
  FloatRows rows_;
  std::vector<VersionScores> scores_;
  std::unique_ptr<ServedModel> served_;
  std::unique_ptr<OperatorDesk> desk_;
  std::unique_ptr<Callers> callers_;
};

}  // namespace ringside::bench
