// What the gateway passes on of an engine's admin.sock, as it comes: versions, metrics, drift, schema. It asks as its own user, who needs to be
// among those who may look (access.admin.users).
//
// Thread safety: pure, but for the question itself. Cost: a connection to the socket each; blocks until the answer, a page for at most
// kAdminTime.
#pragma once

#include <chrono>
#include <string>

#include "tools/admin_exchange/admin_exchange.h"
#include "tools/gateway/http_message.h"

namespace ringside::gateway {

inline constexpr std::chrono::milliseconds kAdminTime{1'000};

// Any question's answer, as it comes. 502: the engine does not let the gateway's user; 503: it does not answer in time.
[[nodiscard]] Response engine_answer(const std::string& run_dir, const std::string& task, const AdminQuestion& question,
                                     std::chrono::milliseconds limit, const std::string& trace_id);
[[nodiscard]] Response engine_page(const std::string& run_dir, const std::string& task, const std::string& target,
                                   const std::string& trace_id);

}  // namespace ringside::gateway
