#include "engine/ledger/recorder.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "client_lib/base/clock.h"
#include "engine/ledger/landing_folder.h"
#include "engine/ledger/ring_pieces.h"

namespace ringside::engine {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kPieceBytes = 1u << 20;  // then `taken` moves: workers get room while the rest is copied
constexpr milliseconds kBusy{1}, kCalm{5}, kIdle{20}, kRefused{100};

Result<Done, std::string> make_folder(const std::string& folder, std::filesystem::perms allowed) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return Done{};
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, allowed, error);
  if (error) return fail("cannot make " + folder + ": " + error.message());
  return Done{};
}

}  // namespace

Result<std::unique_ptr<Recorder>, std::string> Recorder::open(const RecorderTerms& terms, VersionBook& book) {
  using std::filesystem::perms;
  if (const auto made = make_folder(terms.recovery.journal_folder, perms::owner_all | perms::group_read | perms::group_exec);
      !made) {
    return fail(made.error());
  }
  auto journal_lock = lock_folder(terms.recovery.journal_folder);
  if (!journal_lock) return fail(journal_lock.error());
  auto landing_lock = lock_folder(terms.recovery.landing_folder);
  if (!landing_lock) return fail(landing_lock.error());
  auto recovered = recover(terms.recovery, book);
  if (!recovered) return fail(recovered.error());
  std::unique_ptr<Recorder> recorder(new Recorder(terms, book, std::move(*recovered)));
  recorder->journal_lock_ = std::move(*journal_lock);
  recorder->landing_lock_ = std::move(*landing_lock);
  return recorder;
}

Recorder::Recorder(const RecorderTerms& terms, VersionBook& book, Recovered recovered)
    : terms_(terms),
      book_(book),
      epoch_(recovered.epoch),
      rings_(std::move(recovered.rings)),
      number_(recovered.number),
      first_(std::move(recovered.first)),
      expired_(std::move(recovered.expired)) {
  status_.epoch = epoch_;
  status_.file_number = number_;
  if (!recovered.file.is_open()) {
    note(recovered.refused);
    return;
  }
  file_ = std::make_shared<JournalFile>(std::move(recovered.file));
  status_.file = file_->path();
  status_.files = 1;
}

Recorder::~Recorder() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  sync_.stop();
  pass();
  if (file_ != nullptr && terms_.sync != JournalSync::kNone) ask_sync();
  const bool is_safe = settle_syncs().empty() && status_.problem.empty() && file_ != nullptr;
  bool all_gone = true;
  for (const LandingRing& ring : rings_) {
    const bool is_empty =
        ring.header().taken.load(std::memory_order_relaxed) == ring.header().committed.load(std::memory_order_relaxed);
    // A count that waits for its gap record stays with the ring.
    const bool goes = is_safe && is_empty && ring.mark().unrecorded == 0;
    if (goes) unlink(LandingRing::path(terms_.recovery.landing_folder, ring.header().writer).c_str());
    all_gone &= goes;
  }
  if (all_gone) VersionBook::forget(terms_.recovery.landing_folder);
}

void Recorder::start() {
  if (terms_.sync != JournalSync::kNone) sync_.start();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-recorder");
}

void Recorder::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t before = status_.written_bytes;
    lock.unlock();
    pass();
    lock.lock();
    const milliseconds pause = !status_.problem.empty() ? kRefused : rest(status_.written_bytes - before);
    if (pause != milliseconds(0)) wake_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

// Every wake-up takes a processor from somebody, so the fuller the rings were, the sooner the next.
milliseconds Recorder::rest(std::uint64_t moved_bytes) const {
  const std::uint64_t capacity = rings_.front().header().capacity;
  if (moved_bytes == 0) return kIdle;
  if (moved_bytes < capacity / 16) return kCalm;
  return moved_bytes < capacity / 4 ? kBusy : milliseconds(0);
}

bool Recorder::pass() {
  const auto moved = move();
  if (moved) sync_if_due();
  const std::string unsynced = settle_syncs();
  note(!moved ? moved.error() : unsynced);
  return moved && *moved;
}

Result<bool, std::string> Recorder::move() {
  // First how far the rings are, then the versions: what a record names was written down before it was committed.
  std::vector<std::uint64_t> sealed;
  for (const LandingRing& ring : rings_) sealed.push_back(ring.header().sealed.load(std::memory_order_acquire));  // [SEAL]
  const bool is_full = file_ != nullptr && file_->bytes() >= terms_.file_bytes_max;
  const bool is_old = base::monotonic_ns() - file_made_ns_ >= terms_.file_seconds_max * std::uint64_t{1'000'000'000};
  bool waiting = false;
  for (std::size_t i = 0; i < rings_.size(); ++i)
    waiting |= rings_[i].header().taken.load(std::memory_order_relaxed) != sealed[i];
  if (file_ == nullptr || (waiting && (is_full || is_old))) {  // an idle engine makes no files
    if (!may_rotate()) return false;
    if (const auto rotated = rotate(); !rotated) return fail(rotated.error());
  }
  std::vector<std::byte> versions;
  const std::size_t known = book_.copy(versions_in_file_, versions);
  if (const auto written = file_->append(versions); !written) return fail(written.error());
  versions_in_file_ = known;
  const auto told = write_expired();
  if (!told) return told;
  bool moved = !versions.empty() || *told;
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    const auto taken = take(rings_[i], sealed[i]);
    if (!taken) return taken;
    moved |= *taken;
  }
  return moved;
}

