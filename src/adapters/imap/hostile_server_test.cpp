// SPDX-License-Identifier: Apache-2.0
// Servers that answer anything but what they should, at every command of a migration: each run ends, by an error that says what the
// server did, and holds no more memory than the limits allow. GODWIT_MUTATIONS: how many mutated conversations.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "base/error_code.h"
#include "tests/support/hostile_migration.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using test::Attack;
using test::HostileCommand;

Result<> outcome_of(Attack attack) { return test::run_task(test::migrate(test::make_hostile_stream(std::move(attack)))); }

// Whose fault it is, and what happened, in words of a bearable length.
void expect_clear_error(const Result<>& outcome) {
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
  EXPECT_TRUE(outcome.error().what.contains("server")) << describe(outcome.error());
  EXPECT_LT(describe(outcome.error()).size(), 2000U);
}

Attack sends_endlessly(const std::string& at, std::string text) {
  Attack attack;
  attack.at = at;
  attack.endless = std::move(text);
  return attack;
}

// In front of the honest answer to one command.
Attack sends_before(std::string at, std::string text) {
  Attack attack;
  attack.answer = [at = std::move(at), text = std::move(text)](const HostileCommand& command) {
    return command.name == at ? text + command.honest : command.honest;
  };
  return attack;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(HostileServer, AnHonestOneIsServed) {
  const auto outcome = outcome_of({});
  EXPECT_TRUE(outcome) << describe(outcome.error());
  Attack slow;
  slow.piece = 40;  // a second
  EXPECT_TRUE(outcome_of(slow));
}

TEST(HostileServer, SaysNothingOrCloses) {
  for (const std::string& command : test::migration_commands) {
    SCOPED_TRACE(command);
    for (const bool closes : {false, true}) {
      Attack attack;
      attack.at = command;
      attack.closes = closes;
      const auto outcome = outcome_of(attack);
      expect_clear_error(outcome);
      EXPECT_EQ(outcome.error().kind, closes ? ErrorKind::network : ErrorKind::timeout);
    }
    const auto outcome = outcome_of(sends_endlessly(command, "* BYE Down for maintenance\r\n"));
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(describe(outcome.error()).contains("Down for maintenance")) << describe(outcome.error());
  }
}

TEST(HostileServer, NeverEnds) {
  const std::vector<std::string> floods{
      "x", "\xff\xfe", std::string(1, '\0'), "(", "* ", "* LIST (", "* 1 FETCH ((((", "* SEARCH 1 2 3 ", "* OK still at work\r\n",
      "* NO not yet\r\n", "* 1 EXISTS\r\n", "* 1 EXPUNGE\r\n", "* 4294967295 RECENT\r\n", "* LIST () \"/\" a\r\n", "* LSUB () \"/\" a\r\n",
      "* STATUS a (MESSAGES 1)\r\n", "* FLAGS (a)\r\n", "* SEARCH 7\r\n", "* ESEARCH UID ALL 1:3\r\n", "* VANISHED (EARLIER) 1:9\r\n",
      "* CAPABILITY IMAP4rev1 X\r\n", "* ID (\"a\" \"b\")\r\n", "* NAMESPACE NIL NIL NIL\r\n", "* QUOTA \"\" (STORAGE 1 2)\r\n",
      "* ENABLED X\r\n", "* XNONSENSE\r\n", "* 1 FETCH (UID 1 FLAGS ())\r\n", "* 1 FETCH (UID 99 FLAGS ())\r\n",
      "* 1 FETCH (UID 1 BODY[] {1}\r\na)\r\n", "* 1 FETCH (UID 99 BODY[] {1}\r\na)\r\n", "* 1 FETCH (BODY[] {1}\r\na)\r\n",
      "* 1 FETCH (UID 1 BODY[] NIL)\r\n", "* 1 FETCH (UID 1 BODY[] {2000}\r\n" + repeated("x", 2000) + ")\r\n", "+ go on\r\n",
      "* OK [COPYUID 1 1 1] x\r\n", "* OK [CAPABILITY A] x\r\n", "* LIST () \"/\" {9}\r\nINBOX/abc\r\n"};
  // Every command and every flood has its turn; with GODWIT_MUTATIONS each with each.
  const std::size_t step = std::getenv("GODWIT_MUTATIONS") == nullptr ? 5 : 1;
  std::size_t number = 0;
  for (const std::string& command : test::migration_commands) {
    for (const std::string& flood : floods) {
      if (number++ % step != 0) continue;
      SCOPED_TRACE(command + ": " + flood.substr(0, 40));
      expect_clear_error(outcome_of(sends_endlessly(command, repeated(flood, 1 + 4096 / flood.size()))));
    }
  }
}

TEST(HostileServer, AnnouncesTooMuch) {
  for (const char* const size : {"2097152", "4294967295", "4294967296", "1099511627777", "18446744073709551615"}) {
    for (const char* const text : {"* LIST () \"/\" {", "* STATUS {", "* ID ({", "* 1 FETCH (UID 1 INTERNALDATE {", "* NAMESPACE (({"}) {
      SCOPED_TRACE(std::string(text) + size);
      expect_clear_error(outcome_of(sends_before("LIST", text + std::string(size) + "}\r\n" + repeated("x", 5000))));
    }
  }
  for (const char* const size : {"-1", "18446744073709551616", "99999999999999999999999", "", " 1", "0x10", "1}{2"}) {
    SCOPED_TRACE(size);
    static_cast<void>(outcome_of(sends_before("LIST", "* LIST () \"/\" {" + std::string(size) + "}\r\n")));  // it ends
  }
  // Of bodies more is taken, but never more than comes.
  expect_clear_error(outcome_of(sends_endlessly("UID FETCH", "* 1 FETCH (UID 1 BODY[] {1099511627777}\r\n")));
}

TEST(HostileServer, ManyLiteralsOfOneResponseAreOneAmount) {
  std::string list = "* LIST (";
  for (int i = 0; i < 40; ++i) list += "{100000}\r\n" + repeated("x", 100'000) + " ";
  const auto outcome = outcome_of(sends_before("LIST", list + ") \"/\" a\r\n"));
  expect_clear_error(outcome);
  EXPECT_EQ(code_of(outcome.error()), codes::response_too_large.number);
}

TEST(HostileServer, NestsDeeply) {
  for (const char* const begin : {"* LIST ", "* 1 FETCH ", "* 1 FETCH (UID 1 BODYSTRUCTURE ", "* STATUS a ", "* NAMESPACE ",
                                  "* 1 FETCH (FLAGS ("}) {
    SCOPED_TRACE(begin);
    expect_clear_error(outcome_of(sends_before("LIST", begin + repeated("(", 1'000'000) + "\r\n")));
    static_cast<void>(outcome_of(sends_before("LIST", begin + repeated("(", 60'000) + repeated(")", 5'000) + "\r\n")));
    static_cast<void>(outcome_of(sends_before("LIST", begin + repeated("(", 30'000) + repeated(")", 30'000) + "\r\n")));
  }
}

TEST(HostileServer, SpeaksOutOfTurn) {
  const std::string news = "* 4294967295 EXISTS\r\n* 0 EXPUNGE\r\n* 1 EXPUNGE\r\n* 0 FETCH (UID 0 FLAGS (x))\r\n"
                           "* 9 FETCH (UID 4294967295 FLAGS ())\r\n* 9 FETCH (UID 77 BODY[] {3}\r\nabc)\r\n* FLAGS (\\Odd)\r\n"
                           "+ go on\r\n* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 0] x\r\n"
                           "* XNEWS ({3}\r\nabc)\r\n* NO warning\r\n* BAD what\r\n* OK [ALERT] x\r\n";
  for (const std::string& command : test::migration_commands) {
    if (command == "greeting") continue;
    const auto outcome = outcome_of(sends_before(command, news));
    EXPECT_TRUE(outcome) << command << ": " << describe(outcome.error());
  }
}

TEST(HostileServer, AnswersWhatWasNotAsked) {
  for (const std::string& command : test::migration_commands) {
    for (const char* const text : {"A9999 OK done\r\n", "B1 OK done\r\n", "OK done\r\n", "\r\n", "garbage\r\n",
                                   "* 99999999999 EXISTS FETCH (\r\n", "A1 MAYBE\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
                                   "\x16\x03\x01\x02", "220 mail.example.com ESMTP\r\n"}) {
      SCOPED_TRACE(command + ": " + text);
      const auto outcome = outcome_of(sends_before(command, text));
      if (!outcome) EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
    }
    // OK, and nothing else.
    Attack bare;
    bare.answer = [&](const HostileCommand& one) { return one.name == command && one.tag != "*" ? one.tag + " OK\r\n" : one.honest; };
    const auto outcome = outcome_of(bare);
    if (!outcome) EXPECT_NE(outcome.error().kind, ErrorKind::bug) << command << ": " << describe(outcome.error());
  }
}

TEST(HostileServer, FindsMoreThanThereIs) {
  for (const char* const found : {"* ESEARCH UID ALL 1:4294967295\r\n", "* SEARCH 1 4294967295\r\n* ESEARCH UID ALL 5:4000000000\r\n"}) {
    const auto outcome = outcome_of(sends_before("UID SEARCH", found));
    expect_clear_error(outcome);
    EXPECT_TRUE(outcome.error().what.contains("holds 3")) << describe(outcome.error());
  }
  // As many UIDs as there are messages, at the edge of what there can be.
  Attack edge;
  edge.answer = [](const HostileCommand& one) {
    return one.name == "UID SEARCH" ? "* ESEARCH UID ALL 4294967293:4294967295\r\n" + one.tag + " OK done\r\n" : one.honest;
  };
  EXPECT_TRUE(outcome_of(edge));
}

TEST(HostileServer, AppendedUidsBeyondAllMeasure) {
  for (const char* const code : {"APPENDUID 9 1:4294967295", "APPENDUID 0 0", "APPENDUID 9 4294967295:4294967295", "APPENDUID",
                                 "APPENDUID 9 9:1,,", "APPENDUID 99999999999 1"}) {
    Attack attack;
    attack.answer = [code](const HostileCommand& one) {
      return one.name == "APPEND" ? one.tag + " OK [" + code + "] done\r\n" : one.honest;
    };
    EXPECT_TRUE(outcome_of(attack)) << code;
  }
}

TEST(HostileServer, TakesAnExtensionBack) {
  const auto outcome = outcome_of(sends_before("UID FETCH", "* CAPABILITY IMAP4rev1\r\n"));
  expect_clear_error(outcome);
  EXPECT_EQ(code_of(outcome.error()), codes::extension_fails.number);
}

// Each read has waited a second.
TEST(HostileServer, Drips) {
  for (const char* const text : {"x", "* OK still at work\r\n", "* 1 FETCH (UID 1 BODY[] {500000}\r\n", "* LIST () \"/\" {5000}\r\n"}) {
    for (const std::string& command : {std::string("LOGIN"), std::string("UID FETCH")}) {
      SCOPED_TRACE(command + ": " + text);
      Attack attack = sends_endlessly(command, text);
      attack.piece = 1;
      const auto outcome = outcome_of(attack);
      expect_clear_error(outcome);
      EXPECT_EQ(outcome.error().kind, ErrorKind::timeout) << describe(outcome.error());
    }
  }
}

// --- mutated conversations -----------------------------------------------------------------------------------------------------------

std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> words{
      "\r\n", "(", ")", "\"", "{5}\r\n", "{4294967295}\r\n", "{0}\r\n", "~{3}\r\n", "NIL", "* ", "+ ", " OK ", " NO ", "* BYE x\r\n",
      "A0001 ", "[", "]", "\\", "&", "&-", "&AGE-", "1:*", "4294967295", "0", "-1", "UID ", " FETCH (", "BODY[] ", "FLAGS (",
      std::string(1, '\0'), "\xff", "../", "\x1b[2J", "\xe2\x80\xae", "[UIDVALIDITY 0]", "* 0 EXISTS\r\n", "* 1 EXPUNGE\r\n",
      "* SEARCH 5 3 3\r\n", "* CAPABILITY\r\n"};
  for (unsigned changes = 1 + static_cast<unsigned>(random() % 3); changes > 0; --changes) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    const std::size_t size = std::min<std::size_t>(text.size() - at, 1 + random() % 12);
    switch (random() % 5) {
      case 0: text.erase(at, size); break;
      case 1: text.insert(at, text.substr(at, size)); break;
      case 2: text.insert(at, words[random() % words.size()]); break;
      case 3: if (!text.empty()) text[at] = static_cast<char>(random()); break;
      default: text.insert(at, text.substr(0, size)); break;
    }
  }
  return text;
}

TEST(HostileServer, MutatedConversationsEnd) {
  const char* const wish = std::getenv("GODWIT_MUTATIONS");
  const unsigned runs = wish != nullptr ? static_cast<unsigned>(std::atoi(wish)) : 600;
  unsigned failed = 0;
  for (unsigned seed = 0; seed < runs; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::string at = test::migration_commands[random() % test::migration_commands.size()];
    Attack attack;
    attack.answer = [&](const HostileCommand& one) { return one.name == at ? mutated(one.honest, random) : one.honest; };
    attack.piece = random() % 3 == 0 ? 1 + random() % 20 : 0;
    attack.closes = random() % 2 == 0;
    const auto outcome = outcome_of(attack);
    if (outcome) continue;
    ++failed;
    EXPECT_NE(outcome.error().kind, ErrorKind::bug) << describe(outcome.error());
  }
  EXPECT_GT(failed, runs / 10) << "the mutations change nothing";
  EXPECT_LT(failed, runs);
}

}  // namespace
}  // namespace godwit::adapters
