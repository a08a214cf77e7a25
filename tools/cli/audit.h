// audit: the record of predictions, asked, checked, scored again and written out. Options and what runs them.
//
//   audit_options.cc ──▶ AuditOptions ──▶ audit_query.cc   query, stats, export ──▶ AuditSource ──▶ admin.sock, or the index itself
//                                         audit_verify.cc  verify ──▶ journal files
//                                         audit_replay.cc  replay ──▶ AuditSource and bundles
//                                         audit_hold.cc    hold ──▶ holds.json
//                                         audit_key.cc     key ──▶ journal.key, day_keys
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/outcome.h"

namespace CLI {
class App;
}

namespace ringside::cli {

struct AuditOptions {
  std::string what;  // the command below `audit`
  std::string user, version, from, to, request_id, status, cursor, by;
  std::uint64_t limit = 0;  // 0: the command's default
  bool overruled = false;
  bool decrypt = false;  // encrypted parts, with the keys of <state-dir>/<task>/day_keys: read here, never by the engine
  std::string day_keys;  // empty: <state-dir>/<task>/day_keys
  std::string state_dir, key_file;  // empty: the engine is asked; without one, the default state directory is read
  std::string format, out;  // format: csv, jsonl; empty: the command's default
  std::string keys, checkpoint;           // of verify
  std::string models = "./models", with;  // of replay
  std::string reason, id;                 // of hold; of key: the day

  // Those of the question, by the names of GET /audit.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> parameters() const;
};

// The commands below `audit`; `options.what` says which was given.
void declare_audit(CLI::App& app, AuditOptions& options);

// For the sources beside it.
void add_audit_times(CLI::App* to, AuditOptions& options);
void add_audit_place(CLI::App* to, AuditOptions& options);
void declare_audit_hold(CLI::App& audit, AuditOptions& options);
void declare_audit_key(CLI::App& audit, AuditOptions& options);

int audit(const Globals& globals, const AuditOptions& options);

int audit_query(const Globals& globals, const AuditOptions& options);
int audit_stats(const Globals& globals, const AuditOptions& options);
int audit_export(const Globals& globals, const AuditOptions& options);
int audit_verify(const Globals& globals, const AuditOptions& options);
int audit_key(const Globals& globals, const AuditOptions& options);
int audit_hold(const Globals& globals, const AuditOptions& options);
int audit_replay(const Globals& globals, const AuditOptions& options);

}  // namespace ringside::cli
