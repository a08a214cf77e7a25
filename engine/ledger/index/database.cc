#include "engine/ledger/index/database.h"

#include <sqlite3.h>

namespace ringside::engine {
namespace {

constexpr int kStepsBetweenLooks = 10'000;

}  // namespace

bool DatabaseError::is_corrupt() const noexcept {
  const int primary = code_ & 0xFF;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_FORMAT;
}

bool DatabaseError::is_interrupted() const noexcept { return (code_ & 0xFF) == SQLITE_INTERRUPT; }

void Database::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Database::Database(const std::string& path, Mode mode) : deadline_(std::make_unique<std::chrono::steady_clock::time_point>()) {
  const int flags =
      (mode == Mode::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  handle_.reset(opened);
  if (code == SQLITE_OK) code = sqlite3_busy_timeout(opened, 10'000);
  if (code != SQLITE_OK)
    throw DatabaseError(path + ": " + (opened != nullptr ? sqlite3_errmsg(opened) : sqlite3_errstr(code)), code);
  // A reader needs the write-ahead log's memory as well, so it opens for writing and promises not to.
  if (mode == Mode::kRead) run("PRAGMA query_only = 1");
  run("PRAGMA cache_size = -65536");
  run("PRAGMA temp_store = MEMORY");
}

void Database::run(const char* sql) {
  char* said = nullptr;
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, &said);
  const std::string text = said == nullptr ? "" : said;
  sqlite3_free(said);
  if (code != SQLITE_OK) throw DatabaseError("the index: " + (text.empty() ? std::string(sqlite3_errstr(code)) : text), code);
}

void Database::limit(std::chrono::milliseconds time) {
  if (time == std::chrono::milliseconds::zero()) return sqlite3_progress_handler(handle_.get(), 0, nullptr, nullptr);
  *deadline_ = std::chrono::steady_clock::now() + time;
  const auto is_over = [](void* until) {
    return std::chrono::steady_clock::now() >= *static_cast<const std::chrono::steady_clock::time_point*>(until) ? 1 : 0;
  };
  sqlite3_progress_handler(handle_.get(), kStepsBetweenLooks, is_over, deadline_.get());
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database.handle()) {
  sqlite3_stmt* made = nullptr;
  check(sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &made, nullptr));
  statement_.reset(made);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw DatabaseError(std::string("the index: ") + sqlite3_errmsg(database_), code);
}

Statement& Statement::bind(int place, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), place, value));
  return *this;
}

Statement& Statement::bind(int place, std::string_view text) {
  check(sqlite3_bind_text(statement_.get(), place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    const DatabaseError error(std::string("the index: ") + sqlite3_errmsg(database_), code);
    sqlite3_reset(statement_.get());
    throw error;
  }
  return false;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::number(int column) const noexcept { return sqlite3_column_int64(statement_.get(), column); }
bool Statement::is_null(int column) const noexcept { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::string Statement::text(int column) const {
  const auto* const bytes = sqlite3_column_text(statement_.get(), column);
  return bytes == nullptr ? std::string()
                          : std::string(reinterpret_cast<const char*>(bytes),
                                        static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

Transaction::~Transaction() {
  if (database_ != nullptr) sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_->run("COMMIT");
  database_ = nullptr;
}

}  // namespace ringside::engine
