// Goal: a call beyond a client's terms is answered rejected with its reason, has cost no row its score, and leaves the channel as it was.
// Method: rules whose rate gives nothing back within an hour, so that no test depends on the clock; turns are counted, not timed.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client_lib/base/clock.h"
#include "engine/limits/limit_book.h"
#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::make_bundle;

class WorkerLimits : public ::testing::Test {
 protected:
  WorkerLimits() { rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2"})}); }

  void begin() {
    rig_.seat({&seat_, &other_});
    rig_.start();
  }
  // As the door does when the configuration is read again.
  void serve_by(const std::vector<std::string>& rules, const Terms::Shedding& shedding = {}) {
    const auto parsed = parse_limit_rules(rules);
    ASSERT_TRUE(parsed) << parsed.error().bound;
    book_.set(*parsed, shedding);
    for (Seat* seat : {&seat_, &other_}) {
      const Terms* before = seat->shared().session().set_terms(book_.terms_of(0, seat == &seat_ ? "a" : "b"));
      rig_.reclaimer.retire([before] { delete before; }, [before] { return !before->held(); });
    }
  }

  LimitBook book_;
  WorkerRig rig_;
  Seat seat_{rig_.make_seat()}, other_{rig_.make_seat()};
};

std::vector<double> rows(std::size_t count) { return ramp(count); }

TEST_F(WorkerLimits, BeyondItsRateACallIsRejectedAndToldWhenToTryAgain) {
  serve_by({"name=a rows_per_s=1 burst_ms=0"});
  begin();
  EXPECT_EQ(seat_.call(rows(500)).status(0), wire::Status::kOk);
  const Answer refused = seat_.call(rows(3));
  EXPECT_EQ(refused.call_status(), wire::Status::kRejected);
  EXPECT_EQ(refused.reason(), wire::Reason::kRateLimit);
  EXPECT_GT(refused.geometry.retry_after_us, 0U);
  EXPECT_LE(refused.geometry.retry_after_us, 500'000'000U);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kRejected), 3U);
  EXPECT_EQ(rig_.counters.rejected_calls[static_cast<std::size_t>(wire::Reason::kRateLimit)].value(), 1U);
}

TEST_F(WorkerLimits, OneClientsLimitIsNotAnothers) {
  serve_by({"name=* rows_per_s=1 burst_ms=0"});
  begin();
  EXPECT_EQ(seat_.call(rows(500)).status(0), wire::Status::kOk);
  EXPECT_EQ(seat_.call(rows(1)).call_status(), wire::Status::kRejected);
  EXPECT_EQ(other_.call(rows(1)).status(0), wire::Status::kOk);
}

TEST_F(WorkerLimits, ALimitOfAllIsShared) {
  serve_by({"all rows_per_s=1 burst_ms=0"});
  begin();
  EXPECT_EQ(seat_.call(rows(500)).status(0), wire::Status::kOk);
  EXPECT_EQ(other_.call(rows(1)).call_status(), wire::Status::kRejected);
}

TEST_F(WorkerLimits, AVersionsLimitIsNotAnotherVersions) {
  serve_by({"version=v2 rows_per_s=1 burst_ms=0"});
  begin();
  seat_.body.set_version("v2");
  const auto call = [&](std::string_view version, std::size_t count) {
    fill_x(seat_.body, rows(count));
    seat_.body.set_version(version);
    return seat_.client().call(seat_.body, seat_.schema_hash());
  };
  EXPECT_EQ(call("v2", 500).status(0), wire::Status::kOk);
  EXPECT_EQ(call("v2", 1).call_status(), wire::Status::kRejected);
  EXPECT_EQ(call("v1", 1).status(0), wire::Status::kOk);
}

