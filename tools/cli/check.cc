// check DIR: what the engine would say of a bundle, without an engine.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "engine/bundle/loader.h"
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

}  // namespace

int check_bundle(const Globals& globals, const std::string& directory, bool use_reference) {
  const auto bundle = engine::load_bundle(directory, {.expected_task = globals.task, .use_reference = use_reference});
  if (!bundle) return failed(globals, directory, bundle.error());
  const engine::Bundle& good = **bundle;
  const engine::BundleFacts& facts = good.facts;
  if (globals.json) {
    print_line({{"ok", true},
                {"directory", directory},
                {"version", good.version},
                {"task", good.task},
                {"golden_rows", facts.golden_rows},
                {"golden_rejects", facts.golden_rejects},
                {"reference", facts.reference},
                {"inexact", facts.inexact_steps},
                {"warnings", facts.warnings},
                {"notes", facts.notes},
                {"problems", Json::array()}});
    return 0;
  }
  std::printf("%s is good: task %s, %u fields, %llu golden rows scored and %llu refused as Python did; %s\n",
              good.version.c_str(), good.task.c_str(), good.schema.size(), static_cast<unsigned long long>(facts.golden_rows),
              static_cast<unsigned long long>(facts.golden_rejects), facts.reference.c_str());
  for (const std::string& warning : facts.warnings) std::printf("warning: %s\n", warning.c_str());
  for (const std::string& step : facts.inexact_steps) std::printf("inexact: %s\n", step.c_str());
  for (const std::string& note : facts.notes) std::printf("note: %s\n", note.c_str());
  return 0;
}

}  // namespace ringside::cli
