// The commands, each from its options to an exit status. main.cc reads the command line and calls one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tools/cli/outcome.h"

namespace ringside::cli {

int show_status(const Globals& globals);
int show_versions(const Globals& globals);
int show_schema(const Globals& globals, const std::string& version);  // empty: the one that answers

// Offline: reads the directory with the engine's own code.
int check_bundle(const Globals& globals, const std::string& directory, bool use_reference);

struct SwitchOptions {
  std::string version, reason;
  bool dry_run = false, persist = false, force = false;
};
int switch_version(const Globals& globals, const SwitchOptions& options);
int roll_back(const Globals& globals, const std::string& reason);

struct PredictOptions {
  std::string input;    // a file, or "-"
  std::string version;  // empty: as traffic is routed
  std::uint32_t batch = 1;
  std::chrono::nanoseconds deadline{std::chrono::seconds(1)};  // zero: none
  bool features = false;
};
int predict(const Globals& globals, const PredictOptions& options);

}  // namespace ringside::cli