// Else a guard would end a canary because a limit holds.
TEST_F(WorkerLimits, WhatALimitRefusesIsNotHeldAgainstItsVersion) {
  serve_by({"version=v1 rows_per_s=1 burst_ms=0"});
  begin();
  EXPECT_EQ(seat_.call(rows(500)).status(0), wire::Status::kOk);
  EXPECT_EQ(seat_.call(rows(1)).call_status(), wire::Status::kRejected);
  const VersionArms& arms = rig_.publisher.snapshot().current->by_worker[0].arms;
  EXPECT_EQ(arms.keyless.calls.value(), 1U);
  EXPECT_EQ(arms.keyless.bad_calls.value(), 0U);
}

TEST_F(WorkerLimits, WhatAVersionRefusesIsGivenBackToItsClient) {
  serve_by({"name=a rows_per_s=1 burst_ms=0", "version=v2 rows_per_s=1 burst_ms=0"});
  begin();
  fill_x(other_.body, rows(500));
  other_.body.set_version("v2");
  EXPECT_EQ(other_.client().call(other_.body, other_.schema_hash()).status(0), wire::Status::kOk);
  fill_x(seat_.body, rows(500));
  seat_.body.set_version("v2");
  EXPECT_EQ(seat_.client().call(seat_.body, seat_.schema_hash()).call_status(), wire::Status::kRejected);
  EXPECT_EQ(seat_.call(rows(1)).status(0), wire::Status::kOk);
}

TEST_F(WorkerLimits, AComparisonIsHeldToTheLimitOfEachOfItsVersions) {
  serve_by({"version=v2 rows_per_s=1 burst_ms=0"});
  begin();
  const auto compare = [&] {
    fill_x(seat_.body, rows(200));
    seat_.body.add_target(wire::MetaKind::kVersion, "v1");
    seat_.body.add_target(wire::MetaKind::kVersion, "v2");
    return seat_.client().call(seat_.body, seat_.schema_hash());
  };
  EXPECT_EQ(compare().call_status(), wire::Status::kOk);
  const Answer refused = compare();
  EXPECT_EQ(refused.call_status(), wire::Status::kRejected);
  EXPECT_EQ(refused.reason(), wire::Reason::kRateLimit);
}

TEST_F(WorkerLimits, CallsUnderWayAreCountedUntilTheyAreAnswered) {
  serve_by({"all in_flight=1"});
  rig_.seat({&seat_, &other_});
  // Both are there before the worker's first pass: the large one begins, and the other finds it under way.
  const std::uint64_t large = seat_.post(rows(512));
  const std::uint64_t small = other_.post(rows(1));
  rig_.start();
  const Answer refused = other_.client().wait(small);
  EXPECT_EQ(refused.call_status(), wire::Status::kRejected);
  EXPECT_EQ(refused.reason(), wire::Reason::kConcurrencyLimit);
  EXPECT_EQ(seat_.client().wait(large).status(511), wire::Status::kOk);
  EXPECT_EQ(other_.call(rows(1)).status(0), wire::Status::kOk);
  EXPECT_EQ(book_.status().at(0).in_flight, 0U);
}

TEST_F(WorkerLimits, CallsOfAClientThatLeavesAreUnderWayNoLonger) {
  serve_by({"all in_flight=1"});
  rig_.seat({&seat_});
  static_cast<void>(seat_.post(rows(512)));
  rig_.start();
  rig_.unseat_all();
  test::wait_until([&] { return book_.status().at(0).in_flight == 0; });
}

TEST_F(WorkerLimits, CapsAreOfACallsRowsAndBytes) {
  serve_by({"name=a rows_max=8", "name=b bytes_max=256"});
  begin();
  EXPECT_EQ(seat_.call(rows(8)).status(7), wire::Status::kOk);
  const Answer rows_refused = seat_.call(rows(9));
  EXPECT_EQ(rows_refused.call_status(), wire::Status::kInvalid);
  EXPECT_EQ(rows_refused.call_code(), wire::FieldCode::kBatchSize);
  EXPECT_EQ(other_.call(rows(9)).status(8), wire::Status::kOk);
  EXPECT_EQ(other_.call(rows(100)).call_code(), wire::FieldCode::kBatchSize);
}

