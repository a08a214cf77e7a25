#include "tools/ship/sinks.h"

#include "tools/ship/clickhouse_sink.h"
#include "tools/ship/jsonl_sink.h"
#include "tools/ship/postgresql_sink.h"

namespace ringside::ship {

std::unique_ptr<Sink> make_sink(const ShipConfig& config, const std::string& state, const StopSignal& stop) {
  switch (config.sink) {
    case SinkKind::kClickHouse:
      return std::make_unique<ClickHouseSink>(config.clickhouse, stop);
    case SinkKind::kPostgresql:
      return std::make_unique<PostgresqlSink>(config.postgresql, stop);
    case SinkKind::kJsonl:
      return std::make_unique<JsonlSink>(config.jsonl, state);
    case SinkKind::kNone:
      break;
  }
  return nullptr;
}

}  // namespace ringside::ship
