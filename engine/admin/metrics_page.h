// GET /metrics: what the snapshot holds, as engine/metrics writes it. Thread safety: pure, but for the snapshot's `drift` (snapshot.h).
#pragma once

#include "engine/admin/http_server.h"
#include "engine/admin/snapshot.h"

namespace ringside::engine {

[[nodiscard]] HttpResponse metrics_page(const AdminSnapshot& now);

}  // namespace ringside::engine
