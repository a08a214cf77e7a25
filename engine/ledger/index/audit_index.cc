#include "engine/ledger/index/audit_index.h"

#include <fcntl.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/ledger/index/database.h"
#include "engine/ledger/index/index_form.h"
#include "engine/ledger/index/indexer.h"
#include "engine/ledger/index/query.h"
#include "engine/ledger/landing_folder.h"
#include "engine/ledger/reading/journal_folder.h"

namespace ringside::engine {
namespace {

constexpr const char* kFile = "/ledger.sqlite";

void remove_database(const std::string& path) {
  std::error_code ignored;
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end, ignored);
}

std::int64_t form_of(Database& database) {
  Statement form(database, "PRAGMA user_version");
  return form.step() ? form.number(0) : 0;
}

bool has_tables(Database& database) {
  Statement tables(database, "SELECT count(*) FROM sqlite_master");
  return tables.step() && tables.number(0) != 0;
}

}  // namespace

class AuditIndex::Core {
 public:
  Core(Terms terms, Mode mode) : terms_(std::move(terms)), path_(terms_.index_folder + kFile), mode_(mode) {}

  Result<Done, std::string> lock() {
    auto lock = lock_folder(terms_.index_folder);
    if (!lock) return fail(lock.error());
    lock_ = std::move(*lock);
    return Done{};
  }

