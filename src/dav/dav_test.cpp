// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error_code.h"
#include "dav/client.h"
#include "dav/discovery.h"
#include "dav/href.h"
#include "dav/xml.h"
#include "tests/support/http_script.h"
#include "tests/support/run_task.h"

namespace godwit::dav {
namespace {

using test::HttpAnswer;
using test::HttpScript;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view usual = R"(<?xml version="1.0"?>
<x:multistatus xmlns:x="DAV:" xmlns="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/">
 <x:response><x:href> /work/a.ics </x:href>
  <x:propstat><x:prop><x:getetag>"1"</x:getetag><calendar-data><![CDATA[A<B&]]>C&amp;&#13;
D</calendar-data><q:odd xmlns:q="urn:x"/></x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat>
  <x:propstat><x:prop><cs:getctag/></x:prop><x:status>HTTP/1.1 404 Not Found</x:status></x:propstat>
 </x:response>
 <x:response><x:href>/work/b.ics</x:href><x:href>/work/c.ics</x:href><x:status>HTTP/1.1 404 Not Found</x:status></x:response>
 <x:response><x:href>/work/</x:href><x:status>HTTP/1.1 507 Insufficient Storage</x:status></x:response>
 <x:sync-token> data:,7 </x:sync-token>
</x:multistatus>)";

TEST(DavXml, ReadsAMultistatus) {
  const auto all = parse_multistatus(usual);
  ASSERT_TRUE(all) << describe(all.error());
  ASSERT_EQ(all->members.size(), 4U);
  const Member& first = all->members[0];
  EXPECT_EQ(first.href, "/work/a.ics");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.text("D:getetag"), "\"1\"");
  EXPECT_EQ(first.text("C:calendar-data"), "A<B&C&\r\nD") << "line ends are kept as they are meant";
  EXPECT_NE(first.property("?:odd"), nullptr);
  EXPECT_EQ(first.refused.at("CS:getctag"), 404);
  EXPECT_EQ(first.property("CS:getctag"), nullptr);
  EXPECT_EQ(all->members[1].href, "/work/b.ics");
  EXPECT_EQ(all->members[2].href, "/work/c.ics");
  EXPECT_EQ(all->members[2].status, 404) << "one status for several";
  EXPECT_EQ(all->members[3].status, 507);
  EXPECT_EQ(all->sync_token, "data:,7");
}

TEST(DavXml, HostileDocumentsAreRefused) {
  std::string deep = "<D:multistatus xmlns:D=\"DAV:\">", many = deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 4'000'001; ++i) many += "<a/>";
  const std::string bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><D:multistatus xmlns:D=\"DAV:\">&b;</D:multistatus>";
  const std::string file = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><D:multistatus xmlns:D=\"DAV:\"/>";
  for (const std::string& each : {deep, many, bomb, file, std::string(), std::string("no XML"), std::string("<a>"), std::string("<multistatus/>"),
                                  std::string("<D:multistatus xmlns:D=\"other:\"/>"), std::string("<html><body>502</body></html>"),
                                  std::string("\0\xFF\xFE<", 4)}) {
    const auto read = parse_multistatus(each);
    ASSERT_FALSE(read) << each.substr(0, 80);
    EXPECT_EQ(read.error().code, codes::response_malformed.number) << each.substr(0, 80);
  }
  std::string closed = "<D:multistatus xmlns:D=\"DAV:\">";
  for (int i = 0; i < 70; ++i) closed += "<a>";
  for (int i = 0; i < 70; ++i) closed += "</a>";
  EXPECT_THAT(describe(parse_multistatus(closed + "</D:multistatus>").error()), HasSubstr("64 levels"));
}

TEST(DavXml, CutAnywhereItIsAnErrorAndNeverMore) {
  for (std::size_t length = 0; length < usual.size() - 1; ++length) EXPECT_FALSE(parse_multistatus(usual.substr(0, length))) << length;
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged(usual);
    for (int j = 0; j < 4; ++j) damaged[random() % damaged.size()] = static_cast<char>(random());
    static_cast<void>(parse_multistatus(damaged));
    static_cast<void>(preconditions_of(damaged));
  }
}

