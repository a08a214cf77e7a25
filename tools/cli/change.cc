// switch and rollback: asks the engine, waits until it is done, says what is now.
#include <cstdio>

#include "tools/cli/admin_client.h"
#include "tools/cli/commands.h"

namespace ringside::cli {
namespace {

constexpr std::chrono::seconds kChangeLimit{900};  // a large bundle is read, compiled and proved first

// `undo`: what makes the version answer again that answered before; a second rollback would be refused.
int change(const Globals& globals, const std::string& target, const Json& body, std::string (*undo)(const std::string& before)) {
  const auto socket = admin_socket_of(globals);
  if (!socket) return report(globals, socket.error());
  const auto answer = ask(*socket, "POST", target, body, kChangeLimit);
  if (!answer) return report(globals, answer.error());
  if (answer->status != 200) {
    Trouble trouble = trouble_of(*answer);
    if (trouble.next.empty() && trouble.status != ExitStatus::kUsage) trouble.next = "ringside versions";
    return report(globals, trouble);
  }
  if (globals.json) {
    print_line(answer->document);
    return 0;
  }
  const Json& done = answer->document;
  std::printf("%s\n", done.value("message", "done").c_str());
  if (done.value("status", "") == "switched" && done.contains("from") && done["from"].is_string()) {
    const auto before = done["from"].get<std::string>();
    std::printf("before: %s (%s)\n", before.c_str(), undo(before).c_str());
  }
  return 0;
}

}  // namespace

int switch_version(const Globals& globals, const SwitchOptions& options) {
  Json body = {{"version", options.version}, {"dry_run", options.dry_run}, {"persist", options.persist}, {"force", options.force}};
  if (!options.reason.empty()) body["reason"] = options.reason;
  return change(globals, "/model/switch", body, [](const std::string&) { return std::string("ringside rollback"); });
}

int roll_back(const Globals& globals, const std::string& reason) {
  Json body = Json::object();
  if (!reason.empty()) body["reason"] = reason;
  return change(globals, "/model/rollback", body, [](const std::string& before) { return "ringside switch " + before; });
}

}  // namespace ringside::cli
