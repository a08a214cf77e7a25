// Goal: every row of every call has its record, with what its answer said and nothing that its fields keep back; when there is no room, the
//   policy is followed and the counts are exact.
// Method: a real worker with a journal in the smallest ring; its records are read from the ring.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>

#include "engine/journal/worker_journal.h"
#include "engine/ledger/ring_pieces.h"
#include "engine/limits/limit_book.h"
#include "schemas/journal/record_view.h"
#include "schemas/wire/targets.h"
#include "tests/engine/worker/worker_rig.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using journal::CellTag;
using journal::PredictionView;
using test::Answer;
using test::make_bundle;

struct Taken {
  std::vector<std::vector<std::byte>> bytes;
  [[nodiscard]] journal::Record record(std::size_t i) const { return journal::Record(bytes[i]); }
  [[nodiscard]] PredictionView row(std::size_t i) const { return PredictionView::of(record(i)).value(); }
};

// The rig's ring, journal and worker, in the order of who stands on whom.
class Journalled {
 public:
  explicit Journalled(const JournalTerms& terms = {})
      : worker_journal(terms, ring, base::TickRate::measure()), rig(WaitMode::kAdaptive, &worker_journal), seat(rig.make_seat()) {
    rig.serve({make_bundle({.version = "v1", .binary = true})});
    rig.seat({&seat});
    rig.start();
  }
  // What was committed and not taken yet, once it is sealed.
  Taken take() {
    Taken taken;
    auto& header = ring.header();
    std::uint64_t at = header.taken.load();
    const std::uint64_t committed = header.committed.load();
    test::wait_until([&] { return header.sealed.load() >= committed; });
    while (at < committed) {
      const RingPiece piece = ring_piece(ring, at, committed, header.capacity);
      journal::RecordWalk walk(piece.records);
      while (const auto record = walk.next()) taken.bytes.emplace_back(record->bytes().begin(), record->bytes().end());
      EXPECT_EQ(walk.end(), journal::RecordWalk::End::kEnd);
      at = piece.end;
    }
    header.taken.store(at);
    return taken;
  }
  // Until an answer says that the journal is down, or, under gap, until rows go unrecorded.
  std::uint64_t fill() {
    std::uint64_t rows = 0;
    while (worker_journal.unrecorded_rows().value() == 0) {
      static_cast<void>(seat.call(ramp(64)));
      rows += 64;
    }
    return rows;
  }

  test::TemporaryFolder folder;
  LandingRing ring = *LandingRing::make(folder.path(), {.capacity = 1});
  WorkerJournal worker_journal;
  WorkerRig rig;
  Seat seat;
};

TEST(WorkerRecords, ARowsRecordSaysWhatItsAnswerSays) {
  Journalled j;
  fill_x(j.seat.body, std::vector<double>{5.0, 15.0});
  j.seat.body.set_request_id(0, "id-0");
  j.seat.body.set_user_id("u37201");
  const Answer answer = j.seat.client().call(j.seat.body, j.seat.schema_hash());
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 2u);
  const PredictionView first = taken.row(0), second = taken.row(1);
  EXPECT_EQ(first.request_id(), "id-0");
  EXPECT_EQ(second.body().row, 1);
  EXPECT_EQ(second.body().rows, 2);
  EXPECT_EQ(second.head().sequence, 2u);
  EXPECT_EQ(second.body().status, static_cast<std::uint8_t>(wire::Status::kOk));
  EXPECT_EQ(second.body().version, answer.geometry.version_ordinal);
  EXPECT_EQ(second.body().arm, static_cast<std::uint8_t>(wire::Arm::kCurrent));
  EXPECT_EQ(second.body().label_index, answer.row(1).label_index);
  ASSERT_EQ(second.body().values, 1);
  EXPECT_EQ(second.value(0), answer.value(1));
  EXPECT_EQ(second.margin(0), answer.margin(1));
  ASSERT_EQ(second.body().fields, 1);
  EXPECT_EQ(second.tag(0), CellTag::kNumber);
  EXPECT_EQ(second.number(0), 15.0);
  ASSERT_EQ(second.body().features, 1);
  EXPECT_EQ(second.feature(0), 15.0);
  ASSERT_NE(second.body().flags & journal::kUserHashed, 0);
  const Pseudonym user = pseudonym(RecordRules{}.key, PseudonymDomain::kUser, "u37201");
  EXPECT_EQ(std::memcmp(second.user().data(), user.data(), user.size()), 0);
}

