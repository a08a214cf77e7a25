// How a command ends when it did not do what it was asked to: what happened, the details, what to type next, and the exit status.
//
//   error: loan_default_v1.2.0 failed its check; nothing was changed           {"error":…,"detail":[…],"next":…,"exit_status":5}
//     golden.jsonl row 17: margin[0]: expected 3f800000, found 3f800001
//   next: ringside versions
//
// People read it on standard error; with --json programs read it on standard output, like every other answer.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <ringside/result.h>

#include "schemas/process/exit_status.h"

namespace ringside::cli {

using Json = nlohmann::ordered_json;

struct Trouble {
  ExitStatus status = ExitStatus::kFailed;
  std::string error;
  std::string next;             // what to type
  Json detail = Json::array();  // [{"text":…}]
  Json extra = Json::object();  // more members of the JSON form: outcome, from, to, trace_id
};

// Options that stand before or after any command.
struct Globals {
  std::string run_dir;  // empty: the default
  std::string task;     // empty: the only one there
  bool json = false;
};

// Prints it in the right form and returns the exit status.
int report(const Globals& globals, const Trouble& trouble);

// One line on standard output. Text that is not UTF-8 is replaced by U+FFFD.
void print_line(const Json& document);

// "…; next: ringside versions" → error and next.
[[nodiscard]] Trouble trouble(ExitStatus status, const std::string& message);

}  // namespace ringside::cli
