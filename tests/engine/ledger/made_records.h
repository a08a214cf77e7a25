// Journal files made record by record, for tests of those who read them.
//
//   MadeJournal journal(folder);
//   journal.version(0, "v1", {"x"});
//   journal.row({.request_id = "a", .user = "u1", .value = 0.5F});
//   journal.next_file();
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "client_lib/base/check.h"
#include "client_lib/base/crc32c.h"
#include "engine/journal/pseudonym.h"
#include "engine/journal/version_record.h"
#include "engine/ledger/journal_file.h"
#include "schemas/journal/prediction.h"
#include "schemas/wire/status.h"

namespace ringside::test {

inline constexpr std::uint64_t kMadeTime = 1'764'000'000'000'000'000;  // 2025-11-24T16:00:00Z

struct MadeRow {
  std::string request_id{}, user{}, trace_id{};
  std::uint32_t version = 0;
  wire::Status status = wire::Status::kOk;
  float value = 0.5F;
  std::uint64_t wall_ns = kMadeTime;
  std::uint64_t ticket = 1, client = 1;
  std::uint16_t row = 0, rows = 1, writer = 0;
  std::uint32_t total_ns = 1'000;
  bool unread = false;
};

class MadeJournal {
 public:
  explicit MadeJournal(std::string folder, std::uint32_t epoch = 1, std::uint64_t first_file = 1)
      : folder_(std::move(folder)), epoch_(epoch), number_(first_file - 1) {
    std::filesystem::create_directories(folder_);
    next_file();
  }

  void next_file() {
    flush();
    journal::FileHeader header{};
    header.magic = journal::kFileMagic;
    header.layout_version = journal::kLayoutVersion;
    header.number = ++number_;
    header.created_ns = kMadeTime;
    header.epoch = epoch_;
    header.writers = 1;
    header.task_bytes = 1;
    header.task[0] = 't';
    auto made = engine::JournalFile::make(folder_, header, versions_, file_.is_open() ? &file_ : nullptr);
    RINGSIDE_CHECK(made);
    file_ = std::move(*made);
  }

  void version(std::uint32_t ordinal, const std::string& name, const std::vector<std::string>& fields = {"x"}) {
    std::vector<engine::Field> made;
    for (const std::string& field : fields) made.push_back({.name = field, .dtype = engine::Dtype::kFloat});
    const engine::InputSchema schema(made, true);
    const auto record = engine::version_record({.ordinal = ordinal,
                                                .version = name,
                                                .task = "t",
                                                .manifest_sha256 = "",
                                                .schema = schema,
                                                .features = fields,
                                                .classes = {{"0", true}, {"1", true}}},
                                               epoch_, kMadeTime);
    versions_.insert(versions_.end(), record.begin(), record.end());
    append(record);
  }

  // One field, "x", of which `value` is the number too.
  void row(const MadeRow& what) {
    journal::PredictionBody body{};
    body.ticket = what.ticket;
    body.client = what.client;
    body.version = what.version;
    body.row = what.row;
    body.rows = what.rows;
    body.status = static_cast<std::uint8_t>(what.status);
    body.total_ns = what.total_ns;
    body.label_index = -1;
    if (!what.unread) {
      body.fields = body.features = 1;
      if (what.status == wire::Status::kOk) {
        body.values = body.margins = 1;
        body.label_index = what.value > 0.5F ? 1 : 0;
      }
    }
    std::string user = what.user;
    if (!user.empty()) {
      const auto token = engine::pseudonym(key(), engine::PseudonymDomain::kUser, user);
      user.assign(reinterpret_cast<const char*>(token.data()), token.size());
      body.flags = journal::kUserHashed;
      body.key = key().id;
    }
    body.request_id_bytes = static_cast<std::uint8_t>(what.request_id.size());
    body.user_bytes = static_cast<std::uint8_t>(user.size());
    body.trace_id_bytes = static_cast<std::uint8_t>(what.trace_id.size());
    const journal::PredictionParts parts = journal::parts_of(body);
    std::vector<std::byte> record(parts.total);
    const double number = what.value;
    const auto put = [&](std::uint64_t at, const void* data, std::size_t bytes) {
      if (bytes != 0) std::memcpy(record.data() + at, data, bytes);
    };
    put(sizeof(journal::RecordHead), &body, sizeof body);
    if (body.fields != 0) {
      put(parts.cells, &number, 8);
      put(parts.features, &what.value, 4);
      record[parts.tags] = static_cast<std::byte>(journal::CellTag::kNumber);
    }
    if (body.values != 0) {
      put(parts.values, &what.value, 4);
      put(parts.margins, &what.value, 4);
    }
    const std::string ids = what.request_id + user + what.trace_id;
    put(parts.ids, ids.data(), ids.size());
    close(record, journal::RecordType::kPrediction, what.writer, what.wall_ns);
  }

  void gap(std::uint64_t rows, std::uint64_t wall_ns = kMadeTime) {
    journal::GapBody body{};
    body.rows = rows;
    body.reason = static_cast<std::uint8_t>(journal::GapReason::kAnswered);
    std::vector<std::byte> record(sizeof(journal::RecordHead) + sizeof body);
    std::memcpy(record.data() + sizeof(journal::RecordHead), &body, sizeof body);
    close(record, journal::RecordType::kGap, 0, wall_ns);
  }

  void append(std::span<const std::byte> bytes) {
    const auto done = file_.append(bytes);
    RINGSIDE_CHECK(done);
  }
  // Written in pieces of that size instead of one by one.
  void write_at_once(std::size_t bytes) { at_once_ = bytes; }
  void flush() {
    if (!pending_.empty()) append(pending_);
    pending_.clear();
  }
  static engine::JournalKey key() { return engine::JournalKey::of({1, 2}); }
  [[nodiscard]] engine::JournalFile& file() { return file_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  void close(std::vector<std::byte>& record, journal::RecordType type, std::uint16_t writer, std::uint64_t wall_ns) {
    engine::close_record(record, static_cast<std::uint16_t>(type), epoch_, wall_ns);
    journal::RecordHead head;
    std::memcpy(&head, record.data(), sizeof head);
    head.writer = writer;
    head.sequence = ++sequence_;
    std::memcpy(record.data(), &head, sizeof head);
    head.crc32c = base::crc32c(record.data() + 8, record.size() - 8);
    std::memcpy(record.data(), &head, sizeof head);
    pending_.insert(pending_.end(), record.begin(), record.end());
    if (pending_.size() >= at_once_) flush();
  }

  std::string folder_;
  std::uint32_t epoch_;
  std::uint64_t number_, sequence_ = 0;
  engine::JournalFile file_;
  std::vector<std::byte> versions_, pending_;
  std::size_t at_once_ = 0;
};

}  // namespace ringside::test
