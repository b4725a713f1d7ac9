// SPDX-License-Identifier: Apache-2.0
// Names and properties, and what a session makes of servers that do not keep to the book.
#include "adapters/dav/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/dav/names.h"
#include "adapters/dav/properties.h"
#include "base/error_code.h"
#include "tests/support/http_script.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using endpoint::Collection;
using endpoint::NewResource;
using endpoint::PutOutcome;
using endpoint::Resource;
using test::HttpAnswer;
using test::HttpScript;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(DavNames, ResourcesAreCalledAfterTheirUid) {
  EXPECT_EQ(resource_name("Meeting-42_a@example.com", CollectionKind::calendar), "Meeting-42_a@example.com.ics");
  EXPECT_EQ(resource_name("x", CollectionKind::address_book), "x.vcf");
  for (const std::string& uid : {std::string(), std::string("a/b"), std::string("../x"), std::string(".x"), std::string("a b"), std::string("\xC3\xA9"),
                                 std::string("a\nb"), std::string(300, 'x'), std::string("%2F")}) {
    const std::string name = resource_name(uid, CollectionKind::calendar);
    EXPECT_EQ(name.size(), 36U) << uid;
    EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), 32U) << uid;
    EXPECT_EQ(name, resource_name(uid, CollectionKind::calendar));
  }
  EXPECT_NE(resource_name("a/b", CollectionKind::calendar), resource_name("a/c", CollectionKind::calendar));
}

TEST(DavNames, CollectionsAreCalledAfterTheirProposal) {
  const auto name = [](std::string_view proposal, unsigned attempt = 1) { return collection_name(proposal, CollectionKind::calendar, attempt); };
  EXPECT_EQ(name("Work & Home/2"), "work-home-2");
  EXPECT_EQ(name("../.."), "calendar");
  EXPECT_EQ(name(""), "calendar");
  EXPECT_EQ(name("\xC3\xA9"), "calendar");
  EXPECT_EQ(name("Work", 3), "work-3");
  EXPECT_EQ(collection_name("", CollectionKind::address_book, 2), "contacts-2");
  EXPECT_LE(name(std::string(500, 'a')).size(), 60U);
}

TEST(DavNames, NobodyIsInvited) {
  struct Case {
    std::string_view before, after;
  };
  for (const Case& each : {
           Case{"ATTENDEE:mailto:a@example.com\r\n", "ATTENDEE;SCHEDULE-AGENT=CLIENT\r\n :mailto:a@example.com\r\n"},
           Case{"organizer;CN=\"A: B;SCHEDULE-AGENT=NONE\":mailto:a@example.com\n",
                "organizer;SCHEDULE-AGENT=CLIENT\n ;CN=\"A: B;SCHEDULE-AGENT=NONE\":mailto:a@example.com\n"},
           Case{"ATTENDEE;RSVP=TRUE;Schedule-Agent=SERVER;CN=A:mailto:a@example.com\r\n",
                "ATTENDEE;SCHEDULE-AGENT=CLIENT;RSVP=TRUE;CN=A:mailto:a@example.com\r\n"},
           Case{"ATTENDEE;SCHEDULE-\r\n AGENT=SERVER:mailto:a@exam\r\n ple.com\r\n", "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@example.com\r\n"},
           Case{"ATTENDEE;SCHEDULE-AGENT=\"SERVER\":mailto:a@example.com\r\n", "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:a@example.com\r\n"},
           Case{"X-ATTENDEE:a\r\nDESCRIPTION:x\r\n ATTENDEE:b\r\nATTENDEES:c\r\n", "X-ATTENDEE:a\r\nDESCRIPTION:x\r\n ATTENDEE:b\r\nATTENDEES:c\r\n"},
           Case{"ATTENDEE:a", "ATTENDEE;SCHEDULE-AGENT=CLIENT\r\n :a"},
           Case{"", ""},
       }) {
    EXPECT_EQ(without_scheduling(each.before), each.after) << each.before;
  }
  const std::string wide = "ATTENDEE;SCHEDULE-AGENT=SERVER;CN=" + std::string(100, 'x') + "\xC3\xA9:mailto:a@example.com\r\n";
  const std::string made = without_scheduling(wide);
  for (std::size_t begin = 0; begin < made.size();) {
    const std::size_t end = made.find("\r\n", begin);
    EXPECT_LE(end - begin, 75U) << made;
    begin = end + 2;
  }
  for (std::size_t length = 0; length < wide.size(); ++length) static_cast<void>(without_scheduling(wide.substr(0, length)));
}

