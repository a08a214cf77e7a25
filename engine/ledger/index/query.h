// The asking half of the index. Within engine/ledger/index; throws DatabaseError.
//
// Thread safety: one owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/ledger/index/audit_index.h"
#include "engine/ledger/index/database.h"
#include "engine/ledger/reading/encrypted_part.h"
#include "engine/ledger/reading/journal_folder.h"
#include "engine/ledger/reading/version_meaning.h"

namespace ringside::engine {

class AuditReader {
 public:
  AuditReader(Database& database, const AuditIndex::Terms& terms)
      : database_(database), terms_(terms), fetch_(terms.journal_folder), day_keys_(terms.day_keys_folder) {}

  // `first_number`: the oldest file that there is; what was indexed of older ones is gone.
  AuditPage find(const AuditQuestion& question, std::uint64_t first_number);
  std::vector<AuditTally> count(const AuditStatsQuestion& question, std::uint64_t first_number);

 private:
  struct Search;
  // The newest places below `cursor`, at most `count`. Fewer: there are no more.
  std::vector<std::pair<std::uint64_t, bool>> places(const Search& search, std::uint64_t cursor, std::uint64_t count);
  std::vector<std::int64_t> parts(const Search& search, std::uint64_t cursor);
  void narrow(Search& search);
  std::optional<std::string> record_at(std::uint64_t place, bool overruled, const Search& search, bool& readable);
  const VersionMeaning* meaning(std::uint64_t number, std::uint32_t epoch, std::uint32_t ordinal);

  Database& database_;
  const AuditIndex::Terms& terms_;
  RecordFetcher fetch_;
  DayKeyRing day_keys_;
  std::map<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>, std::optional<VersionMeaning>> meanings_;
};

}  // namespace ringside::engine
