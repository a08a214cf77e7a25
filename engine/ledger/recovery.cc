#include "engine/ledger/recovery.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "engine/ledger/ring_pieces.h"
#include "schemas/journal/record_view.h"

namespace ringside::engine {
namespace {

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

using Rings = std::map<std::uint16_t, LandingRing>;

// Of the workers of this start and, should there have been more, of those before.
Rings left_behind(const RecoveryTerms& terms) {
  Rings rings;
  for (std::uint16_t writer = 0; writer < journal::kRecorder; ++writer) {
    auto ring = LandingRing::find(terms.landing_folder, writer);
    if (!ring) {
      terms.warn("journal: " + ring.error() + "; what it held is lost, and a recovered record says so");
    } else if (*ring) {
      rings.emplace(writer, std::move(**ring));
    } else if (writer >= terms.workers) {
      break;
    }
  }
  return rings;
}

// A writer's sequence goes on over starts, and its records come to files in its order.
bool is_in_a_file(const NewestFile& newest, const journal::RecordHead& head) {
  const auto last = newest.last.find(head.writer);
  return last != newest.last.end() && head.epoch <= last->second.first && head.sequence <= last->second.second;
}

// Appends what is whole and in no file yet to `bytes`.
journal::RecoveredBody collect(const LandingRing& ring, const NewestFile& newest, std::vector<std::byte>& bytes) {
  const journal::LandingHeader& header = ring.header();
  journal::RecoveredBody found{};
  found.next_sequence = ring.mark().sequence + 1;
  found.from_epoch = header.epoch;
  found.writer = header.writer;
  ring.seal_the_rest();
  const std::uint64_t committed = header.committed.load(std::memory_order_acquire);
  for (std::uint64_t at = header.taken.load(std::memory_order_acquire); at < committed;) {
    const RingPiece piece = ring_piece(ring, at, committed, header.capacity);
    journal::RecordWalk walk(piece.records);
    while (const auto record = walk.next()) {
      if (is_in_a_file(newest, record->head())) continue;
      bytes.insert(bytes.end(), record->bytes().begin(), record->bytes().end());
      ++found.records;
    }
    found.lost_bytes += piece.records.size() - walk.offset();
    at = piece.end;
  }
  return found;
}

std::vector<std::byte> recovered_record(const journal::RecoveredBody& body, std::uint32_t epoch) {
  std::vector<std::byte> record;
  record.resize(sizeof(journal::RecordHead) + sizeof body);
  std::memcpy(record.data() + sizeof(journal::RecordHead), &body, sizeof body);
  close_record(record, static_cast<std::uint16_t>(journal::RecordType::kRecovered), epoch, now_ns());
  return record;
}

}  // namespace

journal::FileHeader file_header(const RecoveryTerms& terms, std::uint32_t epoch, std::uint64_t number) {
  journal::FileHeader header{};
  header.magic = journal::kFileMagic;
  header.layout_version = journal::kLayoutVersion;
  header.number = number;
  header.created_ns = now_ns();
  header.engine_epoch = terms.engine_epoch;
  header.epoch = epoch;
  header.writers = terms.workers;
  header.task_bytes = static_cast<std::uint16_t>(terms.task.copy(header.task, sizeof header.task));
  return header;
}

namespace {

// The rings may be all that there was of these records: they go when the disk has them.
Result<Done, std::string> make_durable(const RecoveryTerms& terms, Recovered& recovered, std::span<const std::byte> first) {
  auto file = JournalFile::make(terms.journal_folder, file_header(terms, recovered.epoch, recovered.number), first, nullptr, *terms.disk);
  if (!file) return fail(file.error());
  if (const auto synced = file->sync(); !synced) {
    unlink(file->path().c_str());  // what is in it stays in the rings
    return synced;
  }
  recovered.file = std::move(*file);
  return Done{};
}

// Without a file: everything stays where it is, for the recorder.
Result<Recovered, std::string> go_on_in(Rings before, const RecoveryTerms& terms, const NewestFile& newest, Recovered recovered,
                                        VersionBook& book) {
  recovered.first = VersionBook::left_behind(terms.landing_folder);
  if (const auto opened = book.open(terms.landing_folder, recovered.epoch, recovered.first); !opened) return fail(opened.error());
  for (std::uint16_t writer = 0; writer < terms.workers; ++writer) {
    const auto left = before.find(writer);
    if (left == before.end()) {
      const auto last = newest.last.find(writer);
      auto ring = LandingRing::make(terms.landing_folder, {.writer = writer,
                                                           .capacity = terms.landing_bytes,
                                                           .epoch = recovered.epoch,
                                                           .engine_epoch = terms.engine_epoch,
                                                           .last_sequence = last != newest.last.end() ? last->second.second : 0});
      if (!ring) return fail(ring.error());
      recovered.rings.push_back(std::move(*ring));
      continue;
    }
    LandingRing& ring = left->second;
    const std::uint64_t committed = ring.header().committed.load(std::memory_order_acquire);
    std::uint64_t taken = ring.header().taken.load(std::memory_order_acquire);
    while (taken < committed) {
      const RingPiece piece = ring_piece(ring, taken, committed, 1);  // one record
      if (!piece.records.empty()) {
        journal::RecordHead head;
        std::memcpy(&head, piece.records.data(), sizeof head);
        if (!is_in_a_file(newest, head)) break;
      }
      taken = piece.end;
    }
    ring.header().taken.store(taken, std::memory_order_release);  // [TAKE]
    ring.header().epoch = recovered.epoch;
    ring.header().engine_epoch = terms.engine_epoch;
    recovered.rings.push_back(std::move(ring));
  }
  return recovered;
}

}  // namespace

Result<Recovered, std::string> recover(const RecoveryTerms& terms, VersionBook& book) {
  auto newest = read_newest(terms.journal_folder);
  if (!newest) return fail(newest.error());
  Rings before = left_behind(terms);
  Recovered recovered;
  recovered.epoch = newest->epoch + 1;
  for (const auto& [writer, ring] : before) recovered.epoch = std::max(recovered.epoch, ring.header().epoch + 1);
  recovered.number = newest->number + 1;
  recovered.expired = newest->expired;

  std::vector<std::byte> bytes = VersionBook::left_behind(terms.landing_folder), notes;
  std::uint64_t lost_bytes = 0;
  std::map<std::uint16_t, journal::LandingMark> marks;
  const auto note = [&](const journal::RecoveredBody& body) {
    const std::vector<std::byte> record = recovered_record(body, recovered.epoch);
    notes.insert(notes.end(), record.begin(), record.end());
  };
  for (const auto& [writer, ring] : before) {
    const journal::RecoveredBody found = collect(ring, *newest, bytes);
    note(found);
    lost_bytes += found.lost_bytes;
    if (found.lost_bytes != 0) {
      terms.warn("journal: " + std::to_string(found.lost_bytes) + " bytes of " + LandingRing::path(terms.landing_folder, writer) +
                 " have a broken checksum and are lost");
    }
    marks[writer] = ring.mark();
  }
  for (std::uint16_t writer = 0; writer < terms.workers; ++writer) {
    journal::RecoveredBody body{};
    body.writer = writer;
    if (marks.contains(writer)) continue;
    if (const auto last = newest->last.find(writer); last != newest->last.end()) marks[writer].sequence = last->second.second;
    body.next_sequence = marks[writer].sequence + 1;
    note(body);
  }
  std::vector<std::byte> all = bytes;
  all.insert(all.end(), notes.begin(), notes.end());
  recovered.expired.append_to(all, recovered.epoch);
  if (auto made = make_durable(terms, recovered, all); !made) {
    if (lost_bytes != 0) return fail(made.error());
    recovered.refused = made.error();
    return go_on_in(std::move(before), terms, *newest, std::move(recovered), book);
  }
  for (const auto& [writer, ring] : before) {
    ring.header().taken.store(ring.header().committed.load(std::memory_order_acquire), std::memory_order_release);  // [TAKE]
    if (writer >= terms.workers) unlink(LandingRing::path(terms.landing_folder, writer).c_str());
  }
  if (const auto opened = book.open(terms.landing_folder, recovered.epoch); !opened) return fail(opened.error());
  for (std::uint16_t writer = 0; writer < terms.workers; ++writer) {
    const journal::LandingMark mark = marks[writer];
    auto ring = LandingRing::make(terms.landing_folder, {.writer = writer,
                                                         .capacity = terms.landing_bytes,
                                                         .epoch = recovered.epoch,
                                                         .engine_epoch = terms.engine_epoch,
                                                         .last_sequence = mark.sequence,
                                                         .unrecorded = mark.unrecorded});
    if (!ring) return fail(ring.error());
    recovered.rings.push_back(std::move(*ring));
  }
  return recovered;
}

}  // namespace ringside::engine
