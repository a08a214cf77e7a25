// Goal: retries are a share of calls, and a few more that were saved up.
#include "client_lib/protection/retry_budget.h"

#include <gtest/gtest.h>

namespace ringside::detail {
namespace {

TEST(RetryBudget, OffGivesNone) {
  RetryBudget budget(0);
  EXPECT_TRUE(budget.is_off());
  budget.earn();
  EXPECT_FALSE(budget.spend());
}

TEST(RetryBudget, GivesItsShareOfCallsAndWhatWasSavedUp) {
  RetryBudget budget(0.1);
  int retries = 0;
  for (int call = 0; call < 1'000; ++call) {
    budget.earn();
    retries += budget.spend() ? 1 : 0;
  }
  EXPECT_NEAR(retries, 100 + RetryBudget::kSavedMax, 1);
}

TEST(RetryBudget, SavesUpAFew) {
  RetryBudget budget(1);
  for (int call = 0; call < 1'000; ++call) budget.earn();
  int retries = 0;
  while (budget.spend()) ++retries;
  EXPECT_EQ(retries, RetryBudget::kSavedMax);
}

}  // namespace
}  // namespace ringside::detail