TEST(DavXml, StatusLinesThatCannotBeReadAreFailures) {
  for (const char* line : {"", "OK", "HTTP/1.1", "HTTP/1.1 abc OK", "200"}) {
    const auto all = parse_multistatus(fmt::format("<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>/a</D:href><D:status>{}</D:status>"
                                                   "</D:response></D:multistatus>", line));
    ASSERT_TRUE(all) << line;
    EXPECT_EQ(all->members.at(0).status, 500) << line;
  }
}

TEST(DavXml, WritesWhatItReads) {
  const std::string odd = "a<b>&\"c\r\nd\x01 \xC3\xA9";
  const NewProperty property{"D:displayname", xml_escaped(odd)};
  const auto root = parse_xml(update_body("D:propertyupdate", {&property, 1}));
  ASSERT_TRUE(root) << describe(root.error());
  EXPECT_EQ(root->name, "D:propertyupdate");
  EXPECT_EQ(root->child("D:set")->child("D:prop")->child("D:displayname")->text, "a<b>&\"c\r\nd \xC3\xA9") << "without what XML cannot hold";
  const std::vector<std::string_view> names{"D:getetag", "C:calendar-data"};
  const std::vector<std::string> hrefs{"/a&b", "/c"};
  const auto multiget = parse_xml(multiget_body("C:calendar-multiget", names, hrefs));
  ASSERT_TRUE(multiget);
  EXPECT_EQ(multiget->children.size(), 3U);
  EXPECT_EQ(multiget->href(), "/a&b");
  const auto sync = parse_xml(sync_body("t<1>", names));
  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->child("D:sync-token")->text, "t<1>");
  EXPECT_EQ(sync->child("D:sync-level")->text, "1");
}

TEST(DavXml, PreconditionsWithTheirHrefs) {
  const auto found = preconditions_of("<error xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><C:no-uid-conflict><href>/a/b.ics</href>"
                                      "</C:no-uid-conflict></error>");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "C:no-uid-conflict");
  EXPECT_EQ(found[0].href, "/a/b.ics");
  EXPECT_THAT(preconditions_of("<html/>"), IsEmpty());
  EXPECT_THAT(preconditions_of("plain words"), IsEmpty());
}

TEST(DavHref, OneFormForAll) {
  constexpr std::string_view origin = "https://dav.example.com";
  const auto path = [&](std::string_view href) { return path_of_href(href, "/home/alice/", origin).value_or("none"); };
  struct Case {
    std::string_view href, expected;
  };
  for (const Case& each : {Case{"/home/alice%40example.com/", "/home/alice@example.com/"},
                           Case{"/a%2fb/%c3%a9 x", "/a%2Fb/%C3%A9%20x"},
                           Case{"work/a.ics", "/home/alice/work/a.ics"},
                           Case{"../bob/", "/home/bob/"},
                           Case{"/../../etc/../x", "/x"},
                           Case{"//evil.example.net/x", "none"},
                           Case{"https://DAV.example.com:443/x", "/x"},
                           Case{"https://dav.example.com", "/"},
                           Case{"http://dav.example.com/x", "none"},
                           Case{"https://dav.example.com.evil.example.net/x", "none"},
                           Case{"https://dav.example.com@evil.example.net/x", "none"},
                           Case{"https://dav.example.com:444/x", "none"},
                           Case{"/x?y#z", "/x"},
                           Case{"/a//b///", "/a/b/"},
                           Case{"/100%", "/100%25"},
                           Case{"", "none"},
                           Case{"#x", "none"}}) {
    EXPECT_EQ(path(each.href), each.expected) << each.href;
  }
  EXPECT_EQ(last_segment("/a/b/"), "b");
  EXPECT_EQ(last_segment("/a/b"), "b");
  EXPECT_EQ(parent_of("/a/b/"), "/a/");
  EXPECT_EQ(parent_of("/a/b"), "/a/");
  EXPECT_EQ(full_origin("HTTPS://Host/x"), "https://host:443");
  EXPECT_EQ(full_origin("http://[::1]/x"), "http://[::1]:80");
  EXPECT_EQ(full_origin("http://[::1]:8080"), "http://[::1]:8080");
  EXPECT_EQ(full_origin("ftp://host"), "");
}

