// GET /metrics: what the snapshot holds, as engine/metrics writes it. Thread safety: pure, but for the snapshot's `drift` (snapshot.h).
#pragma once

#include <cstdint>

#include "engine/admin/http_server.h"
#include "engine/admin/snapshot.h"

namespace ringside::engine {

// Whose names the metrics have.
enum class MetricNames : std::uint8_t { kOwn, kTriton };

[[nodiscard]] HttpResponse metrics_page(const AdminSnapshot& now, MetricNames names);

}  // namespace ringside::engine