TEST_F(WorkerLimits, NewTermsHoldFromTheNextPass) {
  begin();
  EXPECT_EQ(seat_.call(rows(500)).status(0), wire::Status::kOk);
  serve_by({"all rows_per_s=1 burst_ms=0"});
  EXPECT_EQ(seat_.call(rows(500)).status(0), wire::Status::kOk);
  EXPECT_EQ(seat_.call(rows(1)).call_status(), wire::Status::kRejected);
  serve_by({});
  EXPECT_EQ(seat_.call(rows(1)).status(0), wire::Status::kOk);
}

TEST_F(WorkerLimits, WhatWaitedTooLongIsShed) {
  serve_by({}, {.queue_age_ns = 1});
  rig_.seat({&seat_});
  // Both were seen in the first pass; the second waits for the next one.
  const std::uint64_t first = seat_.post(rows(64)), second = seat_.post(rows(1));
  rig_.start();
  static_cast<void>(seat_.client().wait(first));
  const Answer shed = seat_.client().wait(second);
  EXPECT_EQ(shed.call_status(), wire::Status::kRejected);
  EXPECT_EQ(shed.reason(), wire::Reason::kOverload);
  EXPECT_GT(shed.geometry.total_ns, 0U);
}

TEST_F(WorkerLimits, WithinItsAgeNothingIsShed) {
  serve_by({}, {.queue_age_ns = 3'600'000'000'000});
  begin();
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < 50; ++i) tickets.push_back(seat_.post(rows(64)));
  for (const std::uint64_t ticket : tickets) EXPECT_EQ(seat_.client().wait(ticket).status(0), wire::Status::kOk);
}

TEST_F(WorkerLimits, WhatWouldComeTooLateIsShedOnlyWhereThatIsAsked) {
  begin();
  serve_by({}, {.late = true});
  // Once it is known how long such a call takes, a deadline that leaves less of it cannot be met. Where the worker sees it too late, it is a
  // timeout: then it is tried again, until the watchdog's time is over.
  std::uint64_t takes_ns = 0;
  for (int i = 0; i < 20; ++i) takes_ns = seat_.call(rows(512)).geometry.total_ns;
  bool shed = false;
  for (std::uint64_t i = 0; !shed; ++i) {
    const Answer answer = seat_.call(rows(512), {.deadline_ns = base::monotonic_ns() + takes_ns * (1 + i % 8) / 8});
    shed = answer.call_status() == wire::Status::kRejected;
    if (shed) {
      EXPECT_EQ(answer.reason(), wire::Reason::kOverload);
    }
  }
  EXPECT_EQ(seat_.call(rows(512), {.deadline_ns = base::monotonic_ns() + 3'600'000'000'000}).status(0), wire::Status::kOk);
}

// A worker that is held in the middle of its pass (worker_rig.h) cannot go on while the test counts.
TEST_F(WorkerLimits, ChannelsShareRowsNotCalls) {
  Seat liar{rig_.make_seat()};
  rig_.close();
  for (int i = 0; i < 50; ++i) static_cast<void>(other_.post(rows(64)));
  for (int i = 0; i < 50; ++i) static_cast<void>(seat_.post(rows(1)));
  // Its 51st turn: it has had 50 rows then, and the batches had their 64.
  const auto one_row = std::vector<double>{5.0};
  for (int i = 0; i < 50; ++i) static_cast<void>(liar.post(one_row));
  liar.lie();
  rig_.seat({&other_, &seat_, &liar});
  rig_.start();
  rig_.wait_until_held();
  EXPECT_EQ(seat_.channel()->counters().ok_rows.value(), 50U);
  EXPECT_EQ(other_.channel()->counters().ok_rows.value(), 64U);
  rig_.open();
}

}  // namespace
}  // namespace ringside::engine