TEST(WorkerRecords, AMadeIdIsTheOneThatTheAnswerCarries) {
  Journalled j;
  const Answer answer = j.seat.call(ramp(130));
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 130u);
  for (std::uint32_t row = 0; row < 130; ++row) {
    const auto id = answer.id(row);
    ASSERT_EQ(taken.row(row).request_id(), std::string_view(reinterpret_cast<const char*>(id.data()), id.size())) << row;
  }
}

TEST(WorkerRecords, ARefusedRowHasItsErrorsAndNoValueOfTheirFields) {
  Journalled j;
  j.seat.body.start(1, 1);
  j.seat.body.set_text(0, 0, "canary-text");
  j.seat.body.add_named(0, "zip", wire::Cell::null());
  static_cast<void>(j.seat.client().call(j.seat.body, j.seat.schema_hash()));
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 1u);
  const PredictionView row = taken.row(0);
  EXPECT_EQ(row.body().status, static_cast<std::uint8_t>(wire::Status::kInvalid));
  ASSERT_EQ(row.body().errors, 2);
  EXPECT_EQ(row.error(0).code, static_cast<std::uint8_t>(wire::FieldCode::kTypeMismatch));
  EXPECT_EQ(row.error_name(row.error(1)), "zip");
  EXPECT_EQ(row.tag(0), CellTag::kNotRead);
  EXPECT_EQ(row.body().values + row.body().features, 0);
}

TEST(WorkerRecords, WhatIsAnsweredUnreadHasARecordForEachIdElseOneForAll) {
  Journalled j;
  fill_x(j.seat.body, ramp(3));
  j.seat.body.set_version("nobody");
  static_cast<void>(j.seat.client().call(j.seat.body, j.seat.schema_hash()));
  Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 1u);
  EXPECT_EQ(taken.row(0).body().row, journal::kWholeCall);
  EXPECT_EQ(taken.row(0).body().rows, 3);
  EXPECT_EQ(taken.row(0).body().status, static_cast<std::uint8_t>(wire::Status::kUnknownVersion));
  EXPECT_EQ(taken.row(0).asked(), "nobody");
  for (std::uint16_t row = 0; row < 3; ++row) j.seat.body.set_request_id(row, "id" + std::to_string(row));
  static_cast<void>(j.seat.client().call(j.seat.body, j.seat.schema_hash()));
  taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 3u);
  EXPECT_EQ(taken.row(2).request_id(), "id2");
}

TEST(WorkerRecords, MalformedAndLateCallsHaveOneToo) {
  Journalled j;
  static_cast<void>(j.seat.call(ramp(0)));
  static_cast<void>(j.seat.call(ramp(2), {.deadline_ns = 1}));
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 2u);
  EXPECT_EQ(taken.row(0).body().code, static_cast<std::uint8_t>(wire::FieldCode::kBatchSize));
  EXPECT_EQ(taken.row(1).body().status, static_cast<std::uint8_t>(wire::Status::kTimeout));
}

TEST(WorkerRecords, FailRefusesRowsWithoutARecordAndCountsThem) {
  Journalled j({.when_full = WhenFull::kFail});
  j.fill();
  const Answer refused = j.seat.call(ramp(5));
  EXPECT_EQ(refused.call_status(), wire::Status::kUnavailable);
  EXPECT_EQ(refused.reason(), wire::Reason::kJournalDown);
  EXPECT_EQ(j.worker_journal.unrecorded_rows().value(), 64u + 5);
  const Taken before = j.take();
  const std::size_t recorded = before.bytes.size();
  std::size_t ok = 0;
  for (std::size_t i = 0; i < recorded; ++i) {
    const bool is_ok = before.row(i).body().status == static_cast<std::uint8_t>(wire::Status::kOk);
    ok += is_ok ? 1 : 0;
    // A refusal takes one record for all its rows: that still finds room where 64 do not.
    EXPECT_TRUE(is_ok || before.row(i).body().row == journal::kWholeCall);
  }
  EXPECT_EQ(ok % 64, 0u) << "all rows of a tile or none";
  EXPECT_EQ(j.seat.call(ramp(1)).status(0), wire::Status::kOk);
  const Taken after = j.take();
  ASSERT_EQ(after.bytes.size(), 2u);
  ASSERT_EQ(after.record(0).type(), journal::RecordType::kGap);
  const auto gap = after.record(0).body<journal::GapBody>();
  EXPECT_EQ(gap->rows, 69u);
  EXPECT_EQ(gap->reason, static_cast<std::uint8_t>(journal::GapReason::kRefused));
  EXPECT_EQ(after.record(0).head().sequence, recorded + 1);
  EXPECT_EQ(after.record(1).head().sequence, recorded + 2);
}

