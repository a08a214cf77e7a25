// PostgreSQL: COPY to a temporary table, then INSERT … ON CONFLICT DO NOTHING, in one transaction: what is there already stays as it is.
//
// Thread safety: one thread. Memory: a batch as text. Every wait ends at the timeout, whatever the server does. Errors: sink.h.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tools/ship/sink.h"
#include "tools/ship/stop_signal.h"

struct pg_conn;

namespace ringside::ship {

struct PostgresqlTerms {
  std::string connection;                     // as libpq reads it: "host=… dbname=…" or a URI
  std::string table;                          // schema.table
  std::string password;                       // empty: what the connection string, ~/.pgpass or the server's rules say
  std::chrono::milliseconds timeout{10'000};  // a whole batch
};

class PostgresqlSink final : public Sink {
 public:
  PostgresqlSink(PostgresqlTerms terms, const StopSignal& stop);
  ~PostgresqlSink() override;

  Result<Done, SendError> send(std::span<const Row> rows) override;
  [[nodiscard]] std::string_view name() const noexcept override { return "postgresql"; }

 private:
  struct Close {
    void operator()(pg_conn* connection) const noexcept;
  };
  using Clock = std::chrono::steady_clock;

  Result<Done, SendError> connect();
  Result<Done, SendError> run(const std::string& sql);
  Result<Done, SendError> copy(std::string_view text);
  Result<Done, SendError> results();
  Result<Done, SendError> wait(short events);
  SendError lost(const std::string& what);

  PostgresqlTerms terms_;
  const StopSignal& stop_;
  std::unique_ptr<pg_conn, Close> connection_;
  Clock::time_point deadline_;
  std::string columns_, text_;
};

}  // namespace ringside::ship
