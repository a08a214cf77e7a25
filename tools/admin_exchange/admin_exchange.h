// One question to an engine's admin.sock and its answer; blocking, with a time limit.
//
//   auto answer = ask_admin("/run/ringside/loan_default/admin.sock", {.method = "GET", .target = "/status"}, std::chrono::seconds(10));
//
// Thread safety: no state. Cost: a connection each.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

namespace ringside {

struct AdminQuestion {
  std::string method = "GET";
  std::string target;
  std::string body = {};  // JSON; empty: none
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides those of the body
};

struct AdminReply {
  unsigned status = 0;  // HTTP
  std::string body, content_type;
};

enum class AdminSilence : std::uint8_t {
  kNobody,   // no socket, or nobody behind it
  kDenied,   // this user may not connect
  kTooLate,  // the time limit passed
  kBroken,   // something answered that is no engine, or the connection failed; see the message
};

struct AdminTrouble {
  AdminSilence kind = AdminSilence::kBroken;
  std::string message;  // the operating system's, or of the protocol
};

[[nodiscard]] Result<AdminReply, AdminTrouble> ask_admin(const std::string& socket, const AdminQuestion& question,
                                                         std::chrono::milliseconds limit);

}  // namespace ringside