TEST(WorkerRecords, ARejectedCallHasOneRecordForAllItsIdsAndStaysRejectedWithoutRoom) {
  LimitBook book;
  book.set(*parse_limit_rules(std::vector<std::string>{"all rows_per_s=1 burst_ms=0"}), {});
  Journalled j;
  const Terms* before = j.seat.shared().session().set_terms(book.terms_of(0, "a"));
  j.rig.reclaimer.retire([before] { delete before; }, [before] { return !before->held(); });
  static_cast<void>(j.seat.call(ramp(500)));  // a debt of minutes
  static_cast<void>(j.take());
  fill_x(j.seat.body, ramp(8));
  for (std::uint16_t row = 0; row < 8; ++row) j.seat.body.set_request_id(row, "id" + std::to_string(row));
  ASSERT_EQ(j.seat.client().call(j.seat.body, j.seat.schema_hash()).call_status(), wire::Status::kRejected);
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 1u);
  EXPECT_EQ(taken.row(0).body().code, static_cast<std::uint8_t>(wire::Reason::kRateLimit));
  EXPECT_EQ(taken.row(0).body().row, journal::kWholeCall);
  EXPECT_EQ(taken.row(0).body().rows, 8);
  j.fill();  // by records of rejected calls
  const Answer refused = j.seat.call(ramp(5));
  EXPECT_EQ(refused.call_status(), wire::Status::kRejected);
  EXPECT_EQ(refused.reason(), wire::Reason::kRateLimit);
  EXPECT_GT(refused.geometry.retry_after_us, 0u);
  EXPECT_EQ(j.worker_journal.unrecorded_rows().value(), 64u + 5);
}

TEST(WorkerRecords, GapAnswersAndCountsExactlyWhatHasNone) {
  Journalled j({.when_full = WhenFull::kGap});
  const std::uint64_t answered = j.fill() + 7;
  EXPECT_EQ(j.seat.call(ramp(7)).status(6), wire::Status::kOk);
  const std::uint64_t recorded = j.take().bytes.size();
  EXPECT_EQ(j.worker_journal.unrecorded_rows().value(), answered - recorded);
  static_cast<void>(j.seat.call(ramp(1)));
  const Taken after = j.take();
  ASSERT_EQ(after.bytes.size(), 2u);
  EXPECT_EQ(after.record(0).body<journal::GapBody>()->rows, answered - recorded);
  EXPECT_EQ(after.record(0).body<journal::GapBody>()->reason, static_cast<std::uint8_t>(journal::GapReason::kAnswered));
}

// A comparison of v2, of nobody, and of whoever traffic chooses, which is v1.
Answer compare(Journalled& j, std::size_t rows) {
  j.rig.serve({make_bundle({.version = "v1", .binary = true}), make_bundle({.version = "v2", .low = 3.0F, .binary = true})});
  fill_x(j.seat.body, ramp(rows));
  j.seat.body.add_target(wire::MetaKind::kVersion, "v2");
  j.seat.body.add_target(wire::MetaKind::kVersion, "nobody");
  j.seat.body.add_target(wire::MetaKind::kRouted, {});
  return j.seat.client().call(j.seat.body, j.seat.schema_hash());
}

