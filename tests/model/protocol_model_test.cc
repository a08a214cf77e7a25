// Goal: the protocols hold in every execution that C++ allows them, and each of their memory orders is needed, or known not to be.
// Method: the shipped templates under Relacy (README.md). Then each access that they made is weakened by one step, for each side alone: a model
//   must find the defect, or the table says why it cannot. An access that the table does not know fails the test.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/model/searches.h"

namespace ringside::model {
namespace {

using wire::Order;
using wire::Step;

class ProtocolModel : public testing::TestWithParam<Model> {};

TEST_P(ProtocolModel, Holds) {
  for (const Search& search : short_searches(GetParam())) {
    const Verdict verdict = check(GetParam(), search);
    EXPECT_TRUE(verdict.holds) << verdict.why;
    EXPECT_GT(verdict.executions, 100u);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ProtocolModel, testing::ValuesIn(kModels),
                         [](const auto& model) { return std::string(name_of(model.param)); });

// `found_by` finds the defect that the weaker order is, or, where `redundant` says why there is none, nobody does.
struct Row {
  Step step;
  Role role;
  Order order, weaker;
  Model found_by;
  const char* redundant = nullptr;
};

constexpr auto kNone = Model::kChannel;

constexpr Row kRows[] = {
    {Step::kPublishSeq, Role::kClient, Order::kSeqCst, Order::kRelease, Model::kChannel},
    {Step::kPublishSeq, Role::kWorker, Order::kSeqCst, Order::kRelease, Model::kChannel},
    {Step::kPollSeq, Role::kClient, Order::kAcquire, Order::kRelaxed, Model::kChannel},
    {Step::kPollSeq, Role::kWorker, Order::kAcquire, Order::kRelaxed, Model::kChannel},
    {Step::kRecheckSeq, Role::kClient, Order::kSeqCst, Order::kAcquire, Model::kChannel},
    {Step::kRecheckSeq, Role::kWorker, Order::kSeqCst, Order::kAcquire, Model::kChannel},
    {Step::kAnnounceSleep, Role::kClient, Order::kSeqCst, Order::kRelease, Model::kChannel},
    {Step::kAnnounceSleep, Role::kWorker, Order::kSeqCst, Order::kRelease, Model::kChannel},
    {Step::kAskParked, Role::kClient, Order::kSeqCst, Order::kAcquire, Model::kChannel},
    {Step::kAskWaiting, Role::kWorker, Order::kSeqCst, Order::kAcquire, Model::kChannel},
    {Step::kTakeWaiting, Role::kWorker, Order::kSeqCst, Order::kAcqRel, kNone, "the word must change; nothing is ordered by it"},
    {Step::kReadPointer, Role::kWorker, Order::kSeqCst, Order::kAcquire, Model::kGraceAsleep},
    {Step::kReplacePointer, Role::kControl, Order::kSeqCst, Order::kAcqRel, Model::kGraceAsleep},
    {Step::kReplacePointer, Role::kClient, Order::kSeqCst, Order::kAcqRel, kNone, "the door in kNewChannel: its nudge orders it"},
    {Step::kBeginGrace, Role::kControl, Order::kSeqCst, Order::kAcqRel, kNone,
     "between the two halves of [ONLINE] and no part of it"},
    {Step::kReadEpoch, Role::kWorker, Order::kAcquire, Order::kRelaxed, Model::kGrace},
    {Step::kAnnounceQuiet, Role::kWorker, Order::kRelease, Order::kRelaxed, Model::kGrace},
    {Step::kAnnounceOffline, Role::kWorker, Order::kSeqCst, Order::kRelease, kNone,
     "a worker taken for online delays a free, no more"},
    {Step::kReadEpochOnline, Role::kWorker, Order::kAcquire, Order::kRelaxed, kNone,
     "the checker's sequentially consistent loads are never old"},
    {Step::kAnnounceOnline, Role::kWorker, Order::kSeqCst, Order::kRelease, Model::kGraceAsleep},
    {Step::kAskSeen, Role::kControl, Order::kSeqCst, Order::kAcquire, Model::kGraceAsleep},
    {Step::kSetPins, Role::kWorker, Order::kRelease, Order::kRelaxed, Model::kPins},
    {Step::kAskPins, Role::kControl, Order::kAcquire, Order::kRelaxed, Model::kPins},
};

constexpr Order one_step_below(Step step, Order order) {
  const bool is_load = step == Step::kRecheckSeq || step == Step::kAskParked || step == Step::kAskWaiting ||
                       step == Step::kReadPointer || step == Step::kAskSeen;
  const bool is_both = step == Step::kTakeWaiting || step == Step::kReplacePointer || step == Step::kBeginGrace;
  if (order != Order::kSeqCst) return Order::kRelaxed;
  return is_both ? Order::kAcqRel : is_load ? Order::kAcquire : Order::kRelease;
}

Search quick(Model model) { return bounded(is_long(model) ? 2 : 3); }

std::string say(const Row& row) {
  return "step " + std::to_string(static_cast<int>(row.step)) + " of role " + std::to_string(static_cast<int>(row.role));
}

TEST(Weakened, EveryOrderIsNeededOrKnownNotToBe) {
  for (const Row& row : kRows) {
    const Weakening weaker{.step = row.step, .role = row.role, .order = row.weaker};
    if (row.redundant == nullptr) {
      EXPECT_FALSE(check(row.found_by, quick(row.found_by), weaker).holds) << say(row) << " is weaker, and nothing was found";
      continue;
    }
    for (const Model model : kModels) {
      const Verdict verdict = check(model, quick(model), weaker);
      EXPECT_TRUE(verdict.holds) << say(row) << " is needed after all: " << name_of(model) << "\n" << verdict.why;
    }
  }
}

// The table is whole: each access that the models made, and that has an order to lose, stands in it with the order that the code asks for.
TEST(Weakened, TableHasEveryAccessThatTheProtocolsMake) {
  for (const Model model : kModels) static_cast<void>(check(model, bounded(2)));
  const std::vector<Access> made = accesses_made();
  for (int step = 0; step <= static_cast<int>(Step::kAskPins); ++step) {
    EXPECT_TRUE(std::ranges::any_of(made, [&](const Access& access) { return static_cast<int>(access.step) == step; }))
        << "no model makes " << step;
  }
  for (const Access& access : made) {
    if (access.order == Order::kRelaxed) continue;
    const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return r.step == access.step && r.role == access.role; });
    if (row == std::end(kRows)) {
      ADD_FAILURE() << "step " << static_cast<int>(access.step) << " of role " << static_cast<int>(access.role)
                    << " is in no row";
      continue;
    }
    EXPECT_EQ(row->order, access.order) << say(*row);
    EXPECT_EQ(row->weaker, one_step_below(row->step, row->order)) << say(*row);
  }
}

// Not an order but the step itself: what each is there for, as a defect.
class StepLeftOut : public testing::TestWithParam<std::pair<Step, Role>> {};

TEST_P(StepLeftOut, LosesAWake) {
  const auto [step, role] = GetParam();
  const Verdict verdict = check(Model::kChannel, bounded(2), {.step = step, .role = role, .left_out = true});
  EXPECT_FALSE(verdict.holds);
  EXPECT_NE(verdict.why.find("DEADLOCK"), std::string::npos) << verdict.why.substr(0, 200);
}

// kTakeWaiting: a wake that leaves the word at 1 comes between the waiter's recheck and its sleep, and is lost.
INSTANTIATE_TEST_SUITE_P(Steps, StepLeftOut,
                         testing::Values(std::pair{Step::kAnnounceSleep, Role::kWorker},
                                         std::pair{Step::kRecheckSeq, Role::kClient}, std::pair{Step::kRecheckSeq, Role::kWorker},
                                         std::pair{Step::kAskParked, Role::kClient},
                                         std::pair{Step::kTakeWaiting, Role::kWorker}));

}  // namespace
}  // namespace ringside::model
