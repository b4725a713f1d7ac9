// SPDX-License-Identifier: Apache-2.0
// What stands in a trace, and above all what never does: each conversation whole, byte by byte, and cut at random.
#include "imap/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/text.h"
#include "imap/client.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_stream.h"

namespace godwit::imap {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view password = "pa\"ss wo{3}rd";
constexpr std::chrono::system_clock::time_point noon{std::chrono::milliseconds(1'772'366'400'007)};

struct Said {
  bool by_client;
  std::string bytes;
};
Said c(std::string bytes) { return {true, std::move(bytes)}; }
Said s(std::string bytes) { return {false, std::move(bytes)}; }
using Conversation = std::vector<Said>;

// The trace without times and names.
std::string essence(const std::string& text) {
  constexpr std::string_view before = "2026-03-01T12:00:00.007Z source-1 ";
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    EXPECT_TRUE(line.starts_with(before)) << line;
    EXPECT_EQ(printable(line), line) << "not printable";
    result += line.substr(before.size()) + "\n";
    begin = end + 1;
  }
  return result;
}

struct Recorder {
  std::string text;
  Trace trace;
  explicit Recorder(bool bodies = false)
      : trace("source", [this](std::string_view lines) { text += lines; }, {.bodies = bodies, .now = [] { return noon; }}) {}
};

// `cut` says how many bytes of the rest are told at once.
template <class Cut>
std::string record(const Conversation& conversation, bool bodies, Cut cut) {
  Recorder recorder(bodies);
  {
    const auto connection = recorder.trace.begin_connection({Secret(std::string(password)), Secret()});
    for (const Said& said : conversation) {
      for (std::string_view rest = said.bytes; !rest.empty();) {
        const std::string_view piece = rest.substr(0, cut(rest.size()));
        rest.remove_prefix(piece.size());
        const std::array pieces{piece, std::string_view()};
        said.by_client ? connection->sent(pieces) : connection->received(piece);
      }
    }
  }
  return essence(recorder.text);
}

std::string trace_of(const Conversation& conversation, bool bodies = false) {
  const std::string whole = record(conversation, bodies, [](std::size_t size) { return size; });
  EXPECT_EQ(record(conversation, bodies, [](std::size_t) { return std::size_t{1}; }), whole) << "byte by byte";
  std::mt19937_64 random(3);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(record(conversation, bodies, [&](std::size_t size) { return 1 + random() % size; }), whole) << "cut at random";
  }
  return whole;
}

std::string plain_message() { return to_base64(std::string_view("\0alice\0", 7)) + to_base64(password); }

TEST(Trace, ShowsCommandsAndResponses) {
  EXPECT_EQ(trace_of({s("* OK [CAPABILITY IMAP4rev1] ready\r\n"), c("A1 SELECT \"INBOX\"\r\n"),
                      s("* 3 EXISTS\r\n* FLAGS (\\Seen)\nA1 OK done\r\n")}),
            "S: * OK [CAPABILITY IMAP4rev1] ready\n"
            "C: A1 SELECT \"INBOX\"\n"
            "S: * 3 EXISTS\n"
            "S: * FLAGS (\\Seen)\n"
            "S: A1 OK done\n");
}