TEST(WorkerRecords, AComparisonHasARecordARowAndTargetUnderTheIdsOfItsAnswer) {
  constexpr std::uint32_t kRows = 100;  // several tiles of each
  Journalled j;
  const Answer whole = compare(j, kRows);
  ASSERT_EQ(whole.call_status(), wire::Status::kOk);
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size(), 3 * kRows);
  const std::byte* const ids = whole.bytes.data() + wire::targets_layout(3, kRows, true).ids_offset;
  std::array<std::uint32_t, 3> seen{};
  for (std::size_t i = 0; i < taken.bytes.size(); ++i) {
    const PredictionView record = taken.row(i);
    const std::uint8_t target = record.body().target;
    ASSERT_LT(target, 3);
    const std::uint32_t row = seen[target]++;
    ASSERT_EQ(record.body().row, row);
    ASSERT_EQ(record.body().rows, kRows);
    ASSERT_EQ(record.request_id(), std::string_view(reinterpret_cast<const char*>(ids) + row * 16, 16))
        << int{target} << " " << row;
    const Answer answer = test::target_of(whole, target);
    if (target == 1) {
      ASSERT_EQ(record.body().status, static_cast<std::uint8_t>(wire::Status::kUnknownVersion));
      ASSERT_EQ(record.body().fields, 0);
      continue;
    }
    ASSERT_EQ(record.body().version, answer.geometry.version_ordinal);
    ASSERT_EQ(record.body().arm, answer.geometry.arm);
    ASSERT_EQ(record.value(0), answer.value(row));
    ASSERT_EQ(record.number(0), ramp(kRows)[row]);
  }
}

TEST(WorkerRecords, AComparisonWithoutRoomIsNotAnswered) {
  Journalled j({.when_full = WhenFull::kFail});
  j.fill();
  const Answer refused = compare(j, 100);
  EXPECT_EQ(refused.call_status(), wire::Status::kUnavailable);
  EXPECT_EQ(refused.reason(), wire::Reason::kJournalDown);
}

TEST(WorkerRecords, BlockWaitsForRoomThatComes) {
  constexpr std::uint32_t kLong = 10'000'000;
  Journalled j({.when_full = WhenFull::kBlock, .block_us = kLong});
  std::uint64_t posted = 0;
  std::vector<std::uint64_t> tickets;
  while (posted < 3'000) {  // several rings full
    tickets.push_back(j.seat.post(ramp(64)));
    posted += 64;
    while (!j.seat.client().answered(tickets.back())) static_cast<void>(j.take());
    EXPECT_EQ(j.seat.client().wait(tickets.back()).status(63), wire::Status::kOk);
  }
  EXPECT_EQ(j.worker_journal.unrecorded_rows().value(), 0u);
}

TEST(WorkerRecords, SamplingLeavesOutOkRowsAloneAndByTheirId) {
  Journalled j({.sample = 0.25});
  for (int round = 0; round < 2; ++round) {
    fill_x(j.seat.body, ramp(400));
    for (std::uint16_t row = 0; row < 400; ++row) j.seat.body.set_request_id(row, "id" + std::to_string(row));
    j.seat.body.set_text(0, 7, "not a number");
    static_cast<void>(j.seat.client().call(j.seat.body, j.seat.schema_hash()));
  }
  const Taken taken = j.take();
  ASSERT_EQ(taken.bytes.size() % 2, 0u);
  const std::size_t half = taken.bytes.size() / 2;
  EXPECT_GT(half, 50u);
  EXPECT_LT(half, 150u);
  bool has_the_invalid_one = false;
  for (std::size_t i = 0; i < half; ++i) {
    EXPECT_EQ(taken.row(i).request_id(), taken.row(half + i).request_id());
    has_the_invalid_one |= taken.row(i).request_id() == "id7";
  }
  EXPECT_TRUE(has_the_invalid_one);
  EXPECT_EQ(j.worker_journal.sampled_out_rows().value(), 800 - taken.bytes.size());
}