  // Throws.
  void connect() {
    reader_.reset();
    indexer_.reset();
    // SQLite would let everybody read it; what it makes beside it has the same mode.
    if (mode_ == Mode::kWrite) const base::UniqueFd made(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    database_.emplace(path_, mode_ == Mode::kWrite ? Database::Mode::kWrite : Database::Mode::kRead);
    if (mode_ == Mode::kRead) {
      if (form_of(*database_) != index_form::kFormVersion)
        throw DatabaseError(path_ + " has another form; the engine of this release makes it anew", 0);
    } else {
      if (has_tables(*database_) && form_of(*database_) != index_form::kFormVersion) return begin_anew();
      database_->run("PRAGMA journal_mode = WAL");
      database_->run("PRAGMA synchronous = NORMAL");
      database_->run("PRAGMA wal_autocheckpoint = 8192");
      database_->run(index_form::kTables);
      database_->run(("PRAGMA user_version = " + std::to_string(index_form::kFormVersion)).c_str());
      indexer_.emplace(*database_, terms_.journal_folder, terms_.part_rows);
    }
    reader_.emplace(*database_, terms_);
  }

  void begin_anew() {
    reader_.reset();
    indexer_.reset();
    database_.reset();
    remove_database(path_);
    connect();
  }

  // What SQLite refuses, as a Result; a broken index is made anew.
  template <class Act>
  auto guarded(const Act& act) -> decltype(act()) {
    try {
      if (!reader_) connect();
      return act();
    } catch (const DatabaseError& error) {
      if (error.is_interrupted()) return fail(std::string("the question took too long; next: narrow it with from and to"));
      if (!error.is_corrupt() || mode_ == Mode::kRead) return fail(std::string(error.what()));
      try {
        begin_anew();
      } catch (const DatabaseError& again) {
        return fail(std::string(again.what()));
      }
      return fail(std::string(error.what()) + "; it is made anew");
    }
  }

  Result<bool, std::string> catch_up(std::uint64_t records_max) {
    const auto files = list_journal(terms_.journal_folder);
    if (!files) return fail(files.error());
    if (!indexer_->fits(*files)) begin_anew();
    if (!files->empty()) indexer_->forget_before(files->front().number);
    // A transaction that did not end well leaves the indexer ahead of its tables: the next one begins from them.
    try {
      auto taken = indexer_->take(*files, records_max);
      if (!taken) reader_.reset();
      return taken;
    } catch (const DatabaseError&) {
      reader_.reset();
      throw;
    }
  }

  std::uint64_t first_number() const {
    const auto files = list_journal(terms_.journal_folder);
    return files && !files->empty() ? files->front().number : 0;
  }

  IndexStatus status() {
    IndexStatus status;
    std::uint64_t number = 0, offset = 0;
    Statement state(*database_, "SELECT number, offset, records FROM state");
    if (state.step()) {
      number = state.natural(0);
      offset = state.natural(1);
      status.records = state.natural(2);
    }
    if (const auto files = list_journal(terms_.journal_folder)) {
      for (const JournalFileFacts& file : *files) {
        const std::uint64_t done = file.number == number ? offset : sizeof(journal::FileHeader);
        if (file.number >= number && file.bytes > done) status.lag_bytes += file.bytes - done;
      }
    }
    return status;
  }

  Terms terms_;
  std::string path_;
  Mode mode_;
  base::UniqueFd lock_;
  std::optional<Database> database_;
  std::optional<Indexer> indexer_;
  std::optional<AuditReader> reader_;
};

AuditIndex::AuditIndex(std::unique_ptr<Core> core) : core_(std::move(core)) {}
AuditIndex::~AuditIndex() = default;

Result<std::unique_ptr<AuditIndex>, std::string> AuditIndex::open(Terms terms, Mode mode) {
  auto core = std::make_unique<Core>(std::move(terms), mode);
  std::error_code error;
  if (mode == Mode::kRead) {
    if (!std::filesystem::exists(core->path_, error)) return fail("there is no index at " + core->path_);
  } else {
    if (!std::filesystem::is_directory(core->terms_.index_folder, error)) {
      using std::filesystem::perms;
      std::filesystem::create_directories(core->terms_.index_folder, error);
      if (!error)
        std::filesystem::permissions(core->terms_.index_folder, perms::owner_all | perms::group_read | perms::group_exec, error);
      if (error) return fail("cannot make " + core->terms_.index_folder + ": " + error.message());
    }
    if (auto locked = core->lock(); !locked) return fail(locked.error());
  }
  const auto connected = core->guarded([&]() -> Result<Done, std::string> { return Done{}; });
  if (!connected && !core->reader_) return fail(connected.error());
  return std::unique_ptr<AuditIndex>(new AuditIndex(std::move(core)));
}

Result<std::vector<JournalKey>, std::string> AuditIndex::keys(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::vector<JournalKey>{};
  std::vector<std::string> files{file};
  for (std::filesystem::directory_iterator entry(file + ".old", error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".key") files.push_back(entry->path().string());
  std::vector<JournalKey> keys;
  for (const std::string& path : files) {
    const auto key = journal_key(path);
    if (!key) return fail(key.error());
    keys.push_back(*key);
  }
  return keys;
}

Result<bool, std::string> AuditIndex::catch_up(std::uint64_t records_max) {
  return core_->guarded([&] {
    core_->database_->limit(std::chrono::milliseconds::zero());
    return core_->catch_up(records_max);
  });
}

Result<AuditPage, std::string> AuditIndex::find(const AuditQuestion& question, std::chrono::milliseconds time_max) {
  return core_->guarded([&]() -> Result<AuditPage, std::string> {
    core_->database_->limit(time_max);
    return core_->reader_->find(question, core_->first_number());
  });
}

Result<std::vector<AuditTally>, std::string> AuditIndex::count(const AuditStatsQuestion& question,
                                                               std::chrono::milliseconds time_max) {
  return core_->guarded([&]() -> Result<std::vector<AuditTally>, std::string> {
    core_->database_->limit(time_max);
    return core_->reader_->count(question, core_->first_number());
  });
}

Result<IndexStatus, std::string> AuditIndex::status() {
  return core_->guarded([&]() -> Result<IndexStatus, std::string> { return core_->status(); });
}

Checkpoint AuditIndex::last_block() const { return core_->indexer_ ? core_->indexer_->last_block() : Checkpoint{}; }

}  // namespace ringside::engine
