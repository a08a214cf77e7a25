// One question to an engine's admin.sock and its answer; blocking, with a time limit.
//
// Thread safety: no state. Cost: a connection each.
#pragma once

#include <chrono>
#include <string>

#include <ringside/result.h>

#include "tools/cli/outcome.h"

namespace ringside::cli {

struct AdminAnswer {
  unsigned status = 0;  // HTTP
  Json document;     // null where `text` is what came
  std::string text;  // an answer in plain text, such as that of /metrics
};

// Where the engine of `globals` is. Error: no task there (unreachable), several (usage).
[[nodiscard]] Result<std::string, Trouble> admin_socket_of(const Globals& globals);

// `body` null: none. Error: nobody answers, not allowed, too late, or what came is no JSON.
[[nodiscard]] Result<AdminAnswer, Trouble> ask(const std::string& socket, const std::string& method, const std::string& target,
                                               const Json& body, std::chrono::seconds limit);

// GET; an answer other than 200 is the trouble that it describes.
[[nodiscard]] Result<Json, Trouble> get(const Globals& globals, const std::string& target);
[[nodiscard]] Result<std::string, Trouble> get_text(const Globals& globals, const std::string& target);

// The trouble that an error document describes.
[[nodiscard]] Trouble trouble_of(const AdminAnswer& answer);

}  // namespace ringside::cli