TEST(DavNames, LineEndsAreThoseOfTheStandard) {
  EXPECT_EQ(with_crlf("a\nb\r\nc\n"), "a\r\nb\r\nc\r\n");
  EXPECT_EQ(with_crlf("a\r\nb"), "a\r\nb");
  EXPECT_EQ(with_crlf("\n"), "\r\n");
}

TEST(DavUrl, WithAndWithoutAPath) {
  const auto url = parse_dav_url("davs://alice@example.com@dav.example.com:8443/remote.php/dav");
  ASSERT_TRUE(url) << describe(url.error());
  EXPECT_EQ(url->server.user, "alice@example.com");
  EXPECT_EQ(url->server.port, 8443);
  EXPECT_EQ(url->context, "/remote.php/dav");
  for (const char* text : {"davs://alice@dav.example.com", "davs://alice@dav.example.com/"}) EXPECT_EQ(parse_dav_url(text).value().context, "") << text;
  for (const char* text : {"davs://dav.example.com/x", "https://alice@dav.example.com", "davs://alice@dav.example.com/x?y", "davs:", "davs://"}) {
    const auto wrong = parse_dav_url(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().code, codes::account_url.number) << text;
  }
  DavSettings settings;
  settings.url = *url;
  EXPECT_EQ(make_dav_source(settings)->identity(), "davs://alice@example.com@dav.example.com:8443/remote.php/dav");
  EXPECT_EQ(make_dav_target(settings)->host(), "davs://dav.example.com:8443");
}

TEST(DavUrl, WhoWouldSeeTheWrongCalendarsOrBeReadOnTheWayIsStopped) {
  DavSettings settings;
  settings.url = parse_dav_url("davs://alice@127.0.0.1:1").value();
  settings.login_name = "admin";
  const auto as_admin = test::run_task(make_dav_source(settings)->connect());
  ASSERT_FALSE(as_admin);
  EXPECT_EQ(as_admin.error().code, codes::login_needs_administrator.number);
  settings.login_name.clear();
  settings.url = parse_dav_url("dav://alice@127.0.0.1:1").value();
  const auto plain = test::run_task(make_dav_source(settings)->connect());
  ASSERT_FALSE(plain);
  EXPECT_THAT(plain.error().what, HasSubstr("davs://"));
}

TEST(DavUrl, AnAdministratorAsksInTheHomesThatAreNamed) {
  HttpScript server({{401, {}, "WWW-Authenticate: Basic realm=\"x\"\r\n"}, {200, {}, "DAV: 1, addressbook\r\n"}, {207, "<D:multistatus xmlns:D=\"DAV:\"/>"}});
  DavSettings settings;
  settings.url = parse_dav_url(fmt::format("dav://alice%2Fx@example.com@127.0.0.1:{}", server.port())).value();
  settings.login_name = "admin";
  settings.password = Secret("pw");
  settings.plain_ok = true;
  settings.connections = 1;
  settings.calendar_home = "/cal/{domain}/{user}";
  auto session = test::run_task(make_dav_source(settings)->connect());
  ASSERT_TRUE(session) << describe(session.error());
  ASSERT_TRUE(test::run_task((*session)->collections()));
  EXPECT_EQ(server.asked().at(1).line, "OPTIONS /cal/example.com/alice%2Fx@example.com/ HTTP/1.1");
  EXPECT_EQ(server.asked().at(2).line, "PROPFIND /cal/example.com/alice%2Fx@example.com/ HTTP/1.1");
  EXPECT_THAT(server.asked().at(2).head, HasSubstr("Authorization: Basic YWRtaW46cHc=\r\n"));
}

TEST(DavProperties, Colours) {
  EXPECT_EQ(normal_color("#aabbccff"), "#AABBCC");
  EXPECT_EQ(normal_color("#AbC"), "#AABBCC");
  EXPECT_EQ(normal_color("#123456"), "#123456");
  for (const char* odd : {"", "red", "#12", "#12345g", "123456", "#1234567890"}) EXPECT_EQ(normal_color(odd), "") << odd;
}

// --- sessions ---

