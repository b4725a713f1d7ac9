// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/gmail_target.h"

#include <gmock/gmock.h>

#include "adapters/imap/session_talk.h"

namespace godwit::adapters {
namespace {

using endpoint::FolderPath;
using Segments = std::vector<std::string>;

Segments held(Segments segments) { return path_for_gmail({std::move(segments)}).segments; }

TEST(GmailTarget, NamesThatItCannotHold) {
  EXPECT_EQ(held({"Work", "2024"}), (Segments{"Work", "2024"}));
  EXPECT_EQ(held({" Work  at home ", "a"}), (Segments{"Work at home", "a"}));
  EXPECT_EQ(held({"a^b"}), (Segments{"a_b"}));
  EXPECT_EQ(held({"  ", ""}), (Segments{"_", "_"}));
  EXPECT_EQ(held({"[Gmail]", "x"}), (Segments{"Gmail", "x"}));
  EXPECT_EQ(held({"[Google Mail]"}), (Segments{"Google Mail"}));
  EXPECT_EQ(held({"INBOX"}), (Segments{"INBOX"}));
}

TEST(GmailTarget, LongPathsAreCutAndStayDistinct) {
  const std::string letters(224, 'x'), umlauts = [] {
    std::string text;
    for (int i = 0; i < 120; ++i) text += "ü";
    return text;
  }();
  EXPECT_EQ(held({letters + "x"}).front(), letters + "x");
  EXPECT_EQ(held({letters + "xx"}).front().size(), 225U);
  EXPECT_NE(held({letters + "xx"}), held({letters + "xy"}));
  EXPECT_EQ(held({"top", letters}).front(), "top");
  EXPECT_LE(held({"top", letters}).back().size() + 4, 225U);
  const std::string cut = held({umlauts}).front();
  EXPECT_EQ(cut.size(), 218 + 7U) << "109 whole letters";
  EXPECT_LE(held({letters, letters, "c"}).back().size(), 8U);
}

TEST(GmailTarget, WhatFindsATwin) {
  const std::vector<std::pair<std::string, std::optional<std::string>>> table{
      {"Message-ID: <a@example.com>\r\n\r\nx", "HEADER Message-ID \"<a@example.com>\""},
      {"message-id:\r\n <a@example.com> (b)\r\n\r\nx", "HEADER Message-ID \"<a@example.com>\""},
      {"Subject: x\r\n\r\nMessage-ID: <a@example.com>\r\n", std::nullopt},
      {"Message-ID: a@example.com\r\n\r\n", std::nullopt},
      {"Message-ID: <>\r\n\r\n", std::nullopt},
      {"Message-ID: <a\"b@example.com>\r\n\r\n", std::nullopt},
      {"Message-ID: <a b@example.com>\r\n\r\n", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [message, wanted] : table) EXPECT_EQ(search_for_twin(message), wanted) << message;
}

Talk appending(endpoint::AppendOutcome::Kind wanted) {
  return [wanted](ImapSession& session) -> Task<Result<>> {
    endpoint::Folder folder;
    folder.name = "a";
    const endpoint::NewMessage message{{MessageFlags::deleted | MessageFlags::seen, {}}, "", "Message-ID: <1@x>\r\n\r\n"};
    GODWIT_CO_TRY(const auto pending, co_await session.append(folder, std::span(&message, 1)));
    GODWIT_CO_TRY(const auto outcome, co_await pending->get());
    EXPECT_EQ(outcome.kind, wanted);
    if (wanted == endpoint::AppendOutcome::Kind::refused) {
      EXPECT_EQ(outcome.error.kind, ErrorKind::exists);
    }
    co_return Result<>{};
  };
}

TEST(GmailTarget, AMessageThatIsNotThereYetIsStoredWithoutDeleted) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 X-GM-EXT-1 UIDPLUS LITERAL-] Gimap ready
C: A0001 EXAMINE "a"
C: A0002 UID SEARCH HEADER Message-ID "<1@x>"
C: A0003 APPEND "a" (\Seen) {21+}
Message-ID: <1@x>


S: * 0 EXISTS
S: A0001 OK [READ-ONLY] done
S: * SEARCH
S: A0002 OK done
S: A0003 OK [APPENDUID 7 1] (Success)
)",
       appending(endpoint::AppendOutcome::Kind::stored));
}

TEST(GmailTarget, AnAppendOfAMessageThatIsThereIsNotBelieved) {
  play(R"(
S: * OK [CAPABILITY IMAP4rev1 X-GM-EXT-1 UIDPLUS LITERAL-] Gimap ready
C: A0001 EXAMINE "a"
C: A0002 UID SEARCH HEADER Message-ID "<1@x>"
C: A0003 APPEND "a" (\Seen) {21+}
Message-ID: <1@x>


S: * 1 EXISTS
S: A0001 OK [READ-ONLY] done
S: * SEARCH 4
S: A0002 OK done
S: A0003 OK [APPENDUID 7 9] (Success)
)",
       appending(endpoint::AppendOutcome::Kind::refused));
}

}  // namespace
}  // namespace godwit::adapters
