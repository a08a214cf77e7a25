// Goal and method: those of protocol_model_test.cc; wider bounds, whole searches and millions of executions by chance.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <string>

#include "tests/model/searches.h"

namespace ringside::model {
namespace {

class ProtocolModelLong : public testing::TestWithParam<Model> {};

TEST_P(ProtocolModelLong, Holds) {
  for (const Search& search : long_searches(GetParam())) {
    const Verdict verdict = check(GetParam(), search);
    EXPECT_TRUE(verdict.holds) << verdict.why;
    std::printf("%-13s %10" PRIu64 " executions\n", name_of(GetParam()), verdict.executions);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ProtocolModelLong, testing::ValuesIn(kModels),
                         [](const auto& model) { return std::string(name_of(model.param)); });

}  // namespace
}  // namespace ringside::model