std::string multistatus(std::string_view responses, std::string_view token = {}) {
  return fmt::format("<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" xmlns:a=\"urn:ietf:params:xml:ns:carddav\" "
                     "xmlns:cs=\"http://calendarserver.org/ns/\" xmlns:i=\"http://apple.com/ns/ical/\">{}{}</d:multistatus>",
                     responses, token.empty() ? std::string() : fmt::format("<d:sync-token>{}</d:sync-token>", token));
}
std::string response(std::string_view href, std::string_view properties) {
  return fmt::format("<d:response><d:href>{}</d:href><d:propstat><d:prop>{}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
                     href, properties);
}
std::string status_response(std::string_view href, int status) {
  return fmt::format("<d:response><d:href>{}</d:href><d:status>HTTP/1.1 {} Said</d:status></d:response>", href, status);
}
std::string etag(std::string_view text) { return fmt::format("<d:getetag>{}</d:getetag>", text); }
const std::string precondition_start = "<d:error xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">";

class DavSessions : public testing::Test {
 protected:
  // `capabilities` and `software`: of OPTIONS.
  DavSession& answering(std::vector<HttpAnswer> answers, std::vector<std::string> capabilities = {}, std::string software = "Some/1.0") {
    session_.reset();  // its connection is what the server before waits for
    server_ = std::make_unique<HttpScript>(std::move(answers));
    http::Settings line;
    line.connections = 1;
    dav::Login login{.user = "alice", .password = Secret("pw")};
    dav::Homes homes{.principal = "/p/alice/", .calendars = {"/cal/alice/"}, .address_books = {"/card/alice/"}, .elsewhere = {}};
    dav::Options options{.software = std::move(software), .capabilities = std::move(capabilities)};
    session_ = std::make_unique<DavSession>(std::make_unique<dav::Client>(server_->origin(), std::move(login), std::move(line)), std::move(homes),
                                            std::move(options), "alice");
    return *session_;
  }
  static Collection work(std::string state = "s:1") {
    Collection collection;
    collection.name = "/cal/alice/work/";
    collection.state = std::move(state);
    return collection;
  }
  endpoint::ResourceChanges changes(std::vector<HttpAnswer> answers, const std::string& since, const Collection& collection = work()) {
    auto result = test::run_task(answering(std::move(answers)).changes(collection, since));
    EXPECT_TRUE(result) << describe(result.error());
    return result ? *result : endpoint::ResourceChanges();
  }
  PutOutcome put(HttpAnswer answer, const NewResource& resource = {.uid = "u", .name = {}, .version = {}, .bytes = "x"}) {
    std::vector<HttpAnswer> answers;
    answers.push_back(std::move(answer));
    auto result = test::run_task(answering(std::move(answers)).put(work(), {&resource, 1}));
    EXPECT_TRUE(result) << describe(result.error());
    return result ? result->at(0) : PutOutcome();
  }

  std::unique_ptr<HttpScript> server_;
  std::unique_ptr<DavSession> session_;
};

