#include "engine/ledger/journal.h"

#include <chrono>
#include <utility>

#include "client_lib/base/tick_rate.h"
#include "engine/journal/pseudonym.h"

namespace ringside::engine {
namespace {

std::uint64_t opened_at_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

Result<std::unique_ptr<Journal>, std::string> Journal::open(JournalOpening opening, VersionBook& versions) {
  const auto key = journal_key(opening.key_file);
  if (!key) return fail(key.error());
  const auto landing = landing_folder(opening.landing);
  if (!landing) return fail(landing.error());
  opening.recorder.recovery.landing_folder = *landing;
  opening.workers.rules.key = *key;
  std::unique_ptr<DayKeys> day_keys;
  if (!opening.day_keys_folder.empty()) {
    auto opened = DayKeys::open(opening.day_keys_folder, opened_at_ns());
    if (!opened) return fail(opened.error());
    day_keys = std::move(*opened);
    opening.workers.day_keys = day_keys.get();
  }
  auto recorder = Recorder::open(opening.recorder, versions);
  if (!recorder) return fail("journal: " + recorder.error());
  std::unique_ptr<Journal> journal(new Journal(*key, std::move(*recorder)));
  journal->day_keys_ = std::move(day_keys);
  const base::TickRate rate = base::TickRate::measure();
  for (std::uint32_t index = 0; index < opening.recorder.recovery.workers; ++index) {
    journal->workers_.push_back(std::make_unique<WorkerJournal>(opening.workers, journal->recorder_->ring(index), rate));
  }
  journal->recorder_->start();
  const KeepingTerms& keeping = opening.keeping;
  if (keeping.seal || keeping.keep_s != 0 || keeping.keep_bytes != 0 || journal->day_keys_ != nullptr) {
    Recorder& at = *journal->recorder_;
    journal->keeper_ = std::make_unique<Keeper>(
        keeping, Keeper::Seat{.current = [&at] { return at.file_number(); },
                              .tell = [&at](const journal::ExpiredBody& expired) { return at.tell(expired); },
                              .is_told = [&at](std::uint64_t ticket) { return at.is_told(ticket); },
                              .besides =
                                  [keys = journal->day_keys_.get()](std::uint64_t now_ns) {
                                    return keys != nullptr ? keys->look(now_ns) : Result<Done, std::string>(Done{});
                                  }});
    journal->keeper_->start();
  }
  return journal;
}

JournalStatus Journal::status() const {
  JournalStatus status{.recorder = recorder_->status()};
  if (keeper_ != nullptr) status.keeping = keeper_->status();
  for (const auto& worker : workers_) {
    status.records += worker->records().value();
    status.unrecorded_rows += worker->unrecorded_rows().value();
    status.sampled_out_rows += worker->sampled_out_rows().value();
  }
  return status;
}

}  // namespace ringside::engine
