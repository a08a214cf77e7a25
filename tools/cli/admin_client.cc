#include "tools/cli/admin_client.h"

#include <utility>

#include "client_lib/connect/socket_path.h"
#include "schemas/process/run_paths.h"
#include "tools/admin_exchange/admin_exchange.h"

namespace ringside::cli {
namespace {

Trouble unreachable(const std::string& socket, const AdminTrouble& silence) {
  switch (silence.kind) {
    case AdminSilence::kDenied:
      return trouble(ExitStatus::kRefused,
                     "this user may not use " + socket + "; next: join its group, or ask for an entry in access.admin.users");
    case AdminSilence::kTooLate:
      return trouble(ExitStatus::kUnreachable, "the engine at " + socket + " did not answer in time");
    case AdminSilence::kNobody:
    case AdminSilence::kBroken:
      break;
  }
  const std::string why = silence.kind == AdminSilence::kNobody ? "" : ": " + silence.message;
  return trouble(ExitStatus::kUnreachable,
                 "no engine answers at " + socket + why + "; next: start ringsided, or give --run-dir and --task");
}

ExitStatus status_of(unsigned http_status, const Json& document) {
  const std::string outcome = document.value("outcome", "");
  if (outcome == "failed_check") return ExitStatus::kCheckFailed;
  if (outcome == "persist_failed") return ExitStatus::kFailed;
  if (http_status == 400 || http_status == 413) return ExitStatus::kUsage;
  if (http_status == 403 || http_status == 404 || http_status == 409 || http_status == 503) return ExitStatus::kRefused;
  return ExitStatus::kFailed;
}

}  // namespace

Result<std::string, Trouble> admin_socket_of(const Globals& globals) {
  const std::string run_dir = globals.run_dir.empty() ? default_run_dir() : globals.run_dir;
  if (!globals.task.empty()) return admin_socket(run_dir, globals.task);
  const auto tasks = tasks_under(run_dir);
  if (tasks.size() == 1) return admin_socket(run_dir, tasks.front());
  if (tasks.empty())
    return fail(
        trouble(ExitStatus::kUnreachable, "no engine has a socket in " + run_dir + "; next: start ringsided, or give --run-dir"));
  std::string names;
  for (const std::string& task : tasks) names += (names.empty() ? "" : ", ") + task;
  return fail(trouble(ExitStatus::kUsage,
                      run_dir + " has several tasks: " + names + "; next: give --task, such as --task " + tasks.front()));
}

Result<AdminAnswer, Trouble> ask(const std::string& socket, const std::string& method, const std::string& target,
                                 const Json& body, std::chrono::seconds limit) {
  const std::string text = body.is_null() ? "" : body.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto reply = ask_admin(socket, {.method = method, .target = target, .body = text}, limit);
  if (!reply) return fail(unreachable(socket, reply.error()));
  if (reply->content_type.starts_with("text/plain")) return AdminAnswer{reply->status, nullptr, reply->body};
  AdminAnswer answer{reply->status, Json::parse(reply->body, nullptr, false), ""};
  if (answer.document.is_discarded()) {
    return fail(trouble(ExitStatus::kFailed,
                        "what answered at " + socket + " spoke no JSON (HTTP " + std::to_string(answer.status) + ")"));
  }
  return answer;
}

Trouble trouble_of(const AdminAnswer& answer) {
  const Json& document = answer.document;
  if (!document.is_object() || !document.contains("error") || !document["error"].is_string()) {
    return trouble(ExitStatus::kFailed, "the engine answered HTTP " + std::to_string(answer.status) + " without a reason");
  }
  Trouble made = trouble(status_of(answer.status, document), document["error"].get<std::string>());
  if (document.contains("detail") && document["detail"].is_array()) made.detail = document["detail"];
  // A single problem is the error itself.
  if (made.detail.size() == 1 && made.detail[0].is_object() && made.detail[0].value("text", "") == made.error) made.detail = Json::array();
  for (const char* key : {"outcome", "from", "to", "trace_id"}) {
    if (document.contains(key)) made.extra[key] = document[key];
  }
  return made;
}

namespace {

Result<AdminAnswer, Trouble> get_answer(const Globals& globals, const std::string& target) {
  const auto socket = admin_socket_of(globals);
  if (!socket) return fail(socket.error());
  auto answer = ask(*socket, "GET", target, nullptr, std::chrono::seconds(10));
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(trouble_of(*answer));
  return std::move(*answer);
}

}  // namespace

Result<Json, Trouble> get(const Globals& globals, const std::string& target) {
  auto answer = get_answer(globals, target);
  if (!answer) return fail(answer.error());
  return std::move(answer->document);
}

Result<std::string, Trouble> get_text(const Globals& globals, const std::string& target) {
  auto answer = get_answer(globals, target);
  if (!answer) return fail(answer.error());
  return std::move(answer->text);
}

}  // namespace ringside::cli
