// ClickHouse over HTTP: INSERT … FORMAT JSONEachRow, a batch a request.
//
// The table is a ReplacingMergeTree on the key, so what arrives twice is one row after FINAL (tables/clickhouse.sql). Works with Debian's
// 18.16 as with today's: it uses no setting that one of them does not know.
//
// Thread safety: one thread. Memory: a batch as text. Errors: sink.h.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tools/ship/sink.h"
#include "tools/ship/stop_signal.h"

namespace ringside::ship {

struct ClickHouseTerms {
  std::string url;    // http://host:8123
  std::string table;  // database.table
  std::string user, password;
  std::chrono::milliseconds timeout{10'000};  // a whole request
};

class ClickHouseSink final : public Sink {
 public:
  ClickHouseSink(ClickHouseTerms terms, const StopSignal& stop);
  ~ClickHouseSink() override;

  Result<Done, SendError> send(std::span<const Row> rows) override;
  [[nodiscard]] std::string_view name() const noexcept override { return "clickhouse"; }

 private:
  struct Answer;
  Answer post(const std::string& query, const std::string& body);
  Result<Done, SendError> refused(const Answer& answer);

  ClickHouseTerms terms_;
  const StopSignal& stop_;
  void* handle_;  // CURL*: its header stays out of ours
  std::string body_;
};

}  // namespace ringside::ship