TEST_F(DavSessions, CollectionsAreThoseThatHoldItems) {
  const std::string home = multistatus(
      response("/cal/alice/", "<d:resourcetype><d:collection/></d:resourcetype>") +
      response("/cal/alice/Inbox/", "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype><c:schedule-default-calendar-URL>"
                                    "<d:href>/cal/alice/w%6Frk</d:href></c:schedule-default-calendar-URL>") +
      response("/cal/alice/work/", "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>My work</d:displayname>"
                                   "<d:sync-token>t7</d:sync-token><i:calendar-color>#ff0000ff</i:calendar-color><i:calendar-order>3</i:calendar-order>"
                                   "<c:supported-calendar-component-set><c:comp name=\"VEVENT\"/></c:supported-calendar-component-set>"
                                   "<c:max-resource-size>1000</c:max-resource-size><d:owner><d:href>/p/alice</d:href></d:owner>"
                                   "<d:acl><d:ace><d:principal><d:href>/p/bob/</d:href></d:principal><d:grant><d:privilege><d:read/></d:privilege>"
                                   "</d:grant></d:ace><d:ace><d:principal><d:authenticated/></d:principal><d:deny><d:privilege><d:all/>"
                                   "</d:privilege></d:deny></d:ace></d:acl>") +
      response("/cal/alice/theirs/", "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:owner><d:href>/p/bob/</d:href></d:owner>"
                                     "<cs:getctag>c5</cs:getctag><d:current-user-privilege-set><d:privilege><d:read/></d:privilege>"
                                     "</d:current-user-privilege-set>") +
      response("/cal/alice/holidays/", "<d:resourcetype><d:collection/><c:calendar/><cs:subscribed/></d:resourcetype>") +
      response("http://evil.example.net/cal/x/", "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"));
  auto& session = answering({{207, home}, {207, multistatus("")}});
  const auto all = test::run_task(session.collections());
  ASSERT_TRUE(all) << describe(all.error());
  ASSERT_EQ(all->size(), 2U);
  const Collection& own = all->at(0);
  EXPECT_EQ(own.name, "/cal/alice/work/");
  EXPECT_EQ(own.short_name, "work");
  EXPECT_TRUE(own.is_default);
  EXPECT_TRUE(own.is_writable);
  EXPECT_FALSE(own.is_shared);
  EXPECT_EQ(own.state, "s:t7");
  EXPECT_EQ(own.properties.display_name, "My work");
  EXPECT_EQ(own.properties.color, "#FF0000");
  EXPECT_EQ(own.properties.order, 3);
  EXPECT_THAT(own.properties.components, ElementsAre(ItemKind::event));
  ASSERT_EQ(own.access.size(), 2U);
  using Kind = endpoint::Identity::Kind;
  EXPECT_EQ(own.access.at({{Kind::user, "bob"}, false}), (endpoint::Rights{endpoint::Right::see, endpoint::Right::read}));
  EXPECT_TRUE(own.access.contains({{Kind::authenticated, ""}, true}));
  EXPECT_EQ(session.traits().item_limit, 1000U);
  const Collection& theirs = all->at(1);
  EXPECT_TRUE(theirs.is_shared);
  EXPECT_FALSE(theirs.is_writable);
  EXPECT_FALSE(theirs.is_default);
  EXPECT_EQ(theirs.state, "c:c5");
}

TEST_F(DavSessions, ChangesBySyncCollection) {
  const std::string answer = multistatus(response("http://127.0.0.1:PORT/cal/alice/work/x.ics", etag("\"0\"")) +
                                             response("/cal/alice/w%6frk/a%20b.ics", etag("W/\"1\"")) + response("c.ics", "<d:getlastmodified>then</d:getlastmodified><d:getcontentlength>5</d:getcontentlength>") +
                                             response("/cal/alice/work/sub/", "<d:resourcetype><d:collection/></d:resourcetype>") +
                                             response("/cal/alice/other/d.ics", etag("\"2\"")) + status_response("/cal/alice/work/gone.ics", 404) +
                                             response("/cal/alice/work/", etag("\"3\"")),
                                         "t2");
  const auto told = changes({{207, answer}}, "s:t1");
  EXPECT_FALSE(told.is_whole);
  EXPECT_EQ(told.state, "s:t2");
  EXPECT_THAT(told.present, ElementsAre(Resource{.name = "a%20b.ics", .version = "\"1\""}, Resource{.name = "c.ics", .version = "then 5", .size = 5}));
  EXPECT_THAT(told.gone, ElementsAre("gone.ics"));
  EXPECT_THAT(server_->asked().at(0).body, HasSubstr("<D:sync-token>t1</D:sync-token>"));
}

TEST_F(DavSessions, TruncatedAnswersAreContinued) {
  const std::string first = multistatus(response("/cal/alice/work/a.ics", etag("\"1\"")) + status_response("/cal/alice/work/", 507), "t1");
  const std::string second = multistatus(response("/cal/alice/work/b.ics", etag("\"2\"")) + response("/cal/alice/work/a.ics", etag("\"3\"")), "t2");
  const auto told = changes({{207, first}, {207, second}}, "");
  EXPECT_TRUE(told.is_whole);
  EXPECT_EQ(told.state, "s:t2");
  EXPECT_THAT(told.present, ElementsAre(Resource{.name = "a.ics", .version = "\"3\""}, Resource{.name = "b.ics", .version = "\"2\""}));
  EXPECT_THAT(server_->asked().at(1).body, HasSubstr("<D:sync-token>t1</D:sync-token>"));
}

TEST_F(DavSessions, ATruncatedAnswerThatDoesNotGetOnIsNoEndlessLoop) {
  const std::string stuck = multistatus(status_response("/cal/alice/work/", 507), "t1");
  const std::string list = multistatus(response("/cal/alice/work/", "<cs:getctag>c1</cs:getctag>") + response("/cal/alice/work/a.ics", etag("\"1\"")));
  const auto told = changes({{207, stuck}, {207, stuck}, {207, list}}, "");
  EXPECT_TRUE(told.is_whole);
  EXPECT_EQ(told.present.size(), 1U);
  EXPECT_EQ(told.state, "c:c1");
}

