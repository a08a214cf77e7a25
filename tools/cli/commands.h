// The commands, each from its options to an exit status. main.cc reads the command line and calls one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/cli/outcome.h"

namespace ringside::cli {

int show_status(const Globals& globals);
int show_versions(const Globals& globals);
int show_history(const Globals& globals, unsigned limit);           // the newest events
int show_schema(const Globals& globals, const std::string& version);  // empty: the one that answers
int show_comparison(const Globals& globals, const std::string& first, const std::string& second);
int show_shadow(const Globals& globals);
int show_drift(const Globals& globals, const std::string& version);   // empty: the one that answers
int show_metrics(const Globals& globals, const std::string& names);  // "ringside" or "triton"

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

// The programs' own checks of these are usage errors; the engine has the last word.
struct CanaryOptions {
  std::string version, salt, reason;  // version "off": the canary ends
  double percent = 0;
  bool has_percent = false;
};
int set_canary(const Globals& globals, const CanaryOptions& options);

struct ShadowOptions {
  std::string version, reason;  // version "off": the shadow ends
  double percent = 100;
  bool has_percent = false;
};
int set_shadow(const Globals& globals, const ShadowOptions& options);

struct PinOptions {
  std::vector<std::string> words;  // pin: KEY VERSION, or VERSION with a tag; unpin: keys
  std::string tag, file, reason;
  bool all = false;
};
int pin(const Globals& globals, const PinOptions& options);
int unpin(const Globals& globals, const PinOptions& options);

struct PinsOptions {
  std::string key, tag;
  bool all = false;
};
int show_pins(const Globals& globals, const PinsOptions& options);

struct LabelOptions {
  std::string label, version, reason;
  bool remove = false;
};
int set_label(const Globals& globals, const LabelOptions& options);

struct RowOptions {
  std::string input;  // a file, or "-"
  std::uint32_t batch = 1;
  std::chrono::nanoseconds deadline{std::chrono::seconds(1)};  // zero: none
  bool features = false;
};
struct PredictOptions : RowOptions {
  std::string version;  // empty: as traffic is routed
  std::string label;    // likewise
};
int predict(const Globals& globals, const PredictOptions& options);

struct AbOptions : RowOptions {
  std::vector<std::string> versions;  // 2 to kTargetsMax: a version, label:NAME, or "default": as traffic is routed
};
int predict_ab(const Globals& globals, const AbOptions& options);

}  // namespace ringside::cli
