// SQLite, as far as the index needs it: a connection, and statements that throw where SQLite refuses.
//
//   Statement insert(database, "INSERT INTO block VALUES (?, ?)");
//   insert.bind(1, first).bind(2, last).run();
//
// DatabaseError never leaves engine/ledger/index: audit_index.cc turns it into a Result.
//
// Thread safety: one owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ringside::engine {

class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(const std::string& what, int code) : std::runtime_error(what), code_(code) {}
  // The file is no database, or its pages contradict each other: nothing in it can be trusted.
  [[nodiscard]] bool is_corrupt() const noexcept;
  [[nodiscard]] bool is_interrupted() const noexcept;

 private:
  int code_;
};

class Database {
 public:
  enum class Mode : std::uint8_t { kWrite, kRead };

  // Throws. kRead takes what another process may be writing.
  Database(const std::string& path, Mode mode);

  void run(const char* sql);
  // Statements that take longer from now on are interrupted; zero: none is.
  void limit(std::chrono::milliseconds time);
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<std::chrono::steady_clock::time_point> deadline_;
};

class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  Statement& bind(int place, std::int64_t value);
  Statement& bind(int place, std::uint64_t value) { return bind(place, static_cast<std::int64_t>(value)); }  // below 2^63
  Statement& bind(int place, std::string_view text);
  // True: there is a row, until the next call of anything but the getters.
  bool step();
  // A statement without rows; ready to be bound again.
  void run();
  void reset();

  [[nodiscard]] std::int64_t number(int column) const noexcept;
  [[nodiscard]] std::uint64_t natural(int column) const noexcept { return static_cast<std::uint64_t>(number(column)); }
  [[nodiscard]] bool is_null(int column) const noexcept;
  [[nodiscard]] std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  void check(int code) const;

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(&database) { database.run("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database* database_;
};

}  // namespace ringside::engine