// --- against a server that says what it is told to say ---

std::string multistatus(std::string_view href, std::string_view properties) {
  return fmt::format("<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" xmlns:a=\"urn:ietf:params:xml:ns:carddav\">"
                     "<d:response><d:href>{}</d:href><d:propstat><d:prop>{}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
                     "</d:response></d:multistatus>",
                     href, properties);
}

const std::string principal = multistatus("/", "<d:current-user-principal><d:href>/p/alice%40example.com/</d:href></d:current-user-principal>");
const std::string homes = multistatus("/p/alice@example.com/",
                                      "<c:calendar-home-set><d:href>/cal/alice</d:href></c:calendar-home-set>"
                                      "<a:addressbook-home-set><d:href>/card/alice/</d:href></a:addressbook-home-set>");
const HttpAnswer wants_basic{401, {}, "WWW-Authenticate: Basic realm=\"x\"\r\n"};

Client client_of(const HttpScript& server, TokenSupply token = {}) {
  http::Settings settings;
  settings.connections = 1;
  Login login{.user = "alice", .password = Secret("secret"), .token = std::move(token)};
  return Client(server.origin(), std::move(login), std::move(settings));
}

std::vector<std::string> lines_of(HttpScript& server) {
  std::vector<std::string> lines;
  for (const auto& each : server.asked()) lines.push_back(each.line.substr(0, each.line.rfind(' ')));
  return lines;
}

TEST(DavDiscovery, FollowsTheWellKnownPlaceAndThePrincipal) {
  HttpScript server({{301, {}, "Location: /dav/\r\n"}, wants_basic, {207, principal}, {207, homes}});
  Client client = client_of(server);
  const auto found = test::run_task(discover(client, ""));
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->principal, "/p/alice@example.com/");
  EXPECT_THAT(found->calendars, ElementsAre("/cal/alice/"));
  EXPECT_THAT(found->address_books, ElementsAre("/card/alice/"));
  EXPECT_THAT(lines_of(server), ElementsAre("PROPFIND /.well-known/caldav", "PROPFIND /dav/", "PROPFIND /dav/", "PROPFIND /p/alice@example.com/"));
  const auto asked = server.asked();
  EXPECT_THAT(asked.at(1).head, Not(HasSubstr("Authorization"))) << "nothing goes out on a plain line before the server has asked";
  EXPECT_THAT(asked.at(2).head, HasSubstr("Authorization: Basic YWxpY2U6c2VjcmV0\r\n"));
}

TEST(DavDiscovery, GoesOnWhereTheWellKnownPlacesAreNotThere) {
  HttpScript server({{404}, {404}, {207, principal}, {207, homes}});
  Client client = client_of(server);
  const auto found = test::run_task(discover(client, ""));
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(found->calendars, ElementsAre("/cal/alice/"));
  EXPECT_THAT(lines_of(server), ElementsAre("PROPFIND /.well-known/caldav", "PROPFIND /.well-known/carddav", "PROPFIND /", "PROPFIND /p/alice@example.com/"));
}

TEST(DavDiscovery, BeginsWhereItIsTold) {
  HttpScript server({{207, multistatus("/c/", "<c:calendar-home-set><d:href>/cal/x/</d:href></c:calendar-home-set>")}});
  Client client = client_of(server);
  const auto found = test::run_task(discover(client, "/c/"));
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(found->calendars, ElementsAre("/cal/x/"));
  EXPECT_THAT(found->address_books, IsEmpty());
}