// Of a row with one text and one number field of each kind.
TEST(PredictionRecord, LetsOutWhatEachFieldAllows) {
  std::vector<Field> fields;
  for (const Sensitivity kind :
       {Sensitivity::kPlain, Sensitivity::kMask, Sensitivity::kHash, Sensitivity::kEncrypt, Sensitivity::kDrop}) {
    fields.push_back({.name = "t" + std::to_string(fields.size()), .dtype = Dtype::kStr, .sensitivity = kind});
    fields.push_back({.name = "n" + std::to_string(fields.size()), .dtype = Dtype::kFloat, .sensitivity = kind});
  }
  const InputSchema schema(fields, true);
  Tile tile(schema);
  tile.start(1);
  constexpr std::string_view kSecret = "canary-1234567";
  for (std::uint32_t field = 0; field < schema.size(); field += 2) {
    tile.texts(field)[0] = {kSecret.data(), static_cast<std::uint32_t>(kSecret.size())};
    tile.numbers(field + 1)[0] = 4242.5;
  }
  const std::int32_t label = -1;
  const float one = 1;
  const CallSummary summary;
  const Peer peer{.uid = 7, .pid = 8, .name = {'m', 'e'}, .name_bytes = 2};
  const RecordRules rules{.key = JournalKey::of({1, 2})};
  std::vector<std::byte> place(journal::kRecordBytesMax);
  const std::uint32_t bytes =
      write_row(place.data(), rules, {peer, nullptr, 1, 2, 1, summary}, {.row = 0, .given = "r"},
                {schema, tile, {&one, &one, &one, 1, &label}, 1, 1, 1, FloatType::kFloat32, FloatType::kFloat32}, 0);
  journal::RecordHead head{};
  head.bytes = static_cast<std::uint32_t>(journal::padded(bytes));
  head.type = static_cast<std::uint16_t>(journal::RecordType::kPrediction);
  std::memcpy(place.data(), &head, sizeof head);
  const PredictionView row = PredictionView::of(journal::Record(std::span(place).first(head.bytes))).value();
  EXPECT_EQ(row.text(0), kSecret);
  EXPECT_EQ(row.number(1), 4242.5);
  EXPECT_EQ(row.tag(2), CellTag::kMasked);
  EXPECT_EQ(row.text(2), "4567");
  EXPECT_EQ(row.tag(3), CellTag::kDropped);
  EXPECT_EQ(row.tag(4), CellTag::kPseudonym);
  const Pseudonym text = pseudonym(rules.key, PseudonymDomain::kText, kSecret), number = pseudonym(rules.key, 4242.5);
  EXPECT_EQ(std::memcmp(row.text(4)->data(), text.data(), 16), 0);
  EXPECT_EQ(std::memcmp(row.text(5)->data(), number.data(), 16), 0);
  for (std::uint32_t field = 6; field < 10; ++field) {
    EXPECT_EQ(row.tag(field), CellTag::kDropped);
    EXPECT_EQ(row.cell(field), 0u);
  }
  EXPECT_EQ(row.body().features, 0);
  EXPECT_NE(row.body().flags & journal::kFeaturesWithheld, 0);
  EXPECT_EQ(row.caller_name(), "me");
  EXPECT_EQ(row.body().uid, 7u);
  const std::string_view all(reinterpret_cast<const char*>(place.data()), bytes);
  EXPECT_EQ(all.find(kSecret), all.rfind(kSecret)) << "once: where it is plain";
}

TEST(PredictionRecord, CutsTextsThatFindNoRoom) {
  std::vector<Field> fields(20);
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i].name = "t" + std::to_string(i);
  const InputSchema schema(fields, true);
  Tile tile(schema);
  tile.start(1);
  const std::string longest(wire::kTextBytesMax, 'x');
  for (std::uint32_t field = 0; field < schema.size(); ++field)
    tile.texts(field)[0] = {longest.data(), static_cast<std::uint32_t>(longest.size())};
  const std::int32_t label = -1;
  const float one = 1;
  const CallSummary summary;
  const Peer peer;
  std::vector<std::byte> place(journal::kRecordBytesMax + 1, std::byte{0x5A});
  const std::uint32_t bytes =
      write_row(place.data(), {}, {peer, nullptr, 1, 2, 1, summary}, {.row = 0, .given = "r"},
                {schema, tile, {&one, &one, &one, 1, &label}, 1, 1, 1, FloatType::kFloat32, FloatType::kFloat32}, 0);
  EXPECT_LE(bytes, journal::kRecordBytesMax);
  EXPECT_EQ(place.back(), std::byte{0x5A});
  journal::RecordHead head{};
  head.bytes = static_cast<std::uint32_t>(journal::padded(bytes));
  head.type = static_cast<std::uint16_t>(journal::RecordType::kPrediction);
  std::memcpy(place.data(), &head, sizeof head);
  const PredictionView row = PredictionView::of(journal::Record(std::span(place).first(head.bytes))).value();
  EXPECT_EQ(row.tag(0), CellTag::kText);
  EXPECT_EQ(row.tag(19), CellTag::kCut);
  EXPECT_EQ(row.cell(19), longest.size());
  EXPECT_NE(row.body().flags & journal::kInputsCut, 0);
}

}  // namespace
}  // namespace ringside::engine
