#include "engine/ledger/retention/keeper.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include "client_lib/base/durable_file.h"
#include "engine/ledger/retention/seal_file.h"

namespace ringside::engine {
namespace {

constexpr std::chrono::seconds kBetweenPasses{5};
constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr int kKeeperNice = 19;

struct OnDisk {
  std::uint64_t bytes = 0, written_ns = std::numeric_limits<std::uint64_t>::max();
};
OnDisk on_disk(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {static_cast<std::uint64_t>(status.st_size),
          static_cast<std::uint64_t>(status.st_mtim.tv_sec) * kSecondNs + static_cast<std::uint64_t>(status.st_mtim.tv_nsec)};
}

bool is_past(std::uint64_t then_ns, std::uint64_t seconds, std::uint64_t now) {
  return now > then_ns && now - then_ns >= seconds * kSecondNs;
}

}  // namespace

Keeper::Keeper(KeepingTerms terms, Seat seat) : terms_(std::move(terms)), seat_(std::move(seat)), holds_(terms_.state_folder) {
  remove_half_sealed(terms_.journal_folder);
}

Keeper::~Keeper() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Keeper::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-keeper");
}

void Keeper::run() {
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) setpriority(PRIO_PROCESS, 0, kKeeperNice);  // of this thread alone, on Linux
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    pass(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count()));
    lock.lock();
    wake_.wait_for(lock, kBetweenPasses, [this] { return stopping_.load(); });
  }
}

void Keeper::pass(std::uint64_t now) {
  problem_.clear();
  if (seat_.besides) {
    if (const auto done = seat_.besides(now); !done) problem_ = done.error();
  }
  auto files = list_journal(terms_.journal_folder);
  if (!files) return note(files.error());
  remove_told(*files);
  std::erase_if(*files, [&](const JournalFileFacts& file) { return file.number >= seat_.current(); });
  if (terms_.seal) seal(*files, now);
  if (files = list_journal(terms_.journal_folder); !files) return note(files.error());
  if (terms_.keep_s != 0 || terms_.keep_bytes != 0) expire(*files, now);
  KeepingStatus seen;
  for (const JournalFileFacts& file : *files) {
    ++seen.files;
    seen.bytes += on_disk(file.path).bytes;
    if (file.sealed) ++seen.sealed;
  }
  {
    const std::lock_guard lock(mutex_);
    status_.files = seen.files;
    status_.bytes = seen.bytes;
    status_.sealed = seen.sealed;
  }
  note(problem_);
}

void Keeper::seal(const std::vector<JournalFileFacts>& files, std::uint64_t now) {
  for (const JournalFileFacts& file : files) {
    if (stopping_) return;
    if (file.sealed || !is_past(on_disk(file.path).written_ns, terms_.seal_after_s, now)) continue;
    if (const auto sealed = seal_file(file, stopping_); !sealed) {
      problem_ = sealed.error();
      return;
    }
  }
}

Keeper::Span Keeper::span(const JournalFileFacts& file) {
  if (const auto known = spans_.find(file.number); known != spans_.end()) return known->second;
  Span found{std::numeric_limits<std::uint64_t>::max(), 0, false};
  bool was_read = false;
  if (auto stream = RecordStream::open(file)) {
    while (const auto record = stream->next()) {
      if (record->head().writer == journal::kRecorder) continue;  // versions are as old as their start
      const std::uint64_t wall_ns = record->head().wall_ns;
      found.oldest_ns = std::min(found.oldest_ns, wall_ns);
      found.newest_ns = std::max(found.newest_ns, wall_ns);
    }
    was_read = stream->error().empty();
    found.certain = was_read && stream->end() == RecordStream::End::kEnd;
  }
  const std::uint64_t written_ns = on_disk(file.path).written_ns;
  if (!was_read) found.newest_ns = std::max(found.newest_ns, written_ns);  // younger records may stand where it ended
  if (found.newest_ns == 0) found.newest_ns = written_ns;
  found.oldest_ns = std::min(found.oldest_ns, found.newest_ns);
  if (was_read) spans_.emplace(file.number, found);  // else it may be readable the next time
  return found;
}

bool Keeper::is_held(const JournalFileFacts& file, const std::vector<Hold>& holds) {
  const Span its = span(file);
  return std::ranges::any_of(
      holds, [&](const Hold& hold) { return its.certain ? hold.holds(its.oldest_ns, its.newest_ns) : hold.removed_ns == 0; });
}

