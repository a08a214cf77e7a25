// Goal: bodies of canary, pin, unpin and label become the request that they say, or every problem of theirs is told; pins are shown a page
//   at a time.
// Method: route() with bodies in tables; pins made by hand.
#include "engine/admin/role_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/admin/routes.h"

namespace ringside::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Routed post(const std::string& target, const std::string& body, AdminRole role = AdminRole::kOperator) {
  const AdminCall call{
      .method = "POST", .target = target, .body = body, .role = role, .actor = "uid 5 (op)", .trace_id = "trace"};
  return route(call, [] { return AdminSnapshot(); });
}
template <class Request>
Request asked(const Routed& routed) {
  const auto* request = std::get_if<RoleRequest>(&routed);
  if (request == nullptr) {
    ADD_FAILURE() << std::get<HttpResponse>(routed).body;
    return {};
  }
  EXPECT_EQ(request->actor, "uid 5 (op)");
  return std::get<Request>(request->what);
}
unsigned status(const Routed& routed) {
  const auto* response = std::get_if<HttpResponse>(&routed);
  return response == nullptr ? 0 : response->status;
}

TEST(RoleRoutes, CanaryBodySaysVersionShareAndSalt) {
  const auto canary =
      asked<CanaryRequest>(post("/model/canary", R"({"version":"v1","percent":12.25,"salt":"s","reason":"why"})"));
  EXPECT_EQ(canary.version, "v1");
  EXPECT_EQ(canary.buckets, 122'500u);
  EXPECT_EQ(canary.salt, "s");
  EXPECT_EQ(asked<CanaryRequest>(post("/model/canary", R"({"off":true})")).version, "");
}

TEST(RoleRoutes, PinBodySaysKeysAndTags) {
  const auto pin = asked<PinRequest>(post("/model/pin", R"({"version":"v1","keys":["u1","u2"],"tags":["a=b"]})"));
  EXPECT_EQ(pin.version, "v1");
  EXPECT_THAT(pin.keys, ElementsAre("u1", "u2"));
  EXPECT_THAT(pin.tags, ElementsAre("a=b"));
  EXPECT_TRUE(asked<PinRequest>(post("/model/unpin", R"({"all":true})")).all);
  EXPECT_THAT(asked<PinRequest>(post("/model/unpin", R"({"keys":["u1"]})")).keys, ElementsAre("u1"));
}

TEST(RoleRoutes, LabelBodySaysNameAndVersion) {
  EXPECT_EQ(asked<LabelRequest>(post("/model/label", R"({"label":"prod","version":"v1"})")).version, "v1");
  EXPECT_EQ(asked<LabelRequest>(post("/model/label", R"({"label":"prod","remove":true})")).version, "");
}

struct BadBody {
  const char *path, *body, *said;
};
TEST(RoleRoutes, BadBodiesAreUsageErrorsThatSayWhatIsExpected) {
  const std::string long_text(129, 'k');
  const std::string long_key = R"({"version":"v1","keys":["u1",")" + long_text + R"("]})";
  for (const BadBody& row : std::vector<BadBody>{
           {"/model/canary", "", "not JSON"},
           {"/model/canary", "[]", "expected a JSON object"},
           {"/model/canary", R"({"version":"v1"})", "percent: required"},
           {"/model/canary", R"({"percent":5})", "version: required"},
           {"/model/canary", R"({"version":"v1","percent":100.01})", "0 to 100"},
           {"/model/canary", R"({"version":"v1","percent":-0.01})", "0 to 100"},
           {"/model/canary", R"({"version":"v1","percent":1.005})", "two decimals"},
           {"/model/canary", R"({"version":"v1","percent":"5"})", "percent: expected a number"},
           {"/model/canary", R"({"version":"v1","percent":5,"salt":"a\u0000b"})", "salt: expected printable"},
           {"/model/canary", R"({"version":"v1","percent":5,"salt":""})", "salt: expected 1 to 128 bytes"},
           {"/model/canary", R"({"version":"v1","off":true})", "off: nothing else"},
           {"/model/canary", R"({"version":"v1","percent":5,"percnt":5})",
            "percnt: unknown key; known are reason, version, percent"},
           {"/model/pin", R"({"version":"v1"})", "keys or tags: required"},
           {"/model/pin", R"({"keys":["u1"]})", "version: required"},
           {"/model/pin", R"({"version":"v1","keys":"u1"})", "keys: expected an array"},
           {"/model/pin", R"({"version":"v1","keys":[""]})", "keys[0]: expected 1 to 128 bytes"},
           {"/model/pin", long_key.c_str(), "keys[1]: expected 1 to 128 bytes"},
           {"/model/pin", R"({"version":"v1","tags":["vip"]})", "'vip' is no KEY=VALUE"},
           {"/model/unpin", R"({"version":"v1","keys":["u1"]})", "version: unknown key"},
           {"/model/unpin", "{}", "keys, tags or all: required"},
           {"/model/unpin", R"({"all":true,"keys":["u1"]})", "all: nothing else"},
           {"/model/label", R"({"version":"v1"})", "label: required"},
           {"/model/label", R"({"label":"prod"})", "version: required"},
           {"/model/label", R"({"label":"prod","version":"v1","remove":true})", "version: required, or remove"},
           {"/model/label", R"({"label":"a/b","version":"v1"})", "without a slash"},
           {"/model/label?x=1", R"({"label":"a","version":"v1"})", "?x: unknown parameter"},
       }) {
    const Routed routed = post(row.path, row.body);
    ASSERT_EQ(status(routed), 400u) << row.path << " " << row.body;
    EXPECT_THAT(std::get<HttpResponse>(routed).body, HasSubstr(row.said)) << row.body;
  }
}

TEST(RoleRoutes, ViewersAndStrangersChangeNothing) {
  for (const std::string_view path : kRoleRoutes) {
    EXPECT_EQ(status(post(std::string(path), "{}", AdminRole::kViewer)), 403u) << path;
    EXPECT_EQ(status(post(std::string(path), "{}", AdminRole::kNone)), 403u) << path;
  }
}

TEST(RoleRoutes, EveryHundredthOfAPercentIsItsBuckets) {
  for (std::uint32_t hundredths = 0; hundredths <= 10'000; ++hundredths) {
    const auto buckets = buckets_of_percent(std::stod(std::to_string(hundredths / 100) + "." +
                                                      std::to_string(hundredths % 100 / 10) + std::to_string(hundredths % 10)));
    ASSERT_TRUE(buckets.ok()) << hundredths;
    ASSERT_EQ(*buckets, hundredths * 100) << hundredths;
  }
}

TEST(PinsDocument, PagesShowEveryPinOnce) {
  std::vector<PinChange> changes{{PinKind::kTag, "a=b", "v2"}};
  for (int i = 0; i < 1'000; ++i) changes.push_back({PinKind::kKey, "u" + std::to_string(i), "v1"});
  const auto pins = Pins::none()->with(changes);
  std::multiset<std::string> seen;
  std::size_t pages = 0;
  for (std::string target = "/model/pins?limit=100"; !target.empty(); ++pages) {
    const auto page = pins_document(*pins, *parse_target(target));
    ASSERT_TRUE(page.ok());
    EXPECT_EQ((*page)["keys"], 1'000);
    EXPECT_EQ((*page)["versions"]["v1"], 1'000);
    for (const auto& pin : (*page)["pins"]) seen.insert(pin.contains("key") ? pin["key"] : pin["tag"]);
    target = (*page)["next"].is_null() ? "" : "/model/pins?limit=100&from=" + (*page)["next"].dump();
  }
  EXPECT_GT(pages, 5u);
  EXPECT_EQ(seen.size(), 1'001u);
  EXPECT_EQ(seen.count("u7"), 1u);
}

TEST(PinsDocument, OneKeyOrTagIsLookedUp) {
  const auto pins = Pins::none()->with(std::vector<PinChange>{{PinKind::kTag, "a=b", "v2"}, {PinKind::kKey, "u 1", "v1"}});
  EXPECT_EQ((*pins_document(*pins, *parse_target("/model/pins?key=u%201")))["pins"].dump(), R"([{"key":"u 1","version":"v1"}])");
  EXPECT_EQ((*pins_document(*pins, *parse_target("/model/pins?tag=a%3Db")))["pins"].dump(), R"([{"tag":"a=b","version":"v2"}])");
  EXPECT_EQ((*pins_document(*pins, *parse_target("/model/pins?key=a%3Db")))["pins"].dump(), "[]");
}

TEST(PinsDocument, BadParametersAreTold) {
  for (const auto& [query, said] : std::vector<std::pair<std::string, std::string>>{{"limit=x", "limit"},
                                                                                    {"limit=-1", "limit"},
                                                                                    {"limit=100001", "at most 100000"},
                                                                                    {"from=4097", "from"},
                                                                                    {"k=1", "unknown parameter"},
                                                                                    {"key=a&tag=b", "one key or tag"}}) {
    const auto page = pins_document(*Pins::none(), *parse_target("/model/pins?" + query));
    ASSERT_FALSE(page.ok()) << query;
    EXPECT_THAT(page.error(), Contains(HasSubstr(said))) << query;
  }
}

}  // namespace
}  // namespace ringside::engine
