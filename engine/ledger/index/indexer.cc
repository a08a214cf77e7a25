#include "engine/ledger/index/indexer.h"

#include <algorithm>
#include <tuple>

#include "engine/ledger/index/index_form.h"
#include "engine/ledger/reading/record_json.h"
#include "engine/ledger/reading/version_meaning.h"

namespace ringside::engine {
namespace {

using journal::PredictionView;
using namespace index_form;

constexpr std::size_t kCallsKept = 65'536;
constexpr std::uint64_t kSlackNs = 1'000'000'000;  // wall clocks are read a call, and are set

std::uint64_t key_of(const PredictionView& row) {
  const journal::PredictionBody& body = row.body();
  const std::uint64_t fixed[] = {std::uint64_t{row.head().epoch} << 32 | row.head().writer, body.client, body.ticket,
                                 std::uint64_t{body.uid} << 32 | body.pid, body.rows};
  std::string text(reinterpret_cast<const char*>(fixed), sizeof fixed);
  text.append(reinterpret_cast<const char*>(body.reserved), sizeof body.reserved);
  for (const std::string_view part : {row.user(), row.trace_id(), row.asked()}) text.append(part).push_back('\0');
  return static_cast<std::uint64_t>(hash_of(text));
}

}  // namespace

std::vector<std::uint64_t> CallsUnderWay::enter(const PredictionView& row, std::uint64_t place) {
  const std::uint64_t key = key_of(row), wall_ns = row.head().wall_ns;
  const journal::PredictionBody& body = row.body();
  std::vector<std::uint64_t> overruled;
  const auto [begin, end] = calls_.equal_range(key);
  for (auto entry = begin; entry != end;) {
    const bool same_row = entry->second.row == body.row && entry->second.target == body.target;
    const bool under_way = entry->second.wall_ns + body.total_ns + kSlackNs >= wall_ns;
    if (under_way && (same_row || body.row == journal::kWholeCall)) {
      overruled.push_back(entry->second.place);
      entry = calls_.erase(entry);
    } else {
      ++entry;
    }
  }
  calls_.emplace(key, Entry{place, wall_ns, body.row, body.target});
  order_.emplace_back(key, place);
  if (order_.size() > kCallsKept) {
    const auto [oldest, its_place] = order_.front();
    order_.pop_front();
    const auto [first, last] = calls_.equal_range(oldest);
    const auto found =
        std::find_if(first, last, [its_place = its_place](const auto& one) { return one.second.place == its_place; });
    if (found != last) calls_.erase(found);
  }
  return overruled;
}

// What one transaction adds. Keys are sorted before they are inserted, so that each page of a part is touched once.
struct Indexer::Batch {
  struct Row {
    std::uint64_t place, wall_ns;
    std::int64_t version;
    std::uint8_t status;
    bool overruled;
  };
  struct Key {
    std::int64_t part, hash;
    std::uint64_t place;
    auto operator<=>(const Key&) const = default;
  };
  std::vector<Row> rows;
  std::vector<Key> requests, users;
  std::vector<std::uint64_t> overruled;  // of earlier batches
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::uint8_t>, std::int64_t>
      tally;  // file, minute, version, status
  std::map<std::int64_t, Span> parts;
  std::vector<Span> blocks;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::uint64_t> block_versions;  // version and first of the block → last
};

void Indexer::Span::add(std::uint64_t place, std::uint64_t wall_ns) {
  if (rows++ == 0) {
    first = place;
    min_ns = max_ns = wall_ns;
  }
  last = place;
  min_ns = std::min(min_ns, wall_ns);
  max_ns = std::max(max_ns, wall_ns);
}

Indexer::Indexer(Database& database, std::string journal_folder, std::uint32_t part_rows)
    : database_(database), journal_folder_(std::move(journal_folder)), part_rows_(part_rows) {
  load();
}

void Indexer::load() {
  Statement state(database_, "SELECT number, offset, header_crc, records FROM state");
  if (state.step()) {
    number_ = state.natural(0);
    offset_ = state.natural(1);
    header_crc_ = static_cast<std::uint32_t>(state.number(2));
    records_ = state.natural(3);
  }
  const auto span = [](Statement& row, int at) {
    return Span{row.natural(at), row.natural(at + 1), row.natural(at + 2), row.natural(at + 3), row.natural(at + 4)};
  };
  Statement part(database_, "SELECT id, first, last, rows, min_ns, max_ns FROM part ORDER BY id DESC LIMIT 1");
  if (part.step()) {
    part_ = part.number(0);
    part_span_ = span(part, 1);
  }
  Statement block(database_, "SELECT first, last, rows, min_ns, max_ns FROM block ORDER BY first DESC LIMIT 1");
  if (block.step()) block_ = span(block, 0);
  Statement versions(database_, "SELECT id, name FROM version");
  while (versions.step()) versions_[versions.text(1)] = versions.number(0);
  Statement ordinals(database_, "SELECT DISTINCT epoch, ordinal, version FROM meaning");
  while (ordinals.step())
    ordinals_[{static_cast<std::uint32_t>(ordinals.number(0)), static_cast<std::uint32_t>(ordinals.number(1))}] =
        ordinals.number(2);
}

bool Indexer::fits(const std::vector<JournalFileFacts>& files) const {
  if (number_ == 0) return true;
  const auto file = std::ranges::find(files, number_, &JournalFileFacts::number);
  // Retention may have taken it; but a journal that ends before what was indexed is another one.
  if (file == files.end()) return !files.empty() && files.back().number > number_;
  if (file->bytes < offset_) return false;
  const auto stream = RecordStream::open(*file);
  return !stream || stream->header().crc32c == header_crc_;
}

// Those of the batches before this start, whose later records are still to come.
Result<Done, std::string> Indexer::remember_calls(const std::vector<JournalFileFacts>& files) {
  calls_.emplace();
  Statement from(database_, "SELECT min(first) FROM (SELECT first FROM block ORDER BY first DESC LIMIT ?)");
  from.bind(1, std::int64_t{kCallsKept / kBlockRows + 1});
  if (!from.step() || from.is_null(0)) return Done{};
  const std::uint64_t begin = from.natural(0);
  for (const JournalFileFacts& file : files) {
    if (file.number < number_at(begin) || file.number > number_) continue;
    auto stream = RecordStream::open(file, file.number == number_at(begin) ? offset_at(begin) : sizeof(journal::FileHeader));
    if (!stream) return fail(stream.error());
    while (file.number != number_ || stream->offset() < offset_) {
      const auto record = stream->next();
      if (!record) break;
      if (const auto row = PredictionView::of(*record))
        static_cast<void>(calls_->enter(*row, place_of(file.number, stream->record_offset())));
    }
  }
  return Done{};
}

void Indexer::begin_file(const JournalFileFacts& file, std::uint32_t header_crc) {
  if (part_ == 0 || part_span_.rows >= part_rows_) {  // parts are whole files, so that they go with them
    ++part_;
    part_span_ = {};
  }
  number_ = file.number;
  offset_ = sizeof(journal::FileHeader);
  header_crc_ = header_crc;
}

Result<bool, std::string> Indexer::take(const std::vector<JournalFileFacts>& files, std::uint64_t records_max) {
  if (!calls_) {
    if (const auto done = remember_calls(files); !done) return fail(done.error());
  }
  Transaction transaction(database_);
  Batch batch;
  std::uint64_t taken = 0;
  bool more = false;
  for (std::size_t i = 0; i < files.size() && !more; ++i) {
    const JournalFileFacts& file = files[i];
    if (file.number < number_) continue;
    if (file.number == number_ && file.bytes <= offset_ && i + 1 == files.size()) break;
    auto stream = RecordStream::open(file, file.number == number_ ? offset_ : sizeof(journal::FileHeader));
    if (!stream && i + 1 == files.size()) return fail(stream.error());
    if (!stream) continue;                      // it was taken away, or its header is broken: verify says so
    if (stream->header().magic == 0) continue;  // a power cut left no header
    if (file.number != number_) begin_file(file, stream->header().crc32c);
    while (!(more = taken >= records_max)) {
      const auto record = stream->next();
      if (!record) break;
      enter(*record, place_of(file.number, stream->record_offset()), batch);
      ++taken;
      offset_ = stream->offset();
    }
    if (!stream->error().empty()) return fail(stream->error());
  }
  if (taken == 0) return false;
  write(batch);
  transaction.commit();
  return more;
}

void Indexer::enter(const journal::Record& record, std::uint64_t place, Batch& batch) {
  if (const auto row = PredictionView::of(record)) return enter_prediction(*row, place, batch);
  if (record.type() == journal::RecordType::kVersion) return enter_version(record, place);
  if (record.type() == journal::RecordType::kBlock) {
    const auto block = record.body<journal::BlockBody>();
    if (!block) return;
    last_block_.number = number_at(place);
    last_block_.end = block->end;
    last_block_.wall_ns = record.head().wall_ns;
    std::copy(std::begin(block->sha256), std::end(block->sha256), last_block_.link.begin());
    return;
  }
  if (record.type() != journal::RecordType::kGap) return;
  if (const auto gap = record.body<journal::GapBody>())
    batch.tally[{number_, record.head().wall_ns / kMinuteNs, 0, kUnrecorded}] += static_cast<std::int64_t>(gap->rows);
}

void Indexer::enter_prediction(const PredictionView& row, std::uint64_t place, Batch& batch) {
  const journal::PredictionBody& body = row.body();
  const std::uint64_t wall_ns = std::min<std::uint64_t>(row.head().wall_ns, std::numeric_limits<std::int64_t>::max());
  const auto known = ordinals_.find({row.head().epoch, body.version});
  const std::int64_t version = body.version == journal::kNoOrdinal || known == ordinals_.end() ? 0 : known->second;
  for (const std::uint64_t earlier : calls_->enter(row, place)) overrule(earlier, batch);
  batch.rows.push_back({place, wall_ns, version, body.status, false});
  if (body.request_id_bytes != 0) batch.requests.push_back({part_, hash_of(request_id_text(row)), place});
  if (body.user_bytes != 0) batch.users.push_back({part_, hash_of(row.user()), place});
  const std::int64_t rows = body.row == journal::kWholeCall ? std::max<std::int64_t>(body.rows, 1) : 1;
  batch.tally[{number_, wall_ns / kMinuteNs, version, body.status}] += rows;
  part_span_.add(place, wall_ns);
  batch.parts[part_] = part_span_;
  if (block_.rows >= kBlockRows) block_ = {};
  block_.add(place, wall_ns);
  if (batch.blocks.empty() || batch.blocks.back().first != block_.first) batch.blocks.push_back(block_);
  batch.blocks.back() = block_;
  batch.block_versions[{version, block_.first}] = place;
  ++records_;
}

void Indexer::enter_version(const journal::Record& record, std::uint64_t place) {
  const auto meaning = VersionMeaning::of(record);
  if (!meaning) return;
  const std::int64_t id = version_id(meaning->version);
  ordinals_[{meaning->epoch, meaning->ordinal}] = id;
  Statement insert(database_, "INSERT OR REPLACE INTO meaning VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, number_at(place))
      .bind(2, std::int64_t{meaning->epoch})
      .bind(3, std::int64_t{meaning->ordinal})
      .bind(4, place)
      .bind(5, id);
  insert.run();
}

std::int64_t Indexer::version_id(const std::string& name) {
  if (const auto known = versions_.find(name); known != versions_.end()) return known->second;
  const auto id = static_cast<std::int64_t>(versions_.size()) + 1;
  Statement(database_, "INSERT INTO version VALUES (?, ?)").bind(1, id).bind(2, std::string_view(name)).run();
  return versions_[name] = id;
}

// The counts follow: a row is counted once, as what it was answered in the end.
void Indexer::overrule(std::uint64_t place, Batch& batch) {
  const auto row = std::ranges::lower_bound(batch.rows, place, {}, &Batch::Row::place);
  if (row != batch.rows.end() && row->place == place) {
    row->overruled = true;
    --batch.tally[{number_at(place), row->wall_ns / kMinuteNs, row->version, row->status}];
    return;
  }
  Statement find(database_, "SELECT wall_ns, version, status FROM prediction WHERE place = ?");
  find.bind(1, place);
  if (!find.step()) return;
  batch.overruled.push_back(place);
  --batch.tally[{number_at(place), find.natural(0) / kMinuteNs, find.number(1), static_cast<std::uint8_t>(find.number(2))}];
}

void Indexer::write(Batch& batch) {
  Statement row(database_, "INSERT INTO prediction VALUES (?, ?, ?, ?, ?)");
  for (const Batch::Row& one : batch.rows)
    row.bind(1, one.place)
        .bind(2, one.wall_ns)
        .bind(3, one.version)
        .bind(4, std::int64_t{one.status})
        .bind(5, std::int64_t{one.overruled ? 1 : 0})
        .run();
  const auto keys = [&](std::vector<Batch::Key>& all, const char* sql) {
    std::ranges::sort(all);
    Statement insert(database_, sql);
    for (const Batch::Key& key : all) insert.bind(1, key.part).bind(2, key.hash).bind(3, key.place).run();
  };
  keys(batch.requests, "INSERT INTO request VALUES (?, ?, ?)");
  keys(batch.users, "INSERT INTO user VALUES (?, ?, ?)");
  Statement overruled(database_, "UPDATE prediction SET overruled = 1 WHERE place = ?");
  for (const std::uint64_t place : batch.overruled) overruled.bind(1, place).run();
  Statement tally(database_, "INSERT INTO tally VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows");
  for (const auto& [key, rows] : batch.tally) {
    const auto& [number, minute, version, status] = key;
    tally.bind(1, number).bind(2, minute).bind(3, version).bind(4, std::int64_t{status}).bind(5, rows).run();
  }
  const auto spans = [](Statement& statement, int at, const Span& span) -> Statement& {
    return statement.bind(at, span.first)
        .bind(at + 1, span.last)
        .bind(at + 2, span.rows)
        .bind(at + 3, span.min_ns)
        .bind(at + 4, span.max_ns);
  };
  Statement part(database_, "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& [id, span] : batch.parts) spans(part.bind(1, id), 2, span).run();
  Statement block(database_, "INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?)");
  for (const Span& span : batch.blocks) spans(block, 1, span).run();
  Statement block_version(database_, "INSERT OR REPLACE INTO block_version VALUES (?, ?, ?)");
  for (const auto& [key, last] : batch.block_versions) block_version.bind(1, key.first).bind(2, key.second).bind(3, last).run();
  Statement state(database_, "INSERT OR REPLACE INTO state VALUES (0, ?, ?, ?, ?)");
  state.bind(1, number_).bind(2, offset_).bind(3, std::int64_t{header_crc_}).bind(4, records_).run();
}

void Indexer::forget_before(std::uint64_t number) {
  const std::uint64_t place = place_of(number, 0);
  Statement gone(database_, "SELECT count(*), max(id), max(last), sum(rows) FROM part WHERE last < ? AND id < ?");
  gone.bind(1, place).bind(2, part_);
  if (!gone.step() || gone.number(0) == 0) return;
  const std::int64_t part = gone.number(1);
  const std::uint64_t last = gone.natural(2), rows = gone.natural(3);
  gone.reset();
  Transaction transaction(database_);
  for (const char* sql :
       {"DELETE FROM request WHERE part <= ?", "DELETE FROM user WHERE part <= ?", "DELETE FROM part WHERE id <= ?"})
    Statement(database_, sql).bind(1, part).run();
  for (const char* sql : {"DELETE FROM prediction WHERE place <= ?", "DELETE FROM block WHERE last <= ?",
                          "DELETE FROM block_version WHERE last <= ?"})
    Statement(database_, sql).bind(1, last).run();
  for (const char* sql : {"DELETE FROM meaning WHERE number < ?", "DELETE FROM tally WHERE number < ?"})
    Statement(database_, sql).bind(1, number).run();
  records_ -= std::min(records_, rows);
  Statement(database_, "UPDATE state SET records = ?").bind(1, records_).run();
  transaction.commit();
}

}  // namespace ringside::engine