TEST_F(DavSessions, AForgottenTokenIsANewListing) {
  const std::string whole = multistatus(response("/cal/alice/work/a.ics", etag("\"1\"")), "t9");
  const auto told = changes({{403, precondition_start + "<d:valid-sync-token/></d:error>"}, {207, whole}}, "s:old");
  EXPECT_TRUE(told.is_whole);
  EXPECT_EQ(told.state, "s:t9");
  EXPECT_EQ(told.present.size(), 1U);
}

TEST_F(DavSessions, WithoutSyncCollectionTheCtagDecides) {
  const std::string ctag = multistatus(response("/cal/alice/work/", "<cs:getctag>c1</cs:getctag>"));
  const auto quiet = changes({{207, ctag}}, "c:c1", work("c:c1"));
  EXPECT_FALSE(quiet.is_whole);
  EXPECT_THAT(quiet.present, IsEmpty());
  EXPECT_EQ(quiet.state, "c:c1");
  const std::string list = multistatus(response("/cal/alice/work", "<cs:getctag>c2</cs:getctag>") + response("/cal/alice/work/a.ics", etag("\"1\"")));
  const auto changed = changes({{207, ctag}, {207, list}}, "c:c0", work("c:c1"));
  EXPECT_TRUE(changed.is_whole);
  EXPECT_EQ(changed.state, "c:c2");
  EXPECT_THAT(changed.present, ElementsAre(Resource{.name = "a.ics", .version = "\"1\""}));
}

TEST_F(DavSessions, WhereAListingIsRefusedAQueryIsAsked) {
  const std::string list = multistatus(response("/cal/alice/work/a.ics", etag("\"1\"")));
  const auto told = changes({{501}, {403}, {207, list}}, "", work(""));
  EXPECT_EQ(told.present.size(), 1U);
  EXPECT_THAT(server_->asked().at(1).line, HasSubstr("PROPFIND"));
  EXPECT_THAT(server_->asked().at(2).body, HasSubstr("<C:calendar-query"));
}

TEST_F(DavSessions, ACollectionThatIsGoneIsToldAsSuch) {
  const auto told = test::run_task(answering({{404}, {404}}).changes(work(), "s:1"));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::not_found);
}

TEST_F(DavSessions, FetchesInTheOrderOfTheNames) {
  const auto data = [](std::string_view text) { return fmt::format("{}<c:calendar-data>{}</c:calendar-data>", etag("\"1\""), text); };
  const std::string answer = multistatus(response("/cal/alice/work/%62.ics", data("B\nE")) + status_response("/cal/alice/work/gone.ics", 404) +
                                         response("/cal/alice/work/a.ics", data("A")) + status_response("/cal/alice/work/locked.ics", 403));
  const std::vector<std::string> names{"a.ics", "gone.ics", "b.ics", "locked.ics", "silent.ics", "never.ics"};
  auto& session = answering({{207, answer}, {404}, {200, "S\r\n", "ETag: W/\"9\"\r\n"}});
  const auto contents = test::run_task(session.fetch(work(), names));
  ASSERT_TRUE(contents) << describe(contents.error());
  EXPECT_EQ(contents->at(0).value().bytes, "A");
  EXPECT_EQ(contents->at(1).error().kind, ErrorKind::not_found);
  EXPECT_EQ(contents->at(2).value().bytes, "B\r\nE");
  EXPECT_EQ(contents->at(3).error().kind, ErrorKind::refused);
  EXPECT_EQ(contents->at(4).value().bytes, "S\r\n") << "what an answer leaves out is asked for by itself";
  EXPECT_EQ(contents->at(4).value().version, "\"9\"");
  EXPECT_EQ(contents->at(5).error().kind, ErrorKind::not_found);
}

TEST_F(DavSessions, OneItemThatSpoilsAnAnswerDoesNotHideTheOthers) {
  const std::vector<std::string> names{"a.ics", "b.ics"};
  auto& session = answering({{207, "<d:multistatus xmlns:d=\"DAV:\"><d:response><<<"}, {200, "A"}, {500, "broken"}});
  const auto contents = test::run_task(session.fetch(work(), names));
  ASSERT_TRUE(contents) << describe(contents.error());
  EXPECT_EQ(contents->at(0).value().bytes, "A");
  EXPECT_EQ(contents->at(1).error().kind, ErrorKind::refused);
}