TEST(Trace, EachFormOfLoginIsHidden) {
  struct Row {
    Conversation conversation;
    std::string_view expected;
  };
  const std::string literal_password(password);
  const std::vector<Row> rows{
      {{c("A1 LOGIN alice secret\r\n"), s("A1 OK in\r\n")}, "C: A1 LOGIN ***\nS: A1 OK in\n"},
      {{c("A1 X-MASTERAUTH\r\n"), s("+ <1>\r\n"), c("0123abcd\r\n"), s("A1 OK in\r\n"), c("A2 X-SETUSER \"alice\"\r\n")},
       "C: A1 X-MASTERAUTH\nS: + ***\nC: ***\nS: A1 OK in\nC: A2 X-SETUSER \"alice\"\n"},
      {{c("A1 login \"alice\" \"pa\\\"ss wo{3}rd\"\r\n"), s("A1 OK in\r\n")}, "C: A1 login ***\nS: A1 OK in\n"},
      {{c("A1  LOGIN  alice  secret\r\n"), s("A1 OK in\r\n")}, "C: A1 LOGIN ***\nS: A1 OK in\n"},
      {{c("A1 LOGIN alice secret\n"), s("A1 OK in\r\n")}, "C: A1 LOGIN ***\nS: A1 OK in\n"},
      {{c("A1 LOGIN alice {13}\r\n"), s("+ go on\r\n"), c(literal_password + "\r\n"), s("A1 OK in\r\n")},
       "C: A1 LOGIN ***\nS: + go on\nC: ***\nS: A1 OK in\n"},
      {{c("A1 LOGIN {5}\r\n"), s("+ \r\n"), c("alice {13}\r\n"), s("+ \r\n"), c(literal_password + "\r\n"), s("A1 OK in\r\n")},
       "C: A1 LOGIN ***\nS: + \nC: ***\nS: + \nC: ***\nS: A1 OK in\n"},
      {{c("A1 LOGIN {5+}\r\nalice {13+}\r\n" + literal_password + "\r\n"), s("A1 OK in\r\n")},
       "C: A1 LOGIN ***\nC: ***\nC: ***\nS: A1 OK in\n"},
      {{c("A1 LOGIN {0+}\r\n {7+}\r\nse\r\ncre\r\n"), s("A1 OK in\r\n")}, "C: A1 LOGIN ***\nC: ***\nC: ***\nS: A1 OK in\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(trace_of(row.conversation), row.expected);
  for (const Row& row : rows) EXPECT_EQ(trace_of(row.conversation, true), row.expected) << "bodies are no secrets, secrets no bodies";
}

TEST(Trace, EachFormOfAuthenticateIsHidden) {
  struct Row {
    Conversation conversation;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {{c("A1 AUTHENTICATE PLAIN " + plain_message() + "\r\n"), s("A1 OK in\r\n")}, "C: A1 AUTHENTICATE PLAIN ***\nS: A1 OK in\n"},
      {{c("A1 authenticate plain =\r\n"), s("A1 OK in\r\n")}, "C: A1 authenticate plain ***\nS: A1 OK in\n"},
      {{c("A1 AUTHENTICATE PLAIN\r\n"), s("+ \r\n"), c(plain_message() + "\r\n"), s("A1 OK in\r\n")},
       "C: A1 AUTHENTICATE PLAIN\nS: + \nC: ***\nS: A1 OK in\n"},
      {{c("A1 AUTHENTICATE LOGIN\r\n"), s("+ VXNlcm5hbWU6\r\n"), c("YWxpY2U=\r\n"), s("+ UGFzc3dvcmQ6\r\n"), c("c2VjcmV0\r\n"),
        s("A1 OK in\r\n")},
       "C: A1 AUTHENTICATE LOGIN\nS: + ***\nC: ***\nS: + ***\nC: ***\nS: A1 OK in\n"},
      {{c("A1 AUTHENTICATE SCRAM-SHA-256 biws\r\n"), s("+ cj1y\r\n"), c("Yz1i\r\n"), s("+ dj1y\r\n"), c("\r\n"), s("A1 OK in\r\n")},
       "C: A1 AUTHENTICATE SCRAM-SHA-256 ***\nS: + ***\nC: ***\nS: + ***\nC: \nS: A1 OK in\n"},
      {{c("A1 AUTHENTICATE LOGIN\r\n"), s("+ VXNlcm5hbWU6\r\n"), c("*\r\n"), s("A1 BAD given up\r\n")},
       "C: A1 AUTHENTICATE LOGIN\nS: + ***\nC: *\nS: A1 BAD ***\n"},
      {{c("A1 AUTHENTICATE this-is-no-mechanism-at-all\r\n"), s("A1 NO what?\r\n")}, "C: A1 AUTHENTICATE ***\nS: A1 NO what?\n"},
      // What looks like a literal is none inside of an exchange; and what comes behind it is read again.
      {{c("A1 AUTHENTICATE PLAIN\r\n"), s("+\r\n"), c("c2VjcmV0{20+}\r\n"), s("A1 NO no\r\n"), c("A2 NOOP\r\n"), s("A2 OK\r\n")},
       "C: A1 AUTHENTICATE PLAIN\nS: +\nC: ***\nS: A1 NO no\nC: A2 NOOP\nS: A2 OK\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(trace_of(row.conversation), row.expected);
}

TEST(Trace, WhatTheServerRepeatsOfALoginIsHidden) {
  const std::string secret(password);
  EXPECT_EQ(trace_of({c("A1 LOGIN alice x\r\n"), s("A1 BAD Unknown: A1 LOGIN alice x\r\n")}), "C: A1 LOGIN ***\nS: A1 BAD ***\n");
  EXPECT_EQ(trace_of({c("A1 LOGIN alice x\r\n"), s("* BAD alice x\r\nA1 NO [AUTHENTICATIONFAILED] no\r\n")}),
            "C: A1 LOGIN ***\nS: * BAD ***\nS: A1 NO [AUTHENTICATIONFAILED] no\n");
  EXPECT_EQ(trace_of({c("A1 LOGIN a b\r\n"), s("* OK [ALERT] " + secret + " is weak, " + secret + "!\r\nA1 NO not " + secret + "\r\n")}),
            "C: A1 LOGIN ***\nS: * OK [ALERT] *** is weak, ***!\nS: A1 NO not ***\n");
  EXPECT_EQ(trace_of({c("A1 LOGIN a b\r\n"), s("500 what is LOGIN a b?\r\n")}), "C: A1 LOGIN ***\nS: ***\n");
  EXPECT_EQ(trace_of({c("A1 LOGIN a {1}\r\n"), s("+ after " + secret + "\r\n"), c("b\r\n"), s("A1 OK\r\n")}),
            "C: A1 LOGIN ***\nS: + after ***\nC: ***\nS: A1 OK\n");
  EXPECT_EQ(trace_of({c("A1 AUTHENTICATE PLAIN c2VjcmV0\r\n"),
                      s("A1 NO c2VjcmV0 is wrong\r\n")}), "C: A1 AUTHENTICATE PLAIN ***\nS: A1 NO *** is wrong\n");
  EXPECT_EQ(trace_of({c("A1 AUTHENTICATE PLAIN\r\n"), s("+ \r\n"), c("c2VjcmV0\r\n"), s("A1 NO c2VjcmV0 is wrong\r\n")}),
            "C: A1 AUTHENTICATE PLAIN\nS: + \nC: ***\nS: A1 NO *** is wrong\n");
  EXPECT_EQ(trace_of({c("A1 LOGIN a b\r\n"), s("* LIST () \"/\" {13}\r\n" + secret + "\r\nA1 OK\r\n")}),
            "C: A1 LOGIN ***\nS: * LIST () \"/\" {13}\nS: ***\nS: A1 OK\n");
}

TEST(Trace, APasswordOnTheEdgeOfWhatIsKeptOfALongAnswerIsHidden) {
  for (std::size_t before = TraceLineCutter::longest_head - 40; before < TraceLineCutter::longest_head + 2; ++before) {
    const std::string text = record({c("A1 LOGIN a b\r\n"), s("A1 NO " + std::string(before, 'x') + std::string(password) + "\r\n")}, false,
                                    [](std::size_t size) { return size; });
    EXPECT_EQ(text.find("pa\"s"), std::string::npos) << before;
  }
}

// After a NO to a literal that was announced, the next command is not taken for the literal.
TEST(Trace, ARefusedLiteralDoesNotHideOrShowTheNextCommand) {
  for (const char* const size : {"0", "5", "9999"}) {
    EXPECT_EQ(trace_of({c(std::string("A1 APPEND INBOX {") + size + "}\r\n"), s("A1 NO [OVERQUOTA] full\r\n"), c("A2 LOGIN a b\r\n"),
                        s("A2 OK\r\n")}),
              std::string("C: A1 APPEND INBOX {") + size + "}\nS: A1 NO [OVERQUOTA] full\nC: A2 LOGIN ***\nS: A2 OK\n");
  }
  EXPECT_EQ(trace_of({c("A1 LOGIN {5}\r\n"), s("A1 NO no\r\n"), c("A2 LOGIN a b\r\n"), s("A2 NO b is wrong\r\n"), c("A3 NOOP\r\n")}),
            "C: A1 LOGIN ***\nS: A1 NO no\nC: A2 LOGIN ***\nS: A2 NO b is wrong\nC: A3 NOOP\n");
  // Another command's answer says nothing about the literal.
  EXPECT_EQ(trace_of({c("A1 NOOP\r\nA2 APPEND INBOX {5}\r\n"), s("A1 OK\r\n"), s("+ go\r\n"), c("hello\r\n"), s("A2 OK\r\n")}),
            "C: A1 NOOP\nC: A2 APPEND INBOX {5}\nS: A1 OK\nS: + go\nC: {5 bytes}\nS: A2 OK\n");
}

// Should the trace ever lose its place, a login that follows is hidden all the same.
TEST(Trace, ALoginIsHiddenWhereALineSeemsToContinueACommand) {
  EXPECT_EQ(trace_of({c("A1 CREATE {1}\r\n"), s("+ \r\n"), c("xA2 LOGIN a b\r\n"), s("A2 OK\r\n")}),
            "C: A1 CREATE {1}\nS: + \nC: {1 bytes: x}A2 LOGIN ***\nS: A2 OK\n");
}

TEST(Trace, MessagesAreCutToTheirLength) {
  const Conversation conversation{c("A1 APPEND \"INBOX\" (\\Seen) {14+}\r\nSubject: x\r\n\r\n () {2+}\r\nhi\r\n"),
                                  s("A1 OK\r\n* 1 FETCH (UID 7 BODY[] {8}\r\nfrom: \xff\r UID 7)\r\n"),
                                  s("* 2 FETCH (RFC822.HEADER ~{2}\r\nab BODY[TEXT] {0}\r\n)\r\n")};
  EXPECT_EQ(trace_of(conversation),
            "C: A1 APPEND \"INBOX\" (\\Seen) {14+}\n"
            "C: {14 bytes} () {2+}\n"
            "C: {2 bytes}\n"
            "S: A1 OK\n"
            "S: * 1 FETCH (UID 7 BODY[] {8}\n"
            "S: {8 bytes} UID 7)\n"
            "S: * 2 FETCH (RFC822.HEADER ~{2}\n"
            "S: {2 bytes} BODY[TEXT] {0}\n"
            "S: {0 bytes})\n");
  EXPECT_EQ(trace_of(conversation, true),
            "C: A1 APPEND \"INBOX\" (\\Seen) {14+}\n"
            "C| Subject: x\n"
            "C| \n"
            "C: {14 bytes} () {2+}\n"
            "C| hi\n"
            "C: {2 bytes}\n"
            "S: A1 OK\n"
            "S: * 1 FETCH (UID 7 BODY[] {8}\n"
            "S| from: \\xff\\x0d\n"
            "S: {8 bytes} UID 7)\n"
            "S: * 2 FETCH (RFC822.HEADER ~{2}\n"
            "S| ab\n"
            "S: {2 bytes} BODY[TEXT] {0}\n"
            "S: {0 bytes})\n");
}

TEST(Trace, OtherLiteralsAreShownWhileTheyAreShort) {
  EXPECT_EQ(trace_of({s("* LIST () \"/\" {7}\r\nOld\r\n\x1b[\r\n")}), "S: * LIST () \"/\" {7}\nS: {7 bytes: Old\\x0d\\x0a\\x1b[}\n");
  EXPECT_EQ(trace_of({c("A1 CREATE {2000+}\r\n" + std::string(2000, 'x') + "\r\n")}), "C: A1 CREATE {2000+}\nC: {2000 bytes}\n");
  EXPECT_EQ(trace_of({s("* OK not a literal {5}\r\n* 1 EXISTS\r\nA1 NO {9}\r\n+ {9}\r\n* 2 EXISTS\r\n")}),
            "S: * OK not a literal {5}\nS: * 1 EXISTS\nS: A1 NO {9}\nS: + {9}\nS: * 2 EXISTS\n");
}

TEST(Trace, LongLinesAreCutButTheirLiteralIsSeen) {
  const std::string numbers(TraceLineCutter::longest_head - 9, '1');
  EXPECT_EQ(trace_of({s("* SEARCH " + numbers + "\r\n")}), "S: * SEARCH " + numbers + "\n");
  EXPECT_EQ(trace_of({s("* SEARCH " + numbers + "22\r\n* 1 EXISTS\r\n")}),
            "S: * SEARCH " + numbers + " … (4098 bytes in all)\nS: * 1 EXISTS\n");
  EXPECT_EQ(trace_of({s("* 1 FETCH" + numbers + "22 {3}\r\n\r\n\n)\r\n")}),
            "S: * 1 FETCH" + numbers + " … (4102 bytes in all)\nS: {3 bytes: \\x0d\\x0a\\x0a})\n");
}

TEST(Trace, OfALineNoMoreIsKeptThanIsNeeded) {
  TraceLineCutter cutter;
  for (int i = 0; i < 12'345; ++i) {
    std::string_view piece = "x";
    EXPECT_FALSE(cutter.next(piece));
  }
  const auto line = cutter.rest();
  ASSERT_TRUE(line);
  EXPECT_EQ(line->size, 12'345U);
  EXPECT_EQ(line->head.size(), TraceLineCutter::longest_head);
  EXPECT_EQ(line->tail.size(), TraceLineCutter::longest_tail);
  EXPECT_FALSE(cutter.rest());
}

TEST(Trace, WhatAKilledConnectionLeavesUnfinishedIsTold) {
  EXPECT_EQ(trace_of({s("* BYE see y")}), "S: * BYE see y (the line is not complete)\n");
  EXPECT_EQ(trace_of({c("A1 LOGIN a b")}), "C: A1 LOGIN *** (the line is not complete)\n");
  EXPECT_EQ(trace_of({c("A1 AUTHENTICATE PLAIN\r\n"), s("+ \r\n"), c("c2VjcmV0")}),
            "C: A1 AUTHENTICATE PLAIN\nS: + \nC: *** (the line is not complete)\n");
  EXPECT_EQ(trace_of({s("* 1 FETCH (BODY[] {100}\r\nhello")}), "S: * 1 FETCH (BODY[] {100}\nS: (95 bytes of the literal are missing)\n");
}

TEST(Trace, ConnectionsAreNumberedAndNotesAreEscaped) {
  Recorder recorder;
  recorder.trace.begin_connection({})->note("connected to 192.0.2.7:143");
  recorder.trace.begin_connection({})->note("over\n\x1b[2J");
  EXPECT_EQ(recorder.text, "2026-03-01T12:00:00.007Z source-1 -- connected to 192.0.2.7:143\n"
                           "2026-03-01T12:00:00.007Z source-2 -- over\\x0a\\x1b[2J\n");
}

// Whatever both sides say, no word of a login gets through. Each secret is a word that stands nowhere else.
TEST(Trace, NoConversationShowsASecret) {
  std::mt19937_64 random(11);
  const std::vector<std::string> before{"A1 NOOP\r\n", "A1 APPEND INBOX {4+}\r\nbody\r\n", "A1 CREATE {3+}\r\nabc {2+}\r\nxy\r\n",
                                        "A1 SEARCH {0+}\r\n\r\n", ""};
  const std::vector<std::string> logins{"A2 LOGIN alice SeSaMe\r\n", "A2 LOGIN \"alice\" \"SeSaMe\"\r\n",
                                        "A2 LOGIN {5+}\r\nalice {6+}\r\nSeSaMe\r\n", "A2 AUTHENTICATE PLAIN SeSaMe\r\n",
                                        "A2 AUTHENTICATE X\r\nSeSaMe\r\nSeSaMe\r\n"};
  const std::vector<std::string> answers{"A2 NO SeSaMe\r\n", "A2 BAD SeSaM\r\n", "* BAD SeSaM\r\nA2 OK\r\n",
                                         "SeSaMe\r\n", "* OK SeSaMe\r\nA2 OK\r\n", "+ \r\n"};
  const auto one_of = [&](const std::vector<std::string>& texts) { return texts[random() % texts.size()]; };
  for (int round = 0; round < 2000; ++round) {
    Recorder recorder(round % 2 == 0);
    {
      const auto connection = recorder.trace.begin_connection({Secret("SeSaMe")});
      const std::string said = one_of(before) + one_of(before) + one_of(logins), answer = one_of(answers);
      const std::size_t at = random() % said.size();
      const std::array pieces{std::string_view(said).substr(0, at), std::string_view(said).substr(at)};
      connection->sent(pieces);
      connection->received(std::string_view(answer).substr(0, 1));
      connection->received(std::string_view(answer).substr(1));
    }
    EXPECT_EQ(recorder.text.find("SeSa"), std::string::npos) << recorder.text;
  }
}

// The client tells its trace of everything, and of its end.
TEST(Trace, OfAClient) {
  Recorder recorder;
  const test::Script script = test::Script::parse(R"(
    S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LITERAL+] ready
    C: A0001 AUTHENTICATE PLAIN
    S: +
    C: AGFsaWNlAHNlY3JldA==
    S: A0001 OK [CAPABILITY IMAP4rev1 LITERAL+] in
    C: A0002 APPEND "INBOX" {5+}
hello
    S: A0002 OK [APPENDUID 1 7] done
  )");
  const auto talk = [&]() -> Task<Result<>> {
    ClientOptions options;
    options.trace = recorder.trace.begin_connection({Secret("secret")});
    Client client(std::make_unique<test::ScriptedStream>(script), options);
    GODWIT_CO_CHECK(co_await client.greeting());
    GODWIT_CO_CHECK(co_await client.authenticate(sasl::make_plain({.authentication = "alice", .secret = Secret("secret")})));
    const std::array messages{AppendMessage{.flags = {}, .internal_date = {}, .bytes = "hello"}};
    GODWIT_CO_TRY(auto append, co_await client.append("INBOX", messages));
    GODWIT_CO_CHECK(co_await append.wait());
    co_return Result<>{};
  };
  const Result<> result = test::run_task(talk());
  EXPECT_TRUE(result) << describe(result.error());
  EXPECT_EQ(essence(recorder.text),
            "-- connected to script:0\n"
            "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LITERAL+] ready\n"
            "C: A0001 AUTHENTICATE PLAIN\n"
            "S: +\n"
            "C: ***\n"
            "S: A0001 OK [CAPABILITY IMAP4rev1 LITERAL+] in\n"
            "C: A0002 APPEND \"INBOX\" {5+}\n"
            "C: {5 bytes}\n"
            "S: A0002 OK [APPENDUID 1 7] done\n"
            "-- over: the connection was closed on our side (GW-1900)\n");
}

}  // namespace
}  // namespace godwit::imap
