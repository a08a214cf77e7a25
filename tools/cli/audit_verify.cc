// audit verify: is the journal what was written? Reads its files alone, whether or not an engine runs.
#include <chrono>
#include <cstdio>

#include "engine/ledger/chain/verify.h"
#include "tools/cli/audit.h"
#include "tools/cli/audit_source.h"
#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

Json document(const engine::ChainReport& report, double seconds) {
  Json problem = nullptr;
  if (report.problem) {
    problem = {{"kind", report.problem->kind},
               {"file", report.problem->file},
               {"begin", report.problem->begin},
               {"end", report.problem->end == 0 ? Json(nullptr) : Json(report.problem->end)},
               {"text", report.problem->text}};
  }
  return {{"ok", !report.problem},
          {"files", report.files},
          {"blocks", report.blocks},
          {"records", report.records},
          {"bytes", report.bytes},
          {"seconds", seconds},
          {"checkpoints", report.checkpoints},
          {"signed_until", report.signed_until.empty() ? Json(nullptr) : Json(report.signed_until)},
          {"bytes_behind", report.bytes_behind},
          {"notes", report.notes},
          {"problem", std::move(problem)}};
}

void print_text(const engine::ChainReport& report, double seconds) {
  std::printf("%s, %s, %s, %llu bytes in %.2f s (%.0f MB/s)\n", counted(report.files, "file").c_str(),
              counted(report.blocks, "block").c_str(), counted(report.records, "record").c_str(),
              static_cast<unsigned long long>(report.bytes), seconds,
              seconds > 0 ? static_cast<double>(report.bytes) / 1e6 / seconds : 0.0);
  if (report.checkpoints != 0) {
    std::printf("%s, the newest to %s; %llu bytes behind it\n",
                (counted(report.checkpoints, "checkpoint") + (report.checkpoints == 1 ? " agrees" : " agree")).c_str(),
                report.signed_until.c_str(), static_cast<unsigned long long>(report.bytes_behind));
  }
  for (const std::string& note : report.notes) std::printf("note: %s\n", note.c_str());
  if (!report.problem) std::puts("every link of the chain holds");
}

}  // namespace

int audit_verify(const Globals& globals, const AuditOptions& options) {
  const auto state = audit_state(globals, options);
  if (!state) return report(globals, state.error());
  std::vector<engine::CheckpointKey> keys;
  if (!options.keys.empty()) {
    auto read = engine::read_checkpoint_keys(options.keys);
    if (!read) return report(globals, trouble(ExitStatus::kUsage, "--keys: " + read.error()));
    keys = std::move(*read);
  }
  const auto checkpoints = engine::read_checkpoints(options.checkpoint.empty() ? *state + "/checkpoints" : options.checkpoint);
  if (!checkpoints)
    return report(globals,
                  trouble(options.checkpoint.empty() ? ExitStatus::kCheckFailed : ExitStatus::kUsage, checkpoints.error()));
  if (!options.checkpoint.empty() && checkpoints->empty())
    return report(globals, trouble(ExitStatus::kUsage, "--checkpoints " + options.checkpoint + ": there is none in it"));
  const auto begin = std::chrono::steady_clock::now();
  const auto verified = engine::verify_journal(*state + "/journal", *checkpoints, keys);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!verified) return report(globals, trouble(ExitStatus::kFailed, verified.error()));
  if (globals.json) {
    print_line(document(*verified, seconds));
    return verified->problem ? static_cast<int>(ExitStatus::kCheckFailed) : 0;
  }
  print_text(*verified, seconds);
  if (!verified->problem) return 0;
  const engine::ChainProblem& problem = *verified->problem;
  std::string where = problem.file + ", from byte " + std::to_string(problem.begin);
  if (problem.end != 0) where += " to " + std::to_string(problem.end);
  return report(globals, trouble(ExitStatus::kCheckFailed, problem.kind + ": " + where + ": " + problem.text));
}

}  // namespace ringside::cli
