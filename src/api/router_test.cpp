// SPDX-License-Identifier: Apache-2.0
#include "api/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "api/error_body.h"
#include "tests/support/run_task.h"

namespace godwit::api {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Named {
  std::string method, pattern;
};

// Each handler answers with its pattern.
Router router_of(const std::vector<Named>& routes) {
  Router router;
  for (const Named& route : routes) {
    router.add(route.method, route.pattern, [pattern = route.pattern](Request) -> Task<Answer> { co_return Answer(200, pattern); });
  }
  return router;
}

std::string handler_of(const Router& router, std::string_view method, std::string_view target) {
  const auto match = router.match(method, target);
  if (!match) return std::to_string(match.error().status);
  return test::run_task(std::get<Handler>(*match->action)(match->request)).body.get<std::string>();
}

TEST(Router, FindsTheHandler) {
  const std::vector<Named> routes{{"GET", "/v1/accounts"},          {"GET", "/v1/accounts/{account}"},
                                  {"DELETE", "/v1/accounts/{account}"}, {"GET", "/v1/accounts/all"},
                                  {"POST", "/v1/accounts/{account}/pause"}, {"POST", "/v1/accounts/all/{action}"},
                                  {"GET", "/{anything}"},           {"GET", "/{first}/accounts/{second}/x"}};
  struct Case {
    std::string_view method, target, handler;
  };
  const std::vector<Case> table{
      {"GET", "/v1/accounts", "/v1/accounts"},
      {"GET", "/v1/accounts?x=1", "/v1/accounts"},
      {"GET", "/v1/accounts/", "404"},
      {"GET", "/v1//accounts", "404"},
      {"GET", "//v1/accounts", "404"},
      {"GET", "/", "404"},
      {"GET", "/v1", "/{anything}"},
      {"GET", "/%2Fv1", "/{anything}"},
      {"GET", "/v1/accounts/anna", "/v1/accounts/{account}"},
      {"GET", "/v1/accounts/all", "/v1/accounts/all"},
      {"GET", "/v1/accounts/ALL", "/v1/accounts/{account}"},
      {"GET", "/v1/accounts/%61ll", "/v1/accounts/all"},
      {"DELETE", "/v1/accounts/all", "/v1/accounts/{account}"},
      {"POST", "/v1/accounts/all/pause", "/v1/accounts/all/{action}"},
      {"POST", "/v1/accounts/anna/pause", "/v1/accounts/{account}/pause"},
      {"GET", "/v1/accounts/a/x", "/{first}/accounts/{second}/x"},
      {"GET", "/v1/accounts/a/pause", "405"},
      {"POST", "/v1/accounts", "405"},
      {"get", "/v1/accounts", "405"},
      {"", "/v1/accounts", "405"},
      {"POST", "/v1/accounts/a%2Fpause", "405"},
      {"GET", "/v1/nothing/here", "404"},
      {"GET", "", "400"},
      {"GET", "v1", "400"},
      {"OPTIONS", "*", "400"},
      {"GET", "http://host/v1", "400"},
      {"GET", "/v1/accounts/%", "400"},
      {"GET", "/v1/accounts/%4", "400"},
      {"GET", "/v1/accounts/%zz", "400"},
      {"GET", "/v1/accounts/%: ", "400"},
      {"GET", "/v1/accounts/a%00b", "400"},
      {"GET", "/v1/accounts?a=1&a=2", "400"},
      {"GET", "/v1/accounts?a=%f", "400"},
  };
  std::vector<Named> shuffled = routes;
  std::mt19937 random(7);
  for (int order = 0; order < 20; ++order) {
    const Router router = router_of(shuffled);
    for (const Case& each : table) EXPECT_EQ(handler_of(router, each.method, each.target), each.handler) << each.method << each.target;
    std::ranges::shuffle(shuffled, random);
  }
}

TEST(Router, DecodesParametersAndQuery) {
  const Router router = router_of({{"GET", "/v1/{account}/folders/{folder}"}});
  const auto match = router.match("GET", "/v1/anna+x%40example.com/folders/a%2Fb%25%c3%bc+?limit=10&name=a+b%2Bc%26&flag&=&");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->request.path, "/v1/anna+x%40example.com/folders/a%2Fb%25%c3%bc+");
  EXPECT_EQ(match->request.parameters, (Parameters{{"account", "anna+x@example.com"}, {"folder", "a/b%\u00fc+"}}));
  EXPECT_EQ(match->request.query, (Parameters{{"limit", "10"}, {"name", "a b+c&"}, {"flag", ""}, {"", ""}}));
  EXPECT_TRUE(match->request.body.is_null());
}