Result<bool, std::string> Recorder::write_expired() {
  if (const std::unique_lock lock(telling_mutex_, std::try_to_lock); lock) {
    unwritten_.insert(unwritten_.end(), telling_.begin(), telling_.end());
    telling_.clear();
  }
  if (unwritten_.empty()) return false;
  ExpiredFiles all = expired_;
  std::vector<std::byte> records;
  for (const journal::ExpiredBody& body : unwritten_) {
    all.add(body);
    ExpiredFiles::append_record(records, *all.find(body.first), epoch_);
  }
  if (const auto written = file_->append(records); !written) return fail(written.error());
  expired_ = std::move(all);
  told_written_ += unwritten_.size();
  unwritten_.clear();
  if (terms_.sync == JournalSync::kNone) told_durable_.store(told_written_, std::memory_order_release);
  return true;
}

std::uint64_t Recorder::tell(const journal::ExpiredBody& expired) {
  const std::lock_guard lock(telling_mutex_);
  telling_.push_back(expired);
  return ++last_ticket_;
}

Result<bool, std::string> Recorder::take(const LandingRing& ring, std::uint64_t sealed) {
  std::uint64_t taken = ring.header().taken.load(std::memory_order_relaxed);  // our own
  if (taken == sealed) return false;
  while (taken < sealed) {
    const RingPiece piece = ring_piece(ring, taken, sealed, kPieceBytes);
    if (const auto written = file_->append(piece.records); !written) return fail(written.error());
    taken = piece.end;
    ring.header().taken.store(taken, std::memory_order_release);  // [TAKE]
    unsynced_bytes_ += piece.records.size();
    const std::lock_guard lock(mutex_);
    status_.written_bytes += piece.records.size();
  }
  return true;
}

// The file is synced once more, and nothing is taken until that is done: what a power cut leaves must be a prefix, and the next file's header
// says where this one's chain ended.
bool Recorder::may_rotate() {
  if (file_ == nullptr || terms_.sync == JournalSync::kNone) return true;
  if (!std::exchange(rotation_asked_, true)) ask_sync();
  return !sync_.is_busy();
}

Result<Done, std::string> Recorder::rotate() {
  std::vector<std::byte> versions = first_;
  const std::size_t known = book_.copy(0, versions);
  expired_.append_to(versions, epoch_);
  auto file = JournalFile::make(terms_.recovery.journal_folder, file_header(terms_.recovery, epoch_, number_ + 1), versions,
                                file_.get(), *terms_.recovery.disk);
  if (!file) return fail(file.error());
  rotation_asked_ = false;
  file_ = std::make_shared<JournalFile>(std::move(*file));
  file_made_ns_ = base::monotonic_ns();
  number_.store(number_ + 1, std::memory_order_release);
  first_.clear();
  versions_in_file_ = known;
  const std::lock_guard lock(mutex_);
  status_.file = file_->path();
  status_.file_number = number_;
  ++status_.files;
  return Done{};
}

// What was told in a file that was given up stands at the head of the next.
void Recorder::ask_sync() {
  told_asked_ = told_written_;
  sync_.ask(file_, std::exchange(unsynced_bytes_, 0), told_asked_);
}

void Recorder::sync_if_due() {
  if (terms_.sync == JournalSync::kNone || (unsynced_bytes_ == 0 && told_asked_ == told_written_) || sync_.is_busy()) return;
  const std::uint64_t now_ns = base::monotonic_ns();
  if (now_ns - last_sync_ns_ < terms_.sync_ms * std::uint64_t{1'000'000}) return;
  last_sync_ns_ = now_ns;
  ask_sync();
}

// The last problem, or nothing. What was written to a file whose sync failed is never called durable.
std::string Recorder::settle_syncs() {
  std::string problem;
  for (const SyncThread::Outcome& outcome : sync_.outcomes()) {
    if (outcome.problem.empty()) {
      if (outcome.told > told_durable_.load(std::memory_order_relaxed)) {  // relaxed: our own
        told_durable_.store(outcome.told, std::memory_order_release);
      }
      const std::lock_guard lock(mutex_);
      status_.durable_bytes += outcome.bytes;
      continue;
    }
    problem = outcome.problem;
    if (outcome.file != file_) continue;
    told_asked_ = 0;
    file_ = nullptr;  // never synced twice: a second success would prove nothing about what the first lost
    unsynced_bytes_ = 0;
  }
  return problem;
}

void Recorder::note(const std::string& problem) {
  bool began = false, ended = false;
  {
    const std::lock_guard lock(mutex_);
    began = !problem.empty() && status_.problem.empty();
    ended = problem.empty() && !status_.problem.empty();
    if (!problem.empty()) ++status_.failures;
    status_.problem = problem;
  }
  if (began)
    terms_.recovery.warn("journal: " + problem + "; records wait in the landing ring, journal.when_full says for how long");
  if (ended) terms_.recovery.warn("journal: written again");
}

RecorderStatus Recorder::status() const {
  std::uint64_t waiting = 0;
  for (const LandingRing& ring : rings_) {
    const std::uint64_t taken =
        ring.header().taken.load(std::memory_order_relaxed);  // before committed, so that it is never ahead
    waiting += ring.header().committed.load(std::memory_order_relaxed) - taken;
  }
  const std::lock_guard lock(mutex_);
  RecorderStatus status = status_;
  status.waiting_bytes = waiting;
  return status;
}

}  // namespace ringside::engine
