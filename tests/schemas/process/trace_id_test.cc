// Goal: a trace id is the caller's own where it gave one that is one.
#include "schemas/process/trace_id.h"

#include <gtest/gtest.h>

namespace ringside {
namespace {

constexpr std::string_view kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceId, IsOfTheTraceParentElseTheRequest) {
  EXPECT_EQ(given_trace_id(kParent, "abc"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(given_trace_id("", "abc"), "abc");
  EXPECT_EQ(given_trace_id("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "abc"), "abc");  // upper case is not of the standard
  EXPECT_EQ(given_trace_id(kParent.substr(0, 54), ""), "");
  EXPECT_EQ(given_trace_id("", std::string(100, 'x')), std::string(64, 'x'));
}

TEST(TraceId, MadeOnesDiffer) {
  EXPECT_EQ(made_trace_id().size(), 32u);
  EXPECT_NE(made_trace_id(), made_trace_id());
}

}  // namespace
}  // namespace ringside
