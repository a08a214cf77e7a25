// The one YAML file of ringside-ship, read strictly: an unknown key, a value that cannot be, a missing one, each with its line, all at once.
//
//   ship.yaml:4: batch.rows: 0 is not a whole number from 1 to 1000000
//   ship.yaml:9: sink: unknown key; README.md lists them
//
// Thread safety: free functions. Cost: reads a file of at most 1 MiB, and one with a password.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "tools/ship/clickhouse_sink.h"
#include "tools/ship/jsonl_sink.h"
#include "tools/ship/postgresql_sink.h"

namespace ringside::ship {

enum class SinkKind : std::uint8_t { kNone, kClickHouse, kPostgresql, kJsonl };

struct ShipConfig {
  std::string journal;   // <state-dir>/<task>/journal
  std::string state;     // a folder of its own: cursor, dead letters, status
  std::string instance;  // default: the host's name

  std::uint64_t batch_rows = 10'000, batch_bytes = 8u << 20;
  std::chrono::milliseconds batch_age{1'000};
  std::chrono::milliseconds poll{200};
  std::chrono::milliseconds retry_first{200}, retry_most{30'000};
  std::uint64_t dead_letter_bytes = 64u << 20;

  SinkKind sink = SinkKind::kNone;
  ClickHouseTerms clickhouse;
  PostgresqlTerms postgresql;
  JsonlTerms jsonl;
};

using ConfigProblems = std::vector<std::string>;  // a line each, in the file's order

[[nodiscard]] Result<ShipConfig, ConfigProblems> read_config(std::string_view text, const std::string& name);
[[nodiscard]] Result<ShipConfig, ConfigProblems> load_config(const std::string& path);

}  // namespace ringside::ship