TEST(DavDiscovery, ACollectionThatIsGivenAndLeadsNoFurtherIsTheHome) {
  const std::string plain = multistatus("/cal/x", "<d:resourcetype><d:collection/></d:resourcetype>");
  HttpScript server({{207, plain}, {207, plain}, {404}, {404}});
  Client client = client_of(server);
  const auto given = test::run_task(discover(client, "/cal/x"));
  ASSERT_TRUE(given) << describe(given.error());
  EXPECT_THAT(given->calendars, ElementsAre("/cal/x/"));
  EXPECT_THAT(given->address_books, ElementsAre("/cal/x/"));
  EXPECT_FALSE(test::run_task(discover(client, ""))) << "a root that leads nowhere is nobody's home";
}

TEST(DavDiscovery, HomesOfOtherOriginsAreNamedAndNotAsked) {
  const std::string away = multistatus("/p/", "<c:calendar-home-set><d:href>https://p12.example.net:443/cal/</d:href></c:calendar-home-set>");
  HttpScript server({{207, away}, {404}, {404}});
  Client client = client_of(server);
  const auto found = test::run_task(discover(client, ""));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  EXPECT_THAT(found.error().what, HasSubstr("https://p12.example.net:443"));
}

TEST(DavDiscovery, SaysWhatItTried) {
  HttpScript server({{404}, {403}, {405}});
  Client client = client_of(server);
  const auto found = test::run_task(discover(client, ""));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::not_found);
  for (const char* part : {"/.well-known/caldav", "/.well-known/carddav", "davs://user@host/path"}) EXPECT_THAT(found.error().what, HasSubstr(part));
}

TEST(DavDiscovery, ALoginThatIsRefusedIsToldAtOnce) {
  HttpScript server({wants_basic, wants_basic});
  Client client = client_of(server);
  const auto found = test::run_task(discover(client, ""));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, codes::login_refused.number);
  EXPECT_EQ(server.asked().size(), 2U) << "a password that is refused is not tried again: accounts are locked that way";
}

TEST(DavClient, PasswordsGoToNoOtherOrigin) {
  HttpScript server({wants_basic, {302, {}, "Location: http://127.0.0.1:1/steal\r\n"}});
  Client client = client_of(server);
  const auto answer = test::run_task(client.propfind("/", 0, {"D:resourcetype"}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, codes::response_out_of_place.number);
  EXPECT_THAT(answer.error().what, HasSubstr("http://127.0.0.1:1"));
}

TEST(DavClient, RedirectsEnd) {
  HttpScript circle({{302, {}, "Location: /b\r\n"}, {302, {}, "Location: /a\r\n"}, {302, {}, "Location: /b\r\n"}, {302, {}, "Location: /a\r\n"},
                     {302, {}, "Location: /b\r\n"}, {302, {}, "Location: /a\r\n"}, {302, {}, "Location: /b\r\n"}});
  Client client = client_of(circle);
  const auto answer = test::run_task(client.propfind("/a", 0, {"D:resourcetype"}));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("circle"));
}