TEST_F(DavSessions, WhatAPutMeans) {
  const NewResource fresh{.uid = "u", .name = {}, .version = {}, .bytes = "x"};
  const NewResource known{.uid = "u", .name = "old.ics", .version = "\"1\"", .bytes = "x"};
  const PutOutcome stored = put({201, {}, "ETag: W/\"5\"\r\n"});
  EXPECT_EQ(stored.kind, PutOutcome::Kind::stored);
  EXPECT_EQ(stored.name, "u.ics");
  EXPECT_EQ(stored.version, "\"5\"");
  EXPECT_THAT(server_->asked().at(0).head, HasSubstr("If-None-Match: *\r\n"));
  EXPECT_THAT(server_->asked().at(0).head, HasSubstr("Schedule-Reply: F\r\n"));
  EXPECT_EQ(put({204}).version, "") << "a server that alters it tells no etag";
  EXPECT_EQ(put({412}).kind, PutOutcome::Kind::exists);
  EXPECT_EQ(put({412}, known).kind, PutOutcome::Kind::changed);
  EXPECT_THAT(server_->asked().at(0).head, HasSubstr("If-Match: \"1\"\r\n"));
  EXPECT_EQ(server_->asked().at(0).line, "PUT /cal/alice/work/old.ics HTTP/1.1");
  EXPECT_EQ(put({404}, known).kind, PutOutcome::Kind::changed);
  EXPECT_EQ(put({409}, fresh).kind, PutOutcome::Kind::refused);
  const PutOutcome refused = put({415, "no such thing"});
  EXPECT_EQ(refused.kind, PutOutcome::Kind::refused);
  EXPECT_EQ(refused.error.kind, ErrorKind::refused);
  EXPECT_EQ(refused.error.server_text, "no such thing");
  EXPECT_EQ(put({413}).error.kind, ErrorKind::too_big);
  EXPECT_EQ(put({507}).error.kind, ErrorKind::quota);
  EXPECT_EQ(put({500}).error.kind, ErrorKind::refused) << "one item that the server fails at does not end the session";
}

TEST_F(DavSessions, ATwinIsNamed) {
  const auto conflict = [](std::string_view href) { return HttpAnswer{403, precondition_start + fmt::format("<c:no-uid-conflict><d:href>{}</d:href></c:no-uid-conflict></d:error>", href)}; };
  const PutOutcome here = put(conflict("/cal/alice/work/%74win.ics"));
  EXPECT_EQ(here.kind, PutOutcome::Kind::exists);
  EXPECT_EQ(here.name, "twin.ics");
  const PutOutcome elsewhere = put(conflict("/cal/alice/home/twin.ics"));
  EXPECT_EQ(elsewhere.kind, PutOutcome::Kind::refused);
  EXPECT_THAT(elsewhere.error.what, HasSubstr("/cal/alice/home/twin.ics"));
  const PutOutcome unknown = put(conflict(""));
  EXPECT_EQ(unknown.kind, PutOutcome::Kind::exists);
  EXPECT_EQ(unknown.name, "");
}

TEST_F(DavSessions, AServerThatSchedulesIsToldNotTo) {
  const NewResource invitation{.uid = "u", .name = {}, .version = {}, .bytes = "ATTENDEE:mailto:b@example.com\r\n"};
  const auto body_of = [&](std::vector<std::string> capabilities, std::string software) {
    static_cast<void>(test::run_task(answering({{201}}, std::move(capabilities), std::move(software)).put(work(), {&invitation, 1})));
    return server_->asked().at(0).body;
  };
  EXPECT_THAT(body_of({"calendar-access", "calendar-auto-schedule"}, "Some/1.0"), HasSubstr("SCHEDULE-AGENT=CLIENT"));
  EXPECT_THAT(session_->traits().caveats, testing::SizeIs(1));
  EXPECT_THAT(body_of({}, ""), HasSubstr("SCHEDULE-AGENT=CLIENT")) << "it may";
  EXPECT_EQ(body_of({"calendar-access"}, "Some/1.0"), invitation.bytes);
  EXPECT_EQ(body_of({"calendar-auto-schedule"}, "Cyrus-HTTP/3.6.1"), invitation.bytes);
  EXPECT_THAT(server_->asked().at(0).head, HasSubstr("Scheduling-Enabled: F\r\n"));
  EXPECT_THAT(session_->traits().caveats, IsEmpty());
}

