#include "tools/gateway/engine_pages.h"

#include <utility>

#include "schemas/process/run_paths.h"
#include "tools/gateway/error_body.h"

namespace ringside::gateway {

Response engine_page(const std::string& run_dir, const std::string& task, const std::string& target, const std::string& trace_id) {
  return engine_answer(run_dir, task, {.method = "GET", .target = target}, kAdminTime, trace_id);
}

Response engine_answer(const std::string& run_dir, const std::string& task, const AdminQuestion& question, std::chrono::milliseconds limit,
                       const std::string& trace_id) {
  auto reply = ask_admin(admin_socket(run_dir, task), question, limit);
  if (reply) return {.status = reply->status, .body = std::move(reply->body), .content_type = std::move(reply->content_type)};
  if (reply.error().kind == AdminSilence::kDenied) {
    return error_response(502, "the engine of " + task + " does not let the gateway's user look; next: an entry in access.admin.users",
                          trace_id);
  }
  Response response = error_response(503, "the engine of " + task + " does not answer: " + reply.error().message, trace_id);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace ringside::gateway
