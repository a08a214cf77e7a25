#include "engine/ledger/index/query.h"

#include <algorithm>

#include "engine/ledger/index/index_form.h"
#include "engine/ledger/reading/record_json.h"

namespace ringside::engine {

using namespace index_form;

namespace {

constexpr std::size_t kMeaningsKept = 1'024;
constexpr std::uint64_t kHourMinutes = 60;

}  // namespace

// A question in the index's terms.
struct AuditReader::Search {
  const AuditQuestion& question;
  std::uint64_t first = 0, last = std::numeric_limits<std::int64_t>::max();  // places
  std::optional<std::int64_t> version = {};
  std::vector<std::string> users = {};    // as records hold them: pseudonyms, and the id itself
  std::vector<std::int64_t> hashes = {};  // of the request id, or of the users
  const char* keys = nullptr;             // the table that has them

  [[nodiscard]] std::string filters() const {
    std::string sql = " AND p.place < ? AND p.place >= ? AND p.place <= ? AND p.wall_ns >= ? AND p.wall_ns < ?";
    if (!question.overruled) sql += " AND p.overruled = 0";
    if (version) sql += " AND p.version = " + std::to_string(*version);
    if (question.status) sql += " AND p.status = " + std::to_string(*question.status);
    return sql;
  }
  void bind(Statement& statement, int at, std::uint64_t cursor) const {
    statement.bind(at, cursor).bind(at + 1, first).bind(at + 2, last).bind(at + 3, question.from_ns).bind(at + 4, question.to_ns);
  }
};

// Times → places: blocks are a few seconds long at most where there is traffic.
void AuditReader::narrow(Search& search) {
  Statement part(database_, "SELECT min(first), max(last) FROM part WHERE max_ns >= ? AND min_ns < ?");
  part.bind(1, search.question.from_ns).bind(2, search.question.to_ns);
  if (!part.step() || part.is_null(0)) {
    search.last = 0;  // nothing is that old, or that new
    return;
  }
  Statement block(
      database_,
      "SELECT min(first), max(last) FROM block WHERE first >= ifnull((SELECT max(first) FROM block WHERE first <= ?), 0) "
      "AND first <= ? AND max_ns >= ? AND min_ns < ?");  // a block may reach over the begin of a part
  block.bind(1, part.natural(0)).bind(2, part.natural(1)).bind(3, search.question.from_ns).bind(4, search.question.to_ns);
  if (!block.step() || block.is_null(0)) {
    search.last = 0;
    return;
  }
  search.first = std::max(search.first, block.natural(0));
  search.last = std::min(search.last, block.natural(1));
}

std::vector<std::int64_t> AuditReader::parts(const Search& search, std::uint64_t cursor) {
  std::vector<std::int64_t> found;
  Statement part(database_, "SELECT id FROM part WHERE first < ? AND first <= ? AND last >= ? ORDER BY id DESC");
  part.bind(1, cursor).bind(2, search.last).bind(3, search.first);
  while (part.step()) found.push_back(part.number(0));
  return found;
}

std::vector<std::pair<std::uint64_t, bool>> AuditReader::places(const Search& search, std::uint64_t cursor, std::uint64_t count) {
  std::vector<std::pair<std::uint64_t, bool>> found;
  const auto collect = [&](Statement& statement) {
    while (found.size() < count && statement.step()) found.emplace_back(statement.natural(0), statement.number(1) != 0);
    statement.reset();
  };
  const std::string filters = search.filters();
  if (search.keys != nullptr) {
    std::string hashes;
    for (const std::int64_t hash : search.hashes) hashes += (hashes.empty() ? "" : ", ") + std::to_string(hash);
    Statement look(database_, std::string("SELECT p.place, p.overruled FROM ") + search.keys +
                                  " AS k CROSS JOIN prediction AS p ON p.place = k.place WHERE k.part = ? AND k.hash IN (" +
                                  hashes + ") AND k.place < ? AND k.place >= ? AND k.place <= ?" + filters +
                                  " ORDER BY k.place DESC LIMIT ?");
    for (const std::int64_t part : parts(search, cursor)) {
      if (found.size() == count) break;
      look.bind(1, part).bind(2, cursor).bind(3, search.first).bind(4, search.last);
      search.bind(look, 5, cursor);
      look.bind(10, std::uint64_t{count - found.size()});
      collect(look);
    }
    return found;
  }
  if (search.version && search.question.status.value_or(0) == 0) {
    Statement look(
        database_,
        "SELECT p.place, p.overruled FROM block_version AS b CROSS JOIN prediction AS p ON p.place BETWEEN b.first AND b.last "
        "WHERE b.version = ? AND b.first < ? AND b.first <= ? AND b.last >= ?" +
            filters + " ORDER BY b.first DESC, p.place DESC LIMIT ?");
    look.bind(1, *search.version).bind(2, cursor).bind(3, search.last).bind(4, search.first);
    search.bind(look, 5, cursor);
    look.bind(10, count);
    collect(look);
    return found;
  }
  // The words of the index not_ok, so that it is used.
  const bool is_other = search.question.status && *search.question.status != 0;
  Statement look(database_, "SELECT p.place, p.overruled FROM prediction AS p WHERE " +
                                std::string(is_other ? "p.status <> 0" : "1") + filters + " ORDER BY p.place DESC LIMIT ?");
  search.bind(look, 1, cursor);
  look.bind(6, count);
  collect(look);
  return found;
}

const VersionMeaning* AuditReader::meaning(std::uint64_t number, std::uint32_t epoch, std::uint32_t ordinal) {
  const auto key = std::tuple(number, epoch, ordinal);
  if (meanings_.size() > kMeaningsKept) meanings_.clear();
  auto known = meanings_.find(key);
  if (known == meanings_.end()) {
    std::optional<VersionMeaning> found;
    Statement where(database_, "SELECT place FROM meaning WHERE number = ? AND epoch = ? AND ordinal = ?");
    where.bind(1, number).bind(2, std::int64_t{epoch}).bind(3, std::int64_t{ordinal});
    if (where.step()) {
      if (const auto record = fetch_.at(number, offset_at(where.natural(0)))) found = VersionMeaning::of(*record);
    }
    if (!found) return nullptr;
    known = meanings_.emplace(key, std::move(found)).first;
  }
  return &*known->second;
}

// None: it is another record than the hash promised, or is not to be read.
std::optional<std::string> AuditReader::record_at(std::uint64_t place, bool overruled, const Search& search, bool& readable) {
  readable = false;
  const VersionMeaning* version = nullptr;
  {
    const auto record = fetch_.at(number_at(place), offset_at(place));
    const auto row = record ? journal::PredictionView::of(*record) : std::nullopt;
    if (!row) return std::nullopt;
    if (row->body().version != journal::kNoOrdinal) version = meaning(number_at(place), row->head().epoch, row->body().version);
  }
  const auto record = fetch_.at(number_at(place), offset_at(place));  // again: meaning() read another
  const auto row = record ? journal::PredictionView::of(*record) : std::nullopt;
  if (!row) return std::nullopt;
  readable = true;
  const AuditQuestion& asked = search.question;
  if (!asked.request_id.empty() && request_id_text(*row) != asked.request_id) return std::nullopt;
  if (!search.users.empty() && std::ranges::find(search.users, row->user()) == search.users.end()) return std::nullopt;
  std::string text;
  append_record_json(text, *row, version, overruled, place,
                     decrypt(*row, terms_.day_keys_folder.empty() ? nullptr : &day_keys_));
  return text;
}

AuditPage AuditReader::find(const AuditQuestion& question, std::uint64_t first_number) {
  AuditPage page;
  Search search{.question = question, .first = place_of(first_number, 0)};
  if (!question.version.empty()) {
    Statement version(database_, "SELECT id FROM version WHERE name = ?");
    version.bind(1, std::string_view(question.version));
    if (!version.step()) return page;
    search.version = version.number(0);
  }
  if (!question.user.empty()) {
    search.users.push_back(question.user);
    for (const JournalKey& key : terms_.keys) {
      const Pseudonym token = pseudonym(key, PseudonymDomain::kUser, question.user);
      search.users.emplace_back(reinterpret_cast<const char*>(token.data()), token.size());
    }
    search.keys = "user";
    for (const std::string& user : search.users) search.hashes.push_back(hash_of(user));
  }
  if (!question.request_id.empty()) {  // names one row, nearly always: what else is asked for filters it
    search.keys = "request";
    search.hashes = {hash_of(question.request_id)};
  }
  if (question.from_ns != 0 || question.to_ns != AuditQuestion{}.to_ns) narrow(search);
  std::uint64_t cursor = question.cursor;
  while (page.records.size() < question.limit) {
    const std::uint64_t wanted = question.limit - page.records.size() + 1;
    const auto found = places(search, cursor, wanted);
    for (const auto& [place, overruled] : found) {
      if (page.records.size() == question.limit) {
        page.cursor = cursor;
        return page;
      }
      bool readable = false;
      auto text = record_at(place, overruled, search, readable);
      if (!readable) ++page.unreadable;
      if (text) page.records.push_back(std::move(*text));
      cursor = place;
    }
    if (found.size() < wanted) break;
  }
  return page;
}

std::vector<AuditTally> AuditReader::count(const AuditStatsQuestion& question, std::uint64_t first_number) {
  const auto by = [&](std::string_view what) { return std::ranges::find(question.by, what) != question.by.end(); };
  const std::string version = by("version") ? "version" : "0",
                    hour = by("hour") ? "minute / " + std::to_string(kHourMinutes) : "0", status = by("status") ? "status" : "0";
  std::map<std::int64_t, std::string> names;
  Statement name(database_, "SELECT id, name FROM version");
  while (name.step()) names[name.number(0)] = name.text(1);
  Statement look(database_, "SELECT " + version + " AS v, " + hour + " AS h, " + status +
                                " AS s, sum(rows) AS n FROM tally WHERE number >= ? AND minute >= ? AND minute < ? GROUP BY v, "
                                "h, s HAVING n > 0 ORDER BY h, v, s");
  look.bind(1, first_number)
      .bind(2, question.from_ns / kMinuteNs)
      .bind(3, question.to_ns / kMinuteNs + (question.to_ns % kMinuteNs != 0 ? 1 : 0));
  std::vector<AuditTally> counts;
  while (look.step()) {
    AuditTally one;
    if (by("version")) one.version = names[look.number(0)];
    if (by("hour")) one.hour_ns = look.natural(1) * kHourMinutes * kMinuteNs;
    if (by("status")) one.status = static_cast<std::uint8_t>(look.number(2));
    one.rows = look.natural(3);
    counts.push_back(std::move(one));
  }
  return counts;
}

}  // namespace ringside::engine