TEST(Router, EveryByteSurvivesItsEncoding) {
  const Router router = router_of({{"GET", "/{name}"}});
  for (int byte = 1; byte < 256; ++byte) {
    const std::string name = std::string("a") + static_cast<char>(byte) + "z";
    const std::string encoded = percent_encode(name);
    EXPECT_TRUE(std::ranges::all_of(encoded, [](char c) { return c > ' ' && c < 127; })) << byte;
    const auto match = router.match("GET", "/" + encoded + "?" + encoded + "=" + encoded);
    ASSERT_TRUE(match) << byte;
    EXPECT_EQ(match->request.parameters.at("name"), name);
    EXPECT_EQ(match->request.query.at(name), name);
  }
}

TEST(Router, RefusalsSayWhatThereIs) {
  const Router router = router_of({{"GET", "/v1/plan"}, {"PUT", "/v1/plan"}, {"POST", "/v1/{any}"}});
  const auto wrong_method = router.match("BREW\x1b", "/v1/plan").error();
  EXPECT_EQ(wrong_method.allow, "GET, POST, PUT");
  EXPECT_EQ(error_of(wrong_method.body).value().what, "BREW\\x1b is not taken at /v1/plan; use GET or POST or PUT");
  EXPECT_EQ(error_of(wrong_method.body).value().kind, ErrorKind::usage);
  EXPECT_EQ(error_of(router.match("GET", "/v2/plan").error().body).value().kind, ErrorKind::not_found);
  EXPECT_THAT(error_of(router.match("GET", "/v2/plan").error().body).value().what, HasSubstr("no call at /v2/plan"));
  EXPECT_THAT(error_of(router.match("GET", "/v1/plan?a=%qq").error().body).value().what, HasSubstr("at \"%qq\""));
}

TEST(Router, RefusesPatternsThatAreNone) {
  for (const char* pattern : {"", "v1", "/", "/v1/", "/a//b", "/{}", "/{a", "/a}", "/x{a}", "/{a}x", "/{a}/{a}", "/{a{b}}", "/{a}{b}"}) {
    Router router;
    EXPECT_THROW(router.add("GET", pattern, Handler()), std::logic_error) << pattern;
  }
  Router router = router_of({{"GET", "/v1/{a}/x"}, {"POST", "/v1/{a}/x"}, {"GET", "/v1/b/x"}});
  EXPECT_THROW(router.add("GET", "/v1/{b}/x", Handler()), std::logic_error);
  EXPECT_THROW(router.add_stream("POST", "/v1/{a}/x", StreamHandler()), std::logic_error);
  EXPECT_NO_THROW(router.add("PUT", "/v1/{b}/x", Handler()));
}

TEST(Router, RandomTargetsAreAnsweredInSomeWay) {
  const Router router = router_of({{"GET", "/v1/{account}"}, {"GET", "/v1/{account}/x"}, {"POST", "/v1/all"}});
  std::mt19937 random(1);
  const std::string letters = "/v1%2Fax?&=+ {}\xff\n\"";
  for (int run = 0; run < 20000; ++run) {
    std::string target = run % 2 == 0 ? "/v1/" : "";
    for (auto size = random() % 12; size > 0; --size) target += letters[random() % letters.size()];
    const auto match = router.match("GET", target);
    if (!match) EXPECT_THAT(match.error().status, testing::AnyOf(400, 404, 405)) << target;
  }
}

TEST(Answer, IsMadeOfAnError) {
  const auto fails = []() -> Task<Answer> {
    const auto attempt = []() -> Result<int> { return fail(ErrorKind::exists, "it is there"); };
    GODWIT_CO_TRY(const int value, attempt());
    co_return Answer(200, value);
  };
  const Answer answer = test::run_task(fails());
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(error_of(answer.body), (Error{ErrorKind::exists, "it is there", {}, {}}));
}

}  // namespace
}  // namespace godwit::api
