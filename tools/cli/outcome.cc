#include "tools/cli/outcome.h"

#include <cstdio>

namespace ringside::cli {
namespace {

std::string dumped(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

void print_line(const Json& document) { std::printf("%s\n", dumped(document).c_str()); }

Trouble trouble(ExitStatus status, const std::string& message) {
  constexpr std::string_view kMark = "; next: ";
  Trouble made{.status = status, .error = message, .next = "", .detail = Json::array(), .extra = Json::object()};
  if (const auto mark = message.rfind(kMark); mark != std::string::npos) {
    made.error = message.substr(0, mark);
    made.next = message.substr(mark + kMark.size());
  }
  return made;
}

int report(const Globals& globals, const Trouble& trouble) {
  const int status = static_cast<int>(trouble.status);
  if (globals.json) {
    Json document = {{"error", trouble.error}};
    if (!trouble.detail.empty()) document["detail"] = trouble.detail;
    if (!trouble.next.empty()) document["next"] = trouble.next;
    for (const auto& [key, value] : trouble.extra.items()) document[key] = value;
    document["exit_status"] = status;
    print_line(document);
    return status;
  }
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", trouble.error.c_str());
  for (const auto& line : trouble.detail) std::fprintf(stderr, "  %s\n", line.value("text", "").c_str());
  if (!trouble.next.empty()) std::fprintf(stderr, "next: %s\n", trouble.next.c_str());
  return status;
}

}  // namespace ringside::cli
