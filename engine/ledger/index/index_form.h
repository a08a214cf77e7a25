// What the index's parts agree on: its tables, and how places and hashes are made. Within engine/ledger/index.
#pragma once

#include <cstdint>
#include <string_view>

#include <xxhash.h>

namespace ringside::engine::index_form {

inline constexpr std::int64_t kFormVersion = 1;  // PRAGMA user_version; another one: made anew
inline constexpr std::uint32_t kBlockRows = 4'096;
inline constexpr std::uint64_t kMinuteNs = 60'000'000'000;

// Where a record stands, in an order that is the journal's. 2^26 files of up to 1 TiB.
constexpr std::uint64_t place_of(std::uint64_t number, std::uint64_t offset) noexcept { return number << 37 | offset >> 3; }
constexpr std::uint64_t number_at(std::uint64_t place) noexcept { return place >> 37; }
constexpr std::uint64_t offset_at(std::uint64_t place) noexcept { return (place & ((std::uint64_t{1} << 37) - 1)) << 3; }

// Found by a hash, told apart by the record itself.
inline std::int64_t hash_of(std::string_view bytes) noexcept {
  return static_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

inline constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 0), number INTEGER, offset INTEGER, header_crc INTEGER, records INTEGER);
CREATE TABLE IF NOT EXISTS version (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS meaning (number INTEGER, epoch INTEGER, ordinal INTEGER, place INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (number, epoch, ordinal)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS prediction (place INTEGER PRIMARY KEY, wall_ns INTEGER NOT NULL, version INTEGER NOT NULL, status INTEGER NOT NULL,
  overruled INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS not_ok ON prediction (status) WHERE status <> 0;
CREATE TABLE IF NOT EXISTS request (part INTEGER, hash INTEGER, place INTEGER, PRIMARY KEY (part, hash, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user (part INTEGER, hash INTEGER, place INTEGER, PRIMARY KEY (part, hash, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (id INTEGER PRIMARY KEY, first INTEGER, last INTEGER, rows INTEGER, min_ns INTEGER, max_ns INTEGER);
CREATE TABLE IF NOT EXISTS block (first INTEGER PRIMARY KEY, last INTEGER, rows INTEGER, min_ns INTEGER, max_ns INTEGER);
CREATE TABLE IF NOT EXISTS block_version (version INTEGER, first INTEGER, last INTEGER, PRIMARY KEY (version, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tally (number INTEGER, minute INTEGER, version INTEGER, status INTEGER, rows INTEGER NOT NULL,
  PRIMARY KEY (number, minute, version, status)) WITHOUT ROWID;
)sql";

}  // namespace ringside::engine::index_form
