// check DIR: what the engine would say of a bundle, without an engine.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "engine/bundle/loader.h"
#include "engine/bundle/signature.h"
#include "tools/cli/columns.h"
#include "tools/cli/commands.h"

namespace ringside::cli {
namespace {

Json problem_document(const engine::BundleProblem& problem) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  return {{"text", problem.text()},
          {"file", text_or_null(problem.file)},
          {"key", text_or_null(problem.key)},
          {"row", problem.row == 0 ? Json(nullptr) : Json(problem.row)},
          {"expected", text_or_null(problem.expected)},
          {"found", text_or_null(problem.found)}};
}

// What is wrong with the bundle is mended by its maker; what is wrong with the command, by whoever typed it.
std::string advice(const Globals& globals, const std::string& directory, const std::vector<engine::BundleProblem>& problems) {
  std::error_code error;
  if (!std::filesystem::exists(directory + "/manifest.json", error)) {
    return "give the directory of a bundle, such as models/loan_default_v1.0.0; if this is one, copy it again as a whole";
  }
  const auto of_another_task = [](const engine::BundleProblem& problem) { return problem.key == "task_name"; };
  if (!globals.task.empty() && std::ranges::all_of(problems, of_another_task)) {
    return "give the --task that the bundle is of, or another bundle";
  }
  if (std::ranges::all_of(problems, [](const auto& problem) { return problem.file == "manifest.sig"; }))
    return "ask who made the bundle to sign it (ringside sign), or trust the key that signed it";
  return "export it again (tools/export/ringside-export), or copy it again as a whole";
}

int failed(const Globals& globals, const std::string& directory, const std::vector<engine::BundleProblem>& problems) {
  const int status = static_cast<int>(ExitStatus::kCheckFailed);
  Json list = Json::array();
  for (const auto& problem : problems) list.push_back(problem_document(problem));
  if (globals.json) {
    print_line({{"ok", false}, {"directory", directory}, {"version", nullptr}, {"task", nullptr}, {"problems", std::move(list)}});
    return status;
  }
  return report(globals, {.status = ExitStatus::kCheckFailed,
                          .error = directory + " is not a good bundle: " + std::to_string(problems.size()) +
                                   (problems.size() == 1 ? " problem" : " problems"),
                          .next = advice(globals, directory, problems),
                          .detail = std::move(list),
                          .extra = Json::object()});
}

std::string milliseconds(std::chrono::nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", std::chrono::duration<double, std::milli>(time).count());
  return text;
}

Json good_document(const std::string& directory, const engine::Bundle& bundle) {
  const engine::BundleFacts& facts = bundle.facts;
  Json stages = Json::array();
  for (const auto& [stage, time] : facts.stages)
    stages.push_back({{"stage", stage}, {"ms", std::chrono::duration<double, std::milli>(time).count()}});
  return {{"ok", true},
          {"directory", directory},
          {"version", bundle.version},
          {"task", bundle.task},
          {"manifest_sha256", facts.manifest_sha256},
          {"signature", facts.signature},
          {"golden_rows", facts.golden_rows},
          {"golden_rejects", facts.golden_rejects},
          {"golden_walks", facts.golden_walks},
          {"reference", facts.reference},
          {"inexact", facts.inexact_steps},
          {"warnings", facts.warnings},
          {"notes", facts.notes},
          {"load_ms", std::chrono::duration<double, std::milli>(facts.load_time).count()},
          {"stages", std::move(stages)},
          {"problems", Json::array()}};
}

// What was looked at, what was found there, and how long it took.
std::string good_report(const engine::Bundle& bundle) {
  const engine::BundleFacts& facts = bundle.facts;
  const auto count = [](std::uint64_t number) { return std::to_string(number); };
  std::map<std::string, std::string> found = {
      {"files", count(facts.files) + " files, " + count(facts.file_bytes) + " bytes: as manifest.json lists them, and no others"},
      {"formats", count(bundle.schema.size()) + " fields"},
      {"build", count(bundle.plan.features()) + " features, " + count(bundle.scorer.trees()) + " trees, " +
                    std::string(bundle.scorer.objective()) + "; walked by " + facts.kernel},
      {"golden", count(facts.golden_rows) + " rows scored and " + count(facts.golden_rejects) +
                     " refused as Python did, in every bit, alone and in tiles; " + count(facts.golden_walks) +
                     " walks through every tree"},
      {"reference", facts.reference}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& [stage, time] : facts.stages) rows.push_back({"  " + stage, milliseconds(time), found[stage]});
  rows.push_back({"  signature", "", facts.signature == "not checked" ? "not checked (--keys FILE|DIR does)" : facts.signature});
  std::string text = bundle.version + " is good: task " + bundle.task + ", checked in " + milliseconds(facts.load_time) + "\n";
  text += columns(rows);
  for (const std::string& warning : facts.warnings) text += "warning: " + warning + "\n";
  for (const std::string& step : facts.inexact_steps) text += "inexact: " + step + "\n";
  for (const std::string& note : facts.notes) text += "note: " + note + "\n";
  return text;
}

}  // namespace

int check_bundle(const Globals& globals, const CheckOptions& options) {
  if (!options.keys.empty()) {  // first: with keys that cannot be used nothing can be said of the bundle
    if (const auto keys = engine::read_public_keys(options.keys); !keys) {
      return report(globals, trouble(ExitStatus::kUsage, "--keys " + keys.error().text() +
                                                             "; next: openssl pkey -in release.key -pubout -out release.pem"));
    }
  }
  const auto bundle = engine::load_bundle(
      options.directory, {.expected_task = globals.task,
                          .use_reference = options.use_reference,
                          .signature = options.keys.empty() ? engine::SignatureMode::kOff : engine::SignatureMode::kRequire,
                          .trusted_keys = options.keys});
  if (!bundle) return failed(globals, options.directory, bundle.error());
  if (globals.json) {
    print_line(good_document(options.directory, **bundle));
  } else {
    std::fputs(good_report(**bundle).c_str(), stdout);
  }
  return 0;
}

}  // namespace ringside::cli
