#include "engine/journal/worker_journal.h"

#include <xxhash.h>

#include <cmath>
#include <cstring>
#include <ctime>

#include "client_lib/base/clock.h"
#include "schemas/journal/prediction.h"

namespace ringside::engine {

using journal::RecordType;

namespace {
constexpr double kSampleScale = 4'294'967'296.0;  // 2^32
constexpr std::uint64_t kAnchorNs = 1'000'000;
}  // namespace

WorkerJournal::WorkerJournal(const JournalTerms& terms, const LandingRing& ring, base::TickRate rate) noexcept
    : cipher_(terms.day_keys != nullptr ? std::make_unique<RowCipher>(*terms.day_keys, ring.header().writer) : nullptr),
      terms_(terms),
      writer_(ring),
      rate_(rate),
      sample_below_(static_cast<std::uint64_t>(std::llround(terms.sample * kSampleScale))),
      anchor_ticks_max_(rate.ticks_in(kAnchorNs)) {
  terms_.rules.cipher = cipher_.get();
}

bool WorkerJournal::record_rows(const RecordedCall& call, std::uint32_t first_row, const RecordedTile& tile,
                                RequestIdMaker ids) noexcept {
  const std::uint64_t now_ns = call.now_ticks != 0 ? wall_ns(call.now_ticks) : wall_ns();
  const std::uint32_t rows = tile.tile.rows();
  const bool makes_ids = !call.meta->has_request_ids();
  std::uint32_t written = 0, sampled_out = 0, missed = 0;
  for (std::uint32_t tile_row = 0; tile_row < rows; ++tile_row) {
    RequestId made;
    if (makes_ids) made = ids.next();
    const RowIdentity identity{.row = static_cast<std::uint16_t>(first_row + tile_row),
                               .given = call.meta->request_id(first_row + tile_row),
                               .made = makes_ids ? &made : nullptr};
    if ((tile.tile.invalid() >> tile_row & 1) == 0 && !kept_by_sampling(identity)) {
      ++sampled_out;
      continue;
    }
    std::byte* const place = missed == 0 ? place_for(now_ns) : nullptr;
    if (place == nullptr) {
      if (terms_.when_full != WhenFull::kGap) {
        writer_.roll_back();
        return false;
      }
      ++missed;
      continue;
    }
    writer_.append(place, RecordType::kPrediction, write_row(place, terms_.rules, call, identity, tile, tile_row), now_ns);
    ++written;
  }
  writer_.commit();
  records_.add(written);
  if (sampled_out != 0) sampled_out_rows_.add(sampled_out);
  if (missed != 0) give_up(missed, now_ns);
  return true;
}

bool WorkerJournal::record_unread(const RecordedCall& call, std::uint32_t first_row, std::uint32_t rows, wire::Status status,
                                  const RequestIdMaker* ids) noexcept {
  const std::uint64_t now_ns = wall_ns();
  // A limit is to spare us work: what it refuses costs one record, however many rows it has.
  const bool one_for_all = status == wire::Status::kRejected && rows != 1;
  const bool by_row = !one_for_all && call.meta != nullptr && (ids != nullptr || call.meta->has_request_ids());
  const std::uint32_t wanted = by_row ? rows : 1;
  RequestIdMaker maker = ids != nullptr ? *ids : RequestIdMaker({1, 0, 0, 0});
  const bool makes_ids = ids != nullptr && !call.meta->has_request_ids();
  for (std::uint32_t i = 0; i < wanted; ++i) {
    std::byte* const place = place_for(now_ns);
    if (place == nullptr) {
      if (terms_.when_full != WhenFull::kGap) {
        writer_.roll_back();
        return false;
      }
      writer_.commit();
      records_.add(i);
      give_up(by_row ? rows - i : rows, now_ns);
      return true;
    }
    RequestId made;
    if (makes_ids) made = maker.next();
    RowIdentity identity{.row = journal::kWholeCall, .given = {}, .made = makes_ids ? &made : nullptr};
    if (by_row) {
      identity.row = static_cast<std::uint16_t>(first_row + i);
      identity.given = call.meta->request_id(first_row + i);
    }
    writer_.append(place, RecordType::kPrediction, write_unread(place, terms_.rules, call, identity, status), now_ns);
  }
  writer_.commit();
  records_.add(wanted);
  return true;
}

// Room for a record, behind the gap record that is owed, if one is. Null: none, and the policy's patience is at its end.
std::byte* WorkerJournal::place_for(std::uint64_t now_ns) noexcept {
  std::byte* place = reserve();
  if (place == nullptr || writer_.unrecorded() == 0) return place;
  const journal::GapReason reason =
      terms_.when_full == WhenFull::kGap ? journal::GapReason::kAnswered : journal::GapReason::kRefused;
  const journal::GapBody gap{.rows = writer_.unrecorded(),
                             .first_wall_ns = unrecorded_since_ns_,
                             .reason = static_cast<std::uint8_t>(reason),
                             .reserved = {}};
  std::memcpy(place + sizeof(journal::RecordHead), &gap, sizeof gap);
  writer_.append(place, RecordType::kGap, sizeof(journal::RecordHead) + sizeof gap, now_ns);
  writer_.forget_unrecorded();
  writer_.commit();  // apart from what follows, which may be rolled back
  return reserve();
}

std::byte* WorkerJournal::reserve() noexcept {
  std::byte* place = writer_.reserve();
  if (place != nullptr) [[likely]] {
    stuck_ = false;
    return place;
  }
  if (terms_.when_full != WhenFull::kBlock || stuck_) return nullptr;
  const std::uint64_t begin = base::ticks(), patience = rate_.ticks_in(std::uint64_t{terms_.block_us} * 1'000);
  do {
    base::cpu_relax();
    place = writer_.reserve();
  } while (place == nullptr && base::ticks() - begin < patience);
  stuck_ = place == nullptr;
  return place;
}

void WorkerJournal::give_up(std::uint64_t rows, std::uint64_t now_ns) noexcept {
  if (writer_.unrecorded() == 0) unrecorded_since_ns_ = now_ns;
  writer_.add_unrecorded(rows);
  unrecorded_rows_.add(rows);
}

bool WorkerJournal::kept_by_sampling(const RowIdentity& identity) const noexcept {
  if (terms_.sample >= 1.0) [[likely]]
    return true;
  const std::uint64_t hash = identity.made != nullptr && identity.given.empty()
                                 ? XXH3_64bits(identity.made->data(), identity.made->size())
                                 : XXH3_64bits(identity.given.data(), identity.given.size());
  return (hash >> 32) < sample_below_;
}

// The clock costs more than the rest of a short record: read once a millisecond, counted in ticks between.
std::uint64_t WorkerJournal::wall_ns(std::uint64_t ticks) noexcept {
  if (ticks - wall_anchor_ticks_ > anchor_ticks_max_) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    wall_anchor_ticks_ = ticks;
    wall_anchor_ns_ = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
  }
  return wall_anchor_ns_ + rate_.ns(ticks - wall_anchor_ticks_);
}

}  // namespace ringside::engine
