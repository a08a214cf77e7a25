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
constexpr milliseconds kBusy{1}, kIdle{20}, kRefused{100};

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
      file_(std::move(recovered.file)),
      number_(recovered.number) {
  status_.epoch = epoch_;
  status_.file = file_.path();
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
  pass();
  const bool is_safe = status_.problem.empty() && file_.is_open() && (terms_.sync == JournalSync::kNone || file_.sync());
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
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-recorder");
}

void Recorder::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool moved = pass();
    lock.lock();
    const milliseconds rest = !status_.problem.empty() ? kRefused : moved ? kBusy : kIdle;
    wake_.wait_for(lock, rest, [this] { return stopping_; });
  }
}

bool Recorder::pass() {
  const auto moved = move();
  Result<Done, std::string> synced = Done{};
  if (moved) synced = sync_if_due();
  note(!moved ? moved.error() : !synced ? synced.error() : std::string());
  return moved && *moved;
}

Result<bool, std::string> Recorder::move() {
  // First how far the rings are, then the versions: what a record names was written down before it was committed.
  std::vector<std::uint64_t> committed;
  for (const LandingRing& ring : rings_)
    committed.push_back(ring.header().committed.load(std::memory_order_acquire));  // [COMMIT]
  const bool is_full = file_.bytes() >= terms_.file_bytes_max;
  const bool is_old =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1)) >=
      file_.created_ns() + terms_.file_seconds_max * std::uint64_t{1'000'000'000};
  bool waiting = false;
  for (std::size_t i = 0; i < rings_.size(); ++i)
    waiting |= rings_[i].header().taken.load(std::memory_order_relaxed) != committed[i];
  if (!file_.is_open() || (waiting && (is_full || is_old))) {  // an idle engine makes no files
    if (const auto rotated = rotate(); !rotated) return fail(rotated.error());
  }
  std::vector<std::byte> versions;
  const std::size_t known = book_.copy(versions_in_file_, versions);
  if (const auto written = file_.append(versions); !written) return fail(written.error());
  versions_in_file_ = known;
  bool moved = !versions.empty();
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    const auto taken = take(rings_[i], committed[i]);
    if (!taken) return taken;
    moved |= *taken;
  }
  return moved;
}

Result<bool, std::string> Recorder::take(const LandingRing& ring, std::uint64_t committed) {
  std::uint64_t taken = ring.header().taken.load(std::memory_order_relaxed);  // our own
  if (taken == committed) return false;
  while (taken < committed) {
    const RingPiece piece = ring_piece(ring, taken, committed, kPieceBytes);
    if (const auto written = file_.append(piece.records); !written) return fail(written.error());
    taken = piece.end;
    ring.header().taken.store(taken, std::memory_order_release);  // [TAKE]
    unsynced_bytes_ += piece.records.size();
    const std::lock_guard lock(mutex_);
    status_.written_bytes += piece.records.size();
  }
  return true;
}

// The file before it is synced once more: what it holds must not be less durable than what comes after.
Result<Done, std::string> Recorder::rotate() {
  if (file_.is_open() && terms_.sync != JournalSync::kNone) {
    if (const auto synced = file_.sync(); !synced) note(synced.error());
  }
  std::vector<std::byte> versions;
  const std::size_t known = book_.copy(0, versions);
  auto file = JournalFile::make(terms_.recovery.journal_folder, file_header(terms_.recovery, epoch_, number_ + 1), versions,
                                file_.is_open() ? &file_ : nullptr);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  ++number_;
  versions_in_file_ = known;
  const std::lock_guard lock(mutex_);
  status_.file = file_.path();
  ++status_.files;
  return Done{};
}

Result<Done, std::string> Recorder::sync_if_due() {
  if (terms_.sync == JournalSync::kNone || unsynced_bytes_ == 0) return Done{};
  const std::uint64_t now_ns = base::monotonic_ns();
  if (now_ns - last_sync_ns_ < terms_.sync_ms * std::uint64_t{1'000'000}) return Done{};
  last_sync_ns_ = now_ns;
  auto synced = file_.sync();
  if (!synced) {
    file_ = JournalFile();  // never synced twice: a second success would prove nothing about what the first lost
    return synced;
  }
  unsynced_bytes_ = 0;
  const std::lock_guard lock(mutex_);
  status_.durable_bytes = status_.written_bytes;
  return synced;
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