// `next` is there, so its header says what this file's chain came to.
Result<Done, std::string> Keeper::tell(const JournalFileFacts& file, const JournalFileFacts& next, bool too_old) {
  journal::ExpiredBody body{};
  body.first = file.number;
  body.last = next.number - 1;  // what is missing between them was told of before, or verify says so
  const Span its = span(file);
  body.oldest_ns = its.oldest_ns;
  body.newest_ns = its.newest_ns;
  body.reason = static_cast<std::uint8_t>(too_old ? journal::ExpiredReason::kAge : journal::ExpiredReason::kSize);
  if (next.number == file.number + 1) {
    const auto behind = RecordStream::open(next);
    if (!behind) return fail(behind.error());
    std::memcpy(body.after, behind->header().previous, sizeof body.after);
  } else {
    body.last = file.number;
  }
  if (const auto own = RecordStream::open(file)) std::memcpy(body.before, own->header().previous, sizeof body.before);
  leaving_.push_back({file.number, seat_.tell(body)});
  return Done{};
}

void Keeper::expire(const std::vector<JournalFileFacts>& files, std::uint64_t now) {
  const auto holds = holds_.read();
  if (!holds) {
    problem_ = holds.error();
    return;
  }
  std::uint64_t bytes = 0, held = 0;
  std::vector<std::size_t> free;
  const std::uint64_t current = seat_.current();
  const bool any = std::ranges::any_of(*holds, [](const Hold& hold) { return hold.removed_ns == 0; });
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (any && files[i].number < current && is_held(files[i], *holds)) {
      ++held;
      continue;
    }
    bytes += on_disk(files[i].path).bytes;
    if (files[i].number < current && i + 1 < files.size()) free.push_back(i);
  }
  for (const Leaving& one : leaving_) {  // as good as gone
    const auto file = std::ranges::find(files, one.number, &JournalFileFacts::number);
    if (file != files.end()) bytes -= std::min(bytes, on_disk(file->path).bytes);
  }
  for (const std::size_t i : free) {
    const JournalFileFacts& file = files[i];
    if (std::ranges::find(leaving_, file.number, &Leaving::number) != leaving_.end()) continue;
    const bool too_many = terms_.keep_bytes != 0 && bytes > terms_.keep_bytes;
    const bool too_old = terms_.keep_s != 0 && is_past(span(file).newest_ns, terms_.keep_s, now);
    if (!too_many && !too_old) break;
    if (const auto told = tell(file, files[i + 1], too_old); !told) {
      problem_ = told.error();
      break;
    }
    bytes -= std::min(bytes, on_disk(file.path).bytes);
  }
  const std::lock_guard lock(mutex_);
  status_.held = held;
}

// Those whose record is durable, unless they are held by now.
void Keeper::remove_told(const std::vector<JournalFileFacts>& files) {
  if (leaving_.empty()) return;
  const auto locked = holds_.lock();
  const auto holds = holds_.read();
  if (!locked || !holds) {
    problem_ = !locked ? locked.error() : holds.error();
    return;
  }
  std::vector<Leaving> wait;
  for (const Leaving& one : leaving_) {
    const auto file = std::ranges::find(files, one.number, &JournalFileFacts::number);
    if (file == files.end() || is_held(*file, *holds)) continue;
    if (!seat_.is_told(one.ticket)) {
      wait.push_back(one);
      continue;
    }
    const std::string plain = terms_.journal_folder + "/" + journal::file_name_text(one.number);
    const std::string sealed = terms_.journal_folder + "/" + journal::file_name_text(one.number, true);
    for (const std::string* path : {&plain, &sealed}) {
      if (unlink(path->c_str()) != 0 && errno != ENOENT) problem_ = base::because(*path, "cannot be removed");
    }
    spans_.erase(one.number);
    const std::lock_guard lock(mutex_);
    ++status_.expired;
  }
  leaving_ = std::move(wait);
}

void Keeper::note(const std::string& problem) {
  bool began = false;
  {
    const std::lock_guard lock(mutex_);
    began = !problem.empty() && status_.problem != problem;
    status_.problem = problem;
  }
  if (began) terms_.warn("journal: " + problem + "; what it hinders stays as it is until this is over");
}

KeepingStatus Keeper::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace ringside::engine
