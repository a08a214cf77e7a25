#include "engine/ledger/index/ledger_desk.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "client_lib/base/unique_fd.h"
#include "engine/ledger/reading/audit_time.h"
#include "engine/ledger/reading/record_json.h"

namespace ringside::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kQuestionMax{5'000};
// Batches touch each page of the newest part once: the longer they wait, the fewer pages are written a record.
constexpr std::chrono::milliseconds kBetweenBatches{1'000}, kAfterTrouble{10'000};
constexpr std::chrono::seconds kBetweenCheckpoints{60};
constexpr std::uint64_t kBatchRecords = 65'536;
constexpr std::size_t kWaiting = 64;
constexpr int kNice = 10;

Json index_document(const IndexStatus& status) {
  return {{"records", status.records},
          {"lag_bytes", status.lag_bytes},
          {"problem", status.problem.empty() ? Json(nullptr) : Json(status.problem)}};
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string audit_document(const AuditPage& page, const IndexStatus& status) {
  std::string text = "{\"records\":[";
  for (std::size_t i = 0; i < page.records.size(); ++i) (text += i == 0 ? "" : ",") += page.records[i];
  text += "],\"cursor\":" + (page.cursor ? "\"" + std::to_string(*page.cursor) + "\"" : std::string("null"));
  text += ",\"unreadable\":" + std::to_string(page.unreadable);
  return text + ",\"index\":" + text_of(index_document(status)) + "}";
}

std::string audit_stats_document(const std::vector<AuditTally>& tallies, const IndexStatus& status) {
  Json counts = Json::array();
  for (const AuditTally& one : tallies) {
    Json count = Json::object();
    if (one.version) count["version"] = one.version->empty() ? Json(nullptr) : Json(*one.version);
    if (one.hour_ns) count["hour"] = rfc3339_ms(*one.hour_ns);
    if (one.status) count["status"] = audit_status(*one.status);
    count["rows"] = one.rows;
    counts.push_back(std::move(count));
  }
  return text_of({{"counts", std::move(counts)}, {"index", index_document(status)}});
}

LedgerDesk::LedgerDesk(AuditIndex::Terms terms, Signing signing, std::function<void(const std::string&)> warn)
    : terms_(std::move(terms)), signing_(std::move(signing)), warn_(std::move(warn)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "rs-ledger");
}

LedgerDesk::~LedgerDesk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  for (auto& [job, answer] : waiting_) answer(fail(std::string("the engine stops")));
}

void LedgerDesk::ask(AuditQuestion question, Answer answer) {
  enqueue(
      [this, question = std::move(question)](AuditIndex& index) -> Result<std::string, std::string> {
        const auto page = index.find(question, kQuestionMax);
        if (!page) return fail(page.error());
        return audit_document(*page, status());
      },
      std::move(answer));
}

void LedgerDesk::ask(AuditStatsQuestion question, Answer answer) {
  enqueue(
      [this, question = std::move(question)](AuditIndex& index) -> Result<std::string, std::string> {
        const auto tallies = index.count(question, kQuestionMax);
        if (!tallies) return fail(tallies.error());
        return audit_stats_document(*tallies, status());
      },
      std::move(answer));
}

void LedgerDesk::enqueue(Job job, Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kWaiting && !stopping_) {
      waiting_.emplace_back(std::move(job), std::move(answer));
      wake_.notify_one();
      return;
    }
  }
  answer(fail(std::string("too many questions wait; next: ask again")));
}

IndexStatus LedgerDesk::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void LedgerDesk::run() {
  setpriority(PRIO_PROCESS, 0, kNice);  // of this thread alone, on Linux
  auto next_batch = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty() && std::chrono::steady_clock::now() < next_batch) {
      wake_.wait_until(lock, next_batch, [this] { return stopping_ || !waiting_.empty(); });
      continue;
    }
    // A question sees what was recorded up to now, unless the index lags by more than a batch; then it says by how much.
    std::deque<std::pair<Job, Answer>> asked;
    asked.swap(waiting_);
    lock.unlock();
    const bool is_open = open();
    const bool more = is_open && catch_up();
    for (auto& [job, answer] : asked) answer(is_open ? job(*index_) : fail(status().problem));
    lock.lock();
    const bool trouble = !status_.problem.empty();
    next_batch = std::chrono::steady_clock::now() + (trouble ? kAfterTrouble
                                                     : more  ? std::chrono::milliseconds::zero()
                                                             : kBetweenBatches);
  }
}

bool LedgerDesk::open() {
  if (index_) return true;
  auto opened = AuditIndex::open(terms_, AuditIndex::Mode::kWrite);
  note(opened ? "" : opened.error());
  if (opened) index_ = std::move(*opened);
  return index_ != nullptr;
}

bool LedgerDesk::catch_up() {
  const auto more = index_->catch_up(kBatchRecords);
  const auto now = index_->status();
  {
    const std::lock_guard lock(mutex_);
    if (now) {
      status_.records = now->records;
      status_.lag_bytes = now->lag_bytes;
    }
  }
  const auto is_signed = sign_if_due();
  note(!more ? more.error() : !now ? now.error() : !is_signed ? is_signed.error() : "");
  return more && *more;
}

// The key is read anew each time, so that it can be replaced.
Result<Done, std::string> LedgerDesk::sign_if_due() {
  if (signing_.key_file.empty() || std::chrono::steady_clock::now() < next_checkpoint_) return Done{};
  Checkpoint last = index_->last_block();
  if (last.number == 0 || (last.number == signed_.number && last.end == signed_.end)) return Done{};
  next_checkpoint_ = std::chrono::steady_clock::now() + kBetweenCheckpoints;
  std::ifstream file(signing_.key_file, std::ios::binary);
  const std::string key((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return fail("journal.checkpoint_key: " + signing_.key_file + " cannot be read");
  last.task = signing_.task;
  const auto line = checkpoint_line(last, key);
  if (!line) return fail("journal.checkpoint_key: " + signing_.key_file + ": " + line.error());
  const base::UniqueFd to(::open(signing_.checkpoints.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  const std::string text = *line + "\n";
  if (!to || ::write(to.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || fdatasync(to.get()) != 0)
    return fail("cannot write " + signing_.checkpoints + ": " + std::generic_category().message(errno));
  signed_ = std::move(last);
  return Done{};
}

void LedgerDesk::note(const std::string& problem) {
  bool began = false, ended = false;
  {
    const std::lock_guard lock(mutex_);
    began = !problem.empty() && status_.problem.empty();
    ended = problem.empty() && !status_.problem.empty();
    status_.problem = problem;
  }
  if (began) warn_("audit: " + problem + "; records are kept, but not found until this is over");
  if (ended) warn_("audit: the index is kept again");
}

}  // namespace ringside::engine
