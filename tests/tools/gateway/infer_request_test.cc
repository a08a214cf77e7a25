// Goal: an infer request's JSON is read whatever the order of its keys; what is wrong with it is said by name; binary values are found behind it.

#include "tools/gateway/infer_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::gateway {
namespace {

using testing::HasSubstr;

TEST(InferRequest, KeysMayStandInAnyOrder) {
  const auto request = read_infer_request(
      R"({"outputs":[{"name":"score"}],"inputs":[{"data":[1,2],"shape":[2],"datatype":"INT64","name":"age"}],)"
      R"("parameters":{"binary_data_output":true,"user_id":"u1","timeout":500,"foreign":[{}]},"id":"7","extra":{}})",
      std::nullopt);
  ASSERT_TRUE(request) << request.error();
  EXPECT_EQ(request->id, "7");
  EXPECT_EQ(request->user_id, "u1");
  EXPECT_EQ(request->timeout_us, 500);
  ASSERT_EQ(request->inputs.size(), 1u);
  EXPECT_EQ(request->inputs[0].value(1).integer(), 2);
  ASSERT_EQ(request->outputs.size(), 1u);
  EXPECT_TRUE(request->outputs[0].binary.value_or(request->binary_outputs));
}

TEST(InferRequest, BinaryValuesStandBehindTheJsonInOrder) {
  const std::string json = R"({"inputs":[{"name":"a","datatype":"INT8","shape":[2],"parameters":{"binary_data_size":2}},)"
                           R"({"name":"b","datatype":"INT8","shape":[1],"data":[5]},)"
                           R"({"name":"c","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":5}}]})";
  const std::string body = json + std::string("\x01\x02\x01\0\0\0x", 7);
  const auto request = read_infer_request(body, json.size());
  ASSERT_TRUE(request) << request.error();
  EXPECT_EQ(request->inputs[0].value(1).integer(), 2);
  EXPECT_EQ(request->inputs[1].value(0).integer(), 5);
  EXPECT_EQ(request->inputs[2].value(0).text(), "x");
  EXPECT_FALSE(read_infer_request(body + "y", json.size()));  // nobody's byte
  EXPECT_FALSE(read_infer_request(body.substr(0, body.size() - 1), json.size()));
  EXPECT_FALSE(read_infer_request(json, std::nullopt));  // no header
  EXPECT_FALSE(read_infer_request(json, json.size() + 1));
}

struct Wrong {
  std::string_view body, told;
};

class WrongInferRequest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongInferRequest, IsToldByName) {
  const auto request = read_infer_request(GetParam().body, std::nullopt);
  ASSERT_FALSE(request);
  EXPECT_THAT(request.error(), HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, WrongInferRequest,
    testing::Values(Wrong{"", "'{'"}, Wrong{"{}", "inputs: required"}, Wrong{"[]", "'{'"},
                    Wrong{R"({"inputs":[]} x)", "nothing after"}, Wrong{R"({"inputs":{}})", "'['"},
                    Wrong{R"({"inputs":[],"inputs":[]})", "twice"}, Wrong{R"({"id":7,"inputs":[]})", "id"},
                    Wrong{"{\"inputs\":[],\"x\":\"\xFF\"}", "UTF-8"},
                    Wrong{R"({"inputs":[{}]})", "inputs[0]: name, datatype and shape"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT7","shape":[1],"data":[1]}]})", "INT7"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT8","shape":[1],"data":[300]}]})",
                          "inputs[0] 'a': element 0 is no number that INT8 holds"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT8","shape":[1]}]})", "either data or binary_data_size"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT8","shape":[-1],"data":[1]}]})", "shape"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT8","shape":[1.5],"data":[1]}]})", "shape"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT8","shape":[1,1,1,1,1,1,1,1,1],"data":[1]}]})", "dimensions"},
                    Wrong{R"({"inputs":[{"name":"a","datatype":"INT8","shape":[1],"parameters":{"shared_memory_region":"r"}}]})",
                          "client library"},
                    Wrong{R"({"inputs":[],"parameters":{"sequence_id":1}})", "sequence"},
                    Wrong{R"({"inputs":[],"parameters":{"timeout":-1}})", "timeout"},
                    Wrong{R"({"inputs":[],"outputs":[{}]})", "outputs[0]: name"},
                    Wrong{R"({"inputs":[],"outputs":[{"name":"score","parameters":{"classification":3}}]})", "classification"}));

}  // namespace
}  // namespace ringside::gateway
