// What operators said last, kept over restarts: traffic.json (config/operator_choice.h) and pins.tsv (versions/pins_file.h).
//
// Thread safety: restore() and previous() before anybody else; keep() by whoever changed something, one after the other (versions.h `remember`).
// Cost: keep() waits for the disk.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "engine/config/operator_choice.h"
#include "engine/traffic/roles.h"
#include "engine/versions/pins_file.h"

namespace ringside::engine {

class OperatorsWord {
 public:
  OperatorsWord(std::string task_state_directory, std::string models_directory)
      : state_directory_(std::move(task_state_directory)), models_(std::move(models_directory)), pins_file_(state_directory_) {}

  // What they left behind before a restart. Error: pins that cannot be read; nobody may be moved to another version in silence.
  Result<OperatorRoles, std::string> restore();

  // What a rollback led to. Where this start is itself a change of versions, that is the one which answered before.
  [[nodiscard]] std::string previous(const std::string& starting) const {
    return choice_.version.empty() || choice_.version == starting ? choice_.previous : choice_.version;
  }

  // `version` empty: who is current was not touched, nor is `previous` then.
  Result<Done, std::string> keep(const std::string& version, const std::string& previous, const OperatorRoles& roles);
  Result<Done, std::string> keep(const Pins& now, const std::vector<PinChange>& changes) { return pins_file_.keep(now, changes); }

 private:
  std::string state_directory_, models_;
  OperatorChoice choice_;  // as it stands on disk
  PinsFile pins_file_;
};

}  // namespace ringside::engine
