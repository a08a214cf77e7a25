// The configuration as it is now, with where each value comes from: as it was read at the start, changed by reloads and by operators.
//
// Thread safety: any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config_keys.h"
#include "engine/config/reload.h"

namespace ringside::engine {

class LiveConfig {
 public:
  explicit LiveConfig(EngineConfig config) : config_(std::move(config)) {}

  [[nodiscard]] std::vector<ConfigRow> rows() const {
    const std::lock_guard lock(mutex_);
    return config_rows(config_);
  }
  [[nodiscard]] ReloadPlan plan(const EngineConfig& fresh) const {
    const std::lock_guard lock(mutex_);
    return plan_reload(config_, fresh);
  }
  void take(EngineConfig config) {
    const std::lock_guard lock(mutex_);
    config_ = std::move(config);
  }
  // By an operator, until the next reload. `source`: who.
  void set_log_level(LogLevel level, const std::string& source) {
    const std::lock_guard lock(mutex_);
    config_.log.level = level;
    config_.sources["log.level"] = source;
  }

 private:
  mutable std::mutex mutex_;
  EngineConfig config_;
};

}  // namespace ringside::engine
