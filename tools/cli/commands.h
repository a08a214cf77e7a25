// The commands, each from its options to an exit status. main.cc reads the command line and calls one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tools/cli/outcome.h"

namespace ringside::cli {

int show_status(const Globals& globals);
int show_versions(const Globals& globals);
int show_history(const Globals& globals, unsigned limit);           // the newest events
int show_schema(const Globals& globals, const std::string& version);  // empty: the one that answers
int show_drift(const Globals& globals, const std::string& version);   // empty: the one that answers

// Offline: reads the directory with the engine's own code.
struct CheckOptions {
  std::string directory;
  std::string keys;  // trusted public keys: then a signature by one of them is required; empty: not looked at
  bool use_reference = true;
};
int check_bundle(const Globals& globals, const CheckOptions& options);

// Offline: checks the directory as check_bundle() does, and writes manifest.sig into it.
struct SignOptions {
  std::string directory, key;
};
int sign_bundle(const Globals& globals, const SignOptions& options);

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
