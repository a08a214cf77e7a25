// What the gateway passes on of an engine's admin.sock, as it comes: versions, metrics, drift, schema. It asks as its own user, who needs to be
// among those who may look (access.admin.users).
//
// Thread safety: pure, but for the question itself. Cost: a connection to the socket each; blocks for at most kAdminTime.
#pragma once

#include <chrono>
#include <string>

#include "tools/gateway/http_message.h"

namespace ringside::gateway {

inline constexpr std::chrono::milliseconds kAdminTime{1'000};

[[nodiscard]] Response engine_page(const std::string& run_dir, const std::string& task, const std::string& target,
                                   const std::string& trace_id);

}  // namespace ringside::gateway