TEST_F(DavSessions, TroubleOfTheServerEndsTheBatch) {
  const NewResource one{.uid = "u", .name = {}, .version = {}, .bytes = "x"};
  const auto outcomes = test::run_task(answering({{503, {}, "Retry-After: 5\r\n"}}).put(work(), {&one, 1}));
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(outcomes.error().retry_after, std::chrono::seconds(5));
}

TEST_F(DavSessions, RemovesWhatIsStillTheSame) {
  const std::vector<Resource> resources{{.name = "a.ics", .version = "\"1\""}, {.name = "b.ics", .version = {}}, {.name = "c.ics", .version = "\"3\""}};
  const auto removed = test::run_task(answering({{204}, {404}, {412}}).remove(work(), resources));
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->at(0));
  EXPECT_TRUE(removed->at(1));
  ASSERT_FALSE(removed->at(2));
  EXPECT_EQ(removed->at(2).error().code, codes::item_conflict.number);
  EXPECT_THAT(server_->asked().at(0).head, HasSubstr("If-Match: \"1\"\r\n"));
  EXPECT_THAT(server_->asked().at(0).head, HasSubstr("Schedule-Reply: F\r\n"));
  EXPECT_THAT(server_->asked().at(1).head, Not(HasSubstr("If-Match")));
}

TEST_F(DavSessions, ANameThatIsTakenIsNotUsedAgain) {
  const std::string there = multistatus(response("/cal/alice/work/", "<d:resourcetype><d:collection/></d:resourcetype>"));
  const std::string made = multistatus(response("/cal/alice/work-3/", "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"));
  auto& session = answering({{207, there}, {404}, {405}, {404}, {201}, {207, multistatus("")}, {207, made}});
  endpoint::NewCollection wanted;
  wanted.short_name = "Work";
  wanted.properties.display_name = "W & W";
  const auto collection = test::run_task(session.create(wanted));
  ASSERT_TRUE(collection) << describe(collection.error());
  EXPECT_EQ(collection->name, "/cal/alice/work-3/");
  EXPECT_EQ(server_->asked().at(4).line, "MKCALENDAR /cal/alice/work-3/ HTTP/1.1");
  EXPECT_THAT(server_->asked().at(4).body, HasSubstr("<D:displayname>W &amp; W</D:displayname>"));
}

TEST_F(DavSessions, AddressBooksAreMadeByExtendedMkcol) {
  const std::string made = multistatus(response("/card/alice/people/", "<d:resourcetype><d:collection/><a:addressbook/></d:resourcetype>"));
  auto& session = answering({{404}, {201}, {207, made}});
  endpoint::NewCollection wanted{.kind = CollectionKind::address_book, .short_name = "People", .properties = {}};
  const auto collection = test::run_task(session.create(wanted));
  ASSERT_TRUE(collection) << describe(collection.error());
  EXPECT_EQ(collection->kind, CollectionKind::address_book);
  EXPECT_EQ(server_->asked().at(1).line, "MKCOL /card/alice/people/ HTTP/1.1");
  EXPECT_THAT(server_->asked().at(1).body, HasSubstr("<A:addressbook/>"));
}

TEST_F(DavSessions, PropertiesThatAreRefusedAreNamedAndTheOthersKept) {
  const std::string refusal = multistatus("<d:response><d:href>/cal/alice/work/</d:href><d:propstat><d:prop><i:calendar-color/></d:prop>"
                                          "<d:status>HTTP/1.1 403 Forbidden</d:status></d:propstat><d:propstat><d:prop><d:displayname/></d:prop>"
                                          "<d:status>HTTP/1.1 424 Failed Dependency</d:status></d:propstat></d:response>");
  auto& session = answering({{207, refusal}, {207, multistatus(response("/cal/alice/work/", "<d:displayname/>"))}});
  endpoint::CollectionProperties properties;
  properties.display_name = "Work";
  properties.color = "#112233";
  const auto left_out = test::run_task(session.change_properties(work(), properties));
  ASSERT_TRUE(left_out) << describe(left_out.error());
  EXPECT_THAT(*left_out, ElementsAre("colour"));
  EXPECT_THAT(server_->asked().at(0).body, HasSubstr("#112233"));
  EXPECT_THAT(server_->asked().at(1).body, Not(HasSubstr("#112233")));
}

}  // namespace
}  // namespace godwit::adapters
