#include "tools/ship/postgresql_sink.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tools/ship/columns.h"

namespace ringside::ship {
namespace {

constexpr std::string_view kStaging = "ringside_ship_rows";
constexpr std::size_t kCopyPieceBytes = 1u << 20;  // of COPY data: libpq keeps a copy of each

struct Clear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using OwnedResult = std::unique_ptr<PGresult, Clear>;

std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

// The message's first line and its code. The detail and context, which quote values, are left out; so is the quoted part of the message
// where the class is that of data.
SendError server_error(const PGresult* result) {
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string code = state == nullptr ? "" : state;
  std::string text = message == nullptr ? first_line(PQresultErrorMessage(result)) : first_line(message);
  // Class 22 is about a value; 54 (too much for one row or command) about a row. All others about the server, its tables or its rules.
  const bool is_rows = code.starts_with("22") || code.starts_with("54");
  if (is_rows) text.resize(std::min(text.find(": \""), text.size()));
  return {is_rows ? Refusal::kRowsBad : Refusal::kTryAgain, code + ": " + text};
}

}  // namespace

void PostgresqlSink::Close::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

PostgresqlSink::PostgresqlSink(PostgresqlTerms terms, const StopSignal& stop)
    : terms_(std::move(terms)), stop_(stop), columns_(column_list()) {}

PostgresqlSink::~PostgresqlSink() = default;

// What went wrong is not known to the end: the connection goes, and with it the transaction, unless it was committed already.
SendError PostgresqlSink::lost(const std::string& what) {
  connection_.reset();
  return {Refusal::kTryAgain, what};
}

Result<Done, SendError> PostgresqlSink::wait(short events) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
  if (left.count() <= 0) return fail(lost("no answer within " + std::to_string(terms_.timeout.count()) + " ms"));
  pollfd ready[2] = {{.fd = PQsocket(connection_.get()), .events = events, .revents = 0},
                     {.fd = stop_.fd(), .events = POLLIN, .revents = 0}};
  const int count = poll(ready, 2, static_cast<int>(left.count()));
  if (count < 0 && errno != EINTR) return fail(lost("poll failed"));
  if (ready[1].revents != 0) return fail(lost("it was told to end"));
  return Done{};
}

Result<Done, SendError> PostgresqlSink::connect() {
  if (connection_ && PQstatus(connection_.get()) == CONNECTION_OK) return Done{};
  const char* const names[] = {"dbname", "password", "application_name", nullptr};
  const char* const values[] = {terms_.connection.c_str(), terms_.password.empty() ? nullptr : terms_.password.c_str(),
                                "ringside-ship", nullptr};
  connection_.reset(PQconnectStartParams(names, values, 1));
  if (!connection_) return fail(lost("no memory for a connection"));
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (PQstatus(connection_.get()) == CONNECTION_BAD || status == PGRES_POLLING_FAILED)
      return fail(lost(first_line(PQerrorMessage(connection_.get()))));
    if (const auto waited = wait(status == PGRES_POLLING_READING ? POLLIN : POLLOUT); !waited) return waited;
    status = PQconnectPoll(connection_.get());
  }
  if (PQsetnonblocking(connection_.get(), 1) != 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
  return run("CREATE TEMPORARY TABLE " + std::string(kStaging) + " ON COMMIT DELETE ROWS AS SELECT " + columns_ + " FROM " +
             terms_.table + " LIMIT 0");
}

// Everything that the server has to say to what was sent, up to COPY IN. The first error, if there is one.
Result<Done, SendError> PostgresqlSink::results() {
  Result<Done, SendError> outcome = Done{};
  while (true) {
    while (PQisBusy(connection_.get()) != 0) {
      if (const auto waited = wait(POLLIN); !waited) return waited;
      if (PQconsumeInput(connection_.get()) == 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
    }
    const OwnedResult result(PQgetResult(connection_.get()));
    if (!result) return outcome;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN) return outcome;
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (PQstatus(connection_.get()) == CONNECTION_BAD) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
      if (outcome) outcome = fail(server_error(result.get()));
    }
  }
}

Result<Done, SendError> PostgresqlSink::run(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
  for (int left = 1; left != 0;) {
    left = PQflush(connection_.get());
    if (left < 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
    if (left == 0) break;
    if (const auto waited = wait(POLLIN | POLLOUT); !waited) return waited;
    if (PQconsumeInput(connection_.get()) == 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
  }
  return results();
}

Result<Done, SendError> PostgresqlSink::copy(std::string_view text) {
  if (const auto begun = run("COPY " + std::string(kStaging) + " (" + columns_ + ") FROM STDIN"); !begun) return begun;
  bool ended = false;
  while (!ended) {
    const std::string_view piece = text.substr(0, kCopyPieceBytes);
    const int put = text.empty() ? PQputCopyEnd(connection_.get(), nullptr)
                                 : PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size()));
    if (put < 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
    if (put == 1) {
      ended = text.empty();
      text.remove_prefix(piece.size());
    }
    for (int left = PQflush(connection_.get()); left != 0; left = PQflush(connection_.get())) {
      if (left < 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
      if (const auto waited = wait(POLLIN | POLLOUT); !waited) return waited;
      if (PQconsumeInput(connection_.get()) == 0) return fail(lost(first_line(PQerrorMessage(connection_.get()))));
    }
  }
  return results();
}

Result<Done, SendError> PostgresqlSink::send(std::span<const Row> rows) {
  text_.clear();
  for (const Row& row : rows) append_copy_line(text_, row);
  deadline_ = Clock::now() + terms_.timeout;
  if (const auto connected = connect(); !connected) {
    // The staging table is made of the table's own columns, so what is wrong here is never a row.
    return fail(lost(connected.error().text));
  }
  auto sent = run("BEGIN");
  if (sent) sent = copy(text_);
  if (sent) {
    sent = run("INSERT INTO " + terms_.table + " (\"timestamp\", " + columns_ +
               ") SELECT timestamptz 'epoch' + (wall_ns / 1000) * interval '1 microsecond', " + columns_ + " FROM " +
               std::string(kStaging) + " ON CONFLICT DO NOTHING");
  }
  if (sent) return run("COMMIT");
  if (connection_) {
    if (const auto undone = run("ROLLBACK"); !undone) connection_.reset();
  }
  return sent;
}

}  // namespace ringside::ship