TEST(DavClient, DigestComesBeforeBasicOnAPlainLine) {
  HttpScript server({{401, {}, "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"\r\n"},
                     {401, {}, "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"\r\n"},
                     {207, principal}});
  Client client = client_of(server);
  const auto answer = test::run_task(client.propfind("/", 0, {"D:resourcetype"}));
  ASSERT_TRUE(answer) << describe(answer.error());
  for (const auto& each : server.asked()) EXPECT_THAT(each.head, Not(HasSubstr("Basic")));
  EXPECT_THAT(server.asked().at(2).head, HasSubstr("Authorization: Digest username=\"alice\""));
}

TEST(DavClient, AServerThatTakesNoPasswordIsTold) {
  HttpScript server({{401, {}, "WWW-Authenticate: Bearer\r\n"}});
  Client client = client_of(server);
  const auto answer = test::run_task(client.propfind("/", 0, {"D:resourcetype"}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, codes::login_unsupported.number);
}

TEST(DavClient, ATokenThatHasEndedIsRenewedOnce) {
  HttpScript server({{401, {}, "WWW-Authenticate: Bearer\r\n"}, {207, principal}, {207, principal}});
  std::vector<std::string> refused;
  Client client = client_of(server, [&refused](Secret old) -> Task<Result<Secret>> {
    refused.emplace_back(old.reveal());
    co_return Secret(refused.size() == 1 ? "old" : "new");
  });
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(test::run_task(client.propfind("/", 0, {"D:resourcetype"})));
  EXPECT_THAT(refused, ElementsAre("", "old"));
  EXPECT_THAT(server.asked().at(0).head, HasSubstr("Authorization: Bearer old\r\n"));
  EXPECT_THAT(server.asked().at(1).head, HasSubstr("Authorization: Bearer new\r\n"));
  EXPECT_THAT(server.asked().at(2).head, HasSubstr("Authorization: Bearer new\r\n"));
}

TEST(DavClient, StatusesAreErrorsOfTheirKind) {
  struct Case {
    HttpAnswer answer;
    ErrorKind kind;
  };
  const std::string quota = "<D:error xmlns:D=\"DAV:\"><D:quota-not-exceeded/></D:error>";
  const std::string size = "<D:error xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><C:max-resource-size/></D:error>";
  for (const Case& each : {Case{{403, "no"}, ErrorKind::refused}, Case{{403, quota}, ErrorKind::quota}, Case{{403, size}, ErrorKind::too_big},
                           Case{{413}, ErrorKind::too_big}, Case{{404}, ErrorKind::not_found}, Case{{500}, ErrorKind::refused},
                           Case{{507}, ErrorKind::quota}, Case{{429, {}, "Retry-After: 9\r\n"}, ErrorKind::unavailable},
                           Case{{502}, ErrorKind::unavailable}, Case{{503}, ErrorKind::unavailable}, Case{{207, "<html>"}, ErrorKind::syntax},
                           Case{{200, "OK"}, ErrorKind::syntax}}) {
    HttpScript server({each.answer});
    Client client = client_of(server);
    const auto answer = test::run_task(client.propfind("/x/", 0, {"D:resourcetype"}));
    ASSERT_FALSE(answer) << each.answer.status;
    EXPECT_EQ(answer.error().kind, each.kind) << each.answer.status << describe(answer.error());
    if (each.answer.status == 429) { EXPECT_EQ(answer.error().retry_after, std::chrono::seconds(9)); }
  }
}

TEST(DavClient, SeveralCallsAreAnsweredInTheirOrder) {
  std::vector<HttpAnswer> answers;
  for (int i = 0; i < 30; ++i) answers.push_back({201, {}, fmt::format("ETag: \"{}\"\r\n", i)});
  HttpScript server(std::move(answers));
  Client client = client_of(server);
  std::vector<Call> calls;
  for (int i = 0; i < 30; ++i) calls.push_back({.method = "PUT", .path = fmt::format("/{}", i), .body = "x", .content_type = "text/calendar"});
  const auto all = test::run_task(client.send_all(std::move(calls)));
  ASSERT_TRUE(all) << describe(all.error());
  const auto asked = server.asked();
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(asked.at(static_cast<std::size_t>(i)).line, fmt::format("PUT /{} HTTP/1.1", i));
    EXPECT_EQ(all->at(static_cast<std::size_t>(i)).head.header("ETag"), fmt::format("\"{}\"", i));
  }
}

TEST(DavClient, CapabilitiesAndSoftware) {
  HttpScript server({{200, {}, "DAV: 1, 2,3 ,calendar-access\r\nDAV: addressbook\r\nServer: Some/1.0\r\n"}});
  Client client = client_of(server);
  const auto options = test::run_task(client.options("/"));
  ASSERT_TRUE(options);
  EXPECT_THAT(options->capabilities, ElementsAre("1", "2", "3", "calendar-access", "addressbook"));
  EXPECT_EQ(options->software, "Some/1.0");
}

}  // namespace
}  // namespace godwit::dav
