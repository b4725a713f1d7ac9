// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_index.h"

#include <gmock/gmock.h>

#include <random>

#include "adapters/mbox/message_encoder.h"
#include "adapters/mbox/mbox_store.h"
#include "adapters/mbox/test_mbox.h"

namespace godwit::adapters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string from = "From alice@example.com Tue Mar  4 03:33:20 2003\n";

using MboxIndexTest = MboxTest;

TEST_F(MboxIndexTest, MessagesEndBeforeTheEmptyLine) {
  EXPECT_THAT(messages(from + "A: 1\n\none\n\n" + from + "A: 2\n\ntwo\n\n\n" + from + "A: 3\n\nthree\n"),
              ElementsAre("A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n\r\n", "A: 3\r\n\r\nthree\r\n"));
  EXPECT_THAT(messages(""), IsEmpty());
  EXPECT_THAT(messages("\n\n" + from + "A: 1\n\none"), ElementsAre("A: 1\r\n\r\none\r\n"));
  EXPECT_THAT(messages(from), ElementsAre(""));
  EXPECT_THAT(messages(from + "A: 1\n\n" + from + "A: 2\n"), ElementsAre("A: 1\r\n\r\n", "A: 2\r\n"));
}

// What is appended later does not change the message before it.
TEST_F(MboxIndexTest, TheLastMessageStaysWhenAnotherOneComes) {
  for (const std::string ending : {"one\n", "one\n\n", "one\n\n\n"}) {
    const auto before = messages(from + "A: 1\n\n" + ending);
    const std::string gap = ending.ends_with("\n\n") ? "" : "\n";
    EXPECT_EQ(messages(from + "A: 1\n\n" + ending + gap + from + "A: 2\n\ntwo\n")[0], before[0]) << ending;
  }
}

TEST_F(MboxIndexTest, LineEndsOfDosAndMixed) {
  std::string dos = from + "A: 1\n\none\n\n" + from + "A: 2\n\ntwo\n";
  for (std::size_t feed = dos.find('\n'); feed != std::string::npos; feed = dos.find('\n', feed + 2)) dos.replace(feed, 1, "\r\n");
  EXPECT_THAT(messages(dos), ElementsAre("A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n"));
  EXPECT_THAT(messages(from + "A: 1\n\na\rb\r\nc\r\r\n"), ElementsAre("A: 1\r\n\r\na\rb\r\nc\r\r\n"));
}

TEST_F(MboxIndexTest, WhatIsNoSeparator) {
  EXPECT_THAT(messages(from + "A: 1\n\none\n\nFrom Russia with love\nYear: 1963\n\nFrom bob@example.com\nB: 2\n"), SizeIs(1));
  EXPECT_THAT(messages(from + "A: 1\n\none\n" + from + "no field\n"), SizeIs(1));
  EXPECT_THAT(messages(from + "A: 1\n\none\n" + from + "B: field\n"), SizeIs(2));
  EXPECT_THAT(messages("From -\nA: 1\n\none\n\nFrom -\nA: 2\n\ntwo\n\nFrom - here\n"), SizeIs(2));
}

TEST_F(MboxIndexTest, Quoting) {
  const std::string file = from + "A: 1\n\n>From here\n>>From there\n> From\n>From\n";
  const std::string kept = "A: 1\r\n\r\n>From here\r\n>>From there\r\n> From\r\n>From\r\n";
  const std::string undone = "A: 1\r\n\r\nFrom here\r\n>From there\r\n> From\r\n>From\r\n";
  for (const auto dialect : {MboxDialect::automatic, MboxDialect::o, MboxDialect::cl, MboxDialect::cl2}) {
    EXPECT_THAT(messages(file, dialect), ElementsAre(kept));
  }
  EXPECT_THAT(messages(file, MboxDialect::rd), ElementsAre(undone));
}

TEST_F(MboxIndexTest, ContentLengthIsBelievedWhereItLands) {
  const std::string body = "one\n\n" + from + "B: not a message\n\nend\n";
  const std::string length = std::to_string(body.size());
  const std::string file = from + "A: 1\nContent-Length: " + length + "\n\n" + body + "\n" + from + "A: 2\n\ntwo\n";
  EXPECT_THAT(messages(file), SizeIs(2));
  EXPECT_THAT(messages(file)[0], HasSubstr("not a message"));
  EXPECT_THAT(messages(file, MboxDialect::cl2), SizeIs(2));
  EXPECT_THAT(messages(file, MboxDialect::o), SizeIs(3));
  EXPECT_THAT(messages(file, MboxDialect::rd), SizeIs(3));
  for (const std::string wrong : {"1", "999999", "18446744073709551615", "-3", "x", ""}) {
    std::string other = file;
    other.replace(other.find(length), length.size(), wrong);
    EXPECT_THAT(messages(other), SizeIs(3)) << wrong;
  }
  EXPECT_THAT(messages(from + "A: 1\nContent-Length: 3\n\none\n\n" + from + "A: 2\nContent-Length: 3\n\ntwo"),
              ElementsAre("A: 1\r\n\r\none", "A: 2\r\n\r\ntwo"));
}

TEST_F(MboxIndexTest, BookkeepingIsHiddenAndRead) {
  const std::string hidden = "Status: RO\nX-Status: AFTD\nX-Keywords: work\n\tother  \nX-UID: 7\nX-IMAPbase: 1 2\n  more\n";
  EXPECT_THAT(messages(from + hidden + "A: 1\n\nStatus: shown\n"), ElementsAre("A: 1\r\n\r\nStatus: shown\r\n"));
  const auto found = index().value();
  const MboxEntry& entry = found->entries.at(0);
  EXPECT_EQ((MessageFlags{entry.system_flags, found->keywords.at(entry.keywords)}.to_string()),
            "\\Answered \\Flagged \\Deleted \\Seen \\Draft other work");
}

TEST_F(MboxIndexTest, FlagsOfOtherPrograms) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"X-Mozilla-Status: 0001\n", "\\Seen"},
      {"X-Mozilla-Status: 1007\n", "\\Answered \\Flagged \\Seen $Forwarded"},
      {"X-Mozilla-Status2: 04000000\n", "$label2"},
      {"X-Mozilla-Status: zz\n", ""},
      {"X-Mozilla-Keys: $label1 mine                \n", "$label1 mine"},
      {"X-Gmail-Labels: Inbox,Opened,Starred,Important,My label,=?UTF-8?Q?x?=\n", "\\Flagged \\Seen $Important My_label"},
      {"Status: O\n", ""},
  };
  for (const auto& [header, flags] : table) {
    messages(from + header + "A: 1\n\nx\n");
    const auto found = index().value();
    const MboxEntry& entry = found->entries.at(0);
    EXPECT_EQ((MessageFlags{entry.system_flags, found->keywords.at(entry.keywords)}.to_string()), flags) << header;
  }
  EXPECT_THAT(messages(from + "X-Gmail-Labels: Inbox\n\nx\n"), ElementsAre("X-Gmail-Labels: Inbox\r\n\r\nx\r\n"));
}

TEST_F(MboxIndexTest, PrefixesAreUndoneInMarkedMessagesOnly) {
  EXPECT_THAT(messages(from + "X-Godwit-Status: R\n\nx\n"), ElementsAre("X-Godwit-Status: R\r\n\r\nx\r\n"));
  EXPECT_THAT(messages(encode_message("Status: R\r\n\r\nx\r\n", {}, "", true).bytes), ElementsAre("Status: R\r\n\r\nx\r\n"));
}

TEST_F(MboxIndexTest, WhatIsNoMessageIsLeftOut) {
  const std::string internal = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nThis text is part of it.\n\n";
  EXPECT_THAT(messages(from + internal + from + "A: 1\n\none\n"), ElementsAre("A: 1\r\n\r\none\r\n"));
  EXPECT_THAT(messages(from + "X-Mozilla-Status: 0009\nA: 1\n\none\n\n" + from + "A: 2\n\ntwo\n"), ElementsAre("A: 2\r\n\r\ntwo\r\n"));
}

TEST_F(MboxIndexTest, DatesWhereTheLineHasNone) {
  messages("From -\nReceived: by a; 1 Mar 2020 10:00:00 +0100\nReceived: by b; 2 Mar 2020 10:00:00 +0100\n"
           "Date: 3 Mar 2020 10:00:00 +0100\n\nx\n\n"
           "From -\nDate: Tue, 3 Mar 2020 10:00:00 +0100\n\nx\n\nFrom -\nA: 1\n\nx\n");
  const auto found = index().value();
  EXPECT_EQ(InternalDate::from_packed(found->entries.at(0).date).to_string(), "01-Mar-2020 10:00:00 +0100");
  EXPECT_EQ(InternalDate::from_packed(found->entries.at(1).date).to_string(), "03-Mar-2020 10:00:00 +0100");
  EXPECT_EQ(found->entries.at(2).date, MboxEntry::no_date);
}

TEST_F(MboxIndexTest, WhatIsNoMboxIsRefusedWithItsName) {
  for (const std::string bytes : {"something else\n", "From here on\n", "From: alice\n", "\x7F" "ELF", "Subject: x\n\nFrom alice\n"}) {
    write(bytes);
    const auto found = index();
    ASSERT_FALSE(found) << bytes;
    EXPECT_EQ(found.error().kind, ErrorKind::refused);
    EXPECT_THAT(found.error().what, HasSubstr("mbox"));
  }
  EXPECT_EQ(MboxFile::open(path("missing")).error().kind, ErrorKind::not_found);
  std::filesystem::create_symlink(path(), path("link"));
  EXPECT_FALSE(MboxFile::open(path("link")));
}

TEST_F(MboxIndexTest, AChangedFileNeverGivesOtherBytes) {
  const std::string file = from + "A: 1\n\n" + std::string(300'000, 'x') + "\n\n" + from + "A: 2\n\ntwo\n";
  write(file);
  const MboxEntry entry = index().value()->entries.at(0);
  for (const std::string& other : {file.substr(0, 100'000), "From b@example.com Tue Mar  4 03:33:20 2003\n\n" + file, std::string(),
                                   std::string(file).replace(200'000, 1, "y")}) {
    write(other);
    const auto message = read(path(), entry);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().kind, ErrorKind::refused);
  }
  write(file + from + "A: 3\n\n");
  EXPECT_TRUE(read(path(), entry));
}

TEST_F(MboxIndexTest, ManyMessagesOfEveryLength) {
  std::string file;
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < 4000; ++i) {
    const std::string filler(1 + i % 401, 'x');
    file += from + "A: 1\n\nFrom bob@example.com Tue Mar  4 03:33:20 2003\n" + filler + "\n\n";
    wanted.push_back("A: 1\r\n\r\nFrom bob@example.com Tue Mar  4 03:33:20 2003\r\n" + filler + "\r\n");
  }
  EXPECT_EQ(messages(file), wanted);
}

TEST_F(MboxIndexTest, LongLinesAreReadInPieces) {
  const std::string body(700'001, 'x');
  const std::string odd = std::string(262'143, 'y') + "\r\n" + std::string(262'144 - 7, 'z') + "\r";
  EXPECT_THAT(messages(from + "A: " + body + "\nStatus: " + body + "\n\n" + body + "\n" + odd + "\n\n" + from + "B: 1\n\nx\n"),
              ElementsAre("A: " + body + "\r\n\r\n" + body + "\r\n" + odd + "\n", "B: 1\r\n\r\nx\r\n"));
}

// However a file is cut, nothing but its last message changes.
TEST_F(MboxIndexTest, CutAnywhere) {
  const std::string file = from + "A: 1\nStatus: R\n\none\n\n" + from + "A: 2\nContent-Length: 4\n\ntwo\n\n" +
                           encode_message("Status: own\r\n\r\nFrom x\r\n", {}, "", true).bytes + from + "A: 4\n\nfour\n";
  const auto whole = messages(file);
  ASSERT_THAT(whole, SizeIs(4));
  for (std::size_t cut = from.size(); cut < file.size(); ++cut) {
    const auto cut_messages = messages(file.substr(0, cut));
    for (std::size_t i = 0; i + 1 < cut_messages.size() && i < 3; ++i) EXPECT_EQ(cut_messages[i], whole[i]) << cut;
  }
}

TEST_F(MboxIndexTest, EqualMessagesHaveDifferentKeys) {
  const std::string one = from + "A: 1\n\none\n\n";
  write(one + one + from + "A: 2\n\ntwo\n\n" + from + "Status: R\nA: 1\n\none\n");
  const auto keys = keys_of(*index().value(), MboxKey::bytes);
  ASSERT_THAT(keys, SizeIs(4));
  EXPECT_EQ(keys[1], keys[0] + "#2");
  EXPECT_EQ(keys[3], keys[0] + "#3");
  EXPECT_NE(keys[2], keys[0]);
}

// --- what godwit writes -------------------------------------------------------------------------------------------------

std::string random_message(std::mt19937& random) {
  static const std::vector<std::string> pieces{
      "From ", ">From ", ">>From ", "\r\n", "\r\n\r\n", "\n", "\r", "A: b", "Status: RO", "X-Godwit-Mbox: x",
      "X-Godwit-Status: y", " folded", "Content-Length: 3", "text", ":", std::string(1, '\0'), "X-Keywords: a",
      "From alice@example.com Tue Mar  4 03:33:20 2003", "\r\nSubject: x\r\n", std::string(50, 'z')};
  std::string message;
  for (std::size_t count = random() % 12; count > 0; --count) message += pieces[random() % pieces.size()];
  return message;
}

TEST_F(MboxIndexTest, WhatIsWrittenIsReadByteForByte) {
  std::mt19937 random(7);
  for (const bool rd : {true, false}) {
    for (int trial = 0; trial < 150; ++trial) {
      std::string file;
      std::vector<std::string> wanted;
      for (int count = 0; count < 4; ++count) {
        wanted.push_back(random_message(random));
        file += encode_message(wanted.back(), {}, "04-Mar-2003 03:33:20 +0100", rd).bytes;
      }
      ASSERT_EQ(messages(file), wanted) << trial;
      EXPECT_EQ(InternalDate::from_packed(index().value()->entries.at(0).date).to_string(), "04-Mar-2003 03:33:20 +0100");
    }
  }
}

TEST_F(MboxIndexTest, AnEncoderTakesPiecesOfAnySize) {
  std::mt19937 random(8);
  for (int trial = 0; trial < 200; ++trial) {
    const std::string message = random_message(random) + random_message(random);
    std::string whole, pieces;
    MessageEncoder once(true, false), often(true, false);
    once.take(message, whole);
    once.finish(whole);
    for (std::size_t i = 0; i < message.size(); ++i) often.take({&message[i], 1}, pieces);
    often.finish(pieces);
    ASSERT_EQ(pieces, whole);
    EXPECT_EQ(once.length(), whole.size());
    EXPECT_EQ(often.body_length(), once.body_length());
  }
}

TEST_F(MboxIndexTest, WhatWasNotWrittenToItsEndIsTorn) {
  const std::string first = encode_message("A: 1\r\n\r\none\r\n", {}, "", true).bytes;
  MboxHead head;
  head.mark = {5, true, false, 0, MboxMark::unfinished};
  write(first + head.text() + "A: 2\n\nhalf");
  EXPECT_THAT(index().value()->entries, SizeIs(1));
  EXPECT_EQ(index().value()->torn, first.size());
  write(first);
  EXPECT_EQ(index().value()->torn, std::nullopt);
  const std::string second = encode_message("A: 2\r\n\r\ntwo\r\n", {}, "", true).bytes;
  write(first + second.substr(0, second.size() - 5));
  EXPECT_THAT(index().value()->entries, SizeIs(1));
  EXPECT_EQ(index().value()->torn, first.size());
}

// Whole messages stay what they are, and a part of one is none: a kill may come between any two bytes.
TEST_F(MboxIndexTest, CutAtEachByte) {
  MessageFlags flags;
  for (const char* const flag : {"\\Seen", "\\Flagged", "work"}) flags.add(flag);
  const std::string foreign = "From alice@example.com Tue Mar  4 03:33:20 2003\nSubject: foreign\n\nnot godwit's\n\n";
  for (const bool is_rd : {true, false}) {
    const std::string mine = encode_message("A: 0\r\n\r\nzero\r\n", flags, "", is_rd).bytes;
    const std::string first = encode_message("A: 1\r\n\r\none\r\n", flags, "", is_rd).bytes;
    const std::string second = encode_message("A: 2\r\n\r\nFrom me\r\n", flags, "", is_rd).bytes;
    for (const std::string& before : {std::string(), mine, foreign}) {
      const std::size_t there = before.empty() ? 0 : 1;
      const std::string batch = first + second;
      for (std::size_t size = 0; size <= batch.size(); ++size) {
        SCOPED_TRACE(before + batch.substr(0, size));
        write(before + batch.substr(0, size));
        const auto found = index();
        const bool is_unclear = before == foreign && size > 0 && size < 19;  // a text may end like this
        if (is_unclear) continue;
        ASSERT_TRUE(found) << describe(found.error());
        // But for the empty line behind it.
        const std::size_t whole = (size + 1 >= first.size() ? 1U : 0U) + (size + 1 >= batch.size() ? 1U : 0U);
        ASSERT_EQ((*found)->entries.size(), there + whole);
        const std::size_t end = whole == 2 ? batch.size() : whole == 1 ? first.size() : 0;
        const auto torn = size > end ? std::optional<std::uint64_t>(before.size() + end) : std::nullopt;
        ASSERT_EQ((*found)->torn, torn);
        if (there == 0) continue;
        const std::string wanted = before == foreign ? "Subject: foreign\r\n\r\nnot godwit's\r\n" : "A: 0\r\n\r\nzero\r\n";
        ASSERT_EQ(read(path(), (*found)->entries[0]).value(), wanted);
      }
    }
  }
}

// --- files of others ----------------------------------------------------------------------------------------------------

class MboxCorpus : public MboxTest {
 protected:
  const std::filesystem::path corpus_ = std::filesystem::path(GODWIT_SOURCE_DIR) / "../shared/corpus/mbox";
  void SetUp() override {
    if (!std::filesystem::exists(corpus_)) GTEST_SKIP() << "the corpus is not there";
  }
  [[nodiscard]] std::vector<std::string> of(const std::string& name) const { return messages(read_file(corpus_ / name)); }
};

std::string unix_lines(std::string text) {
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

TEST_F(MboxCorpus, Mime4j) {
  const auto found = of("mime4j/test-1/mbox.rlug");
  ASSERT_THAT(found, SizeIs(5));
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(unix_lines(found[i]), unix_lines(read_file(corpus_ / ("mime4j/test-1/mbox.rlug-" + std::to_string(i)))));
  }
}

TEST_F(MboxCorpus, MimeKit) {
  EXPECT_THAT(of("mimekit/mbox/simple.mbox.txt"), SizeIs(3));
  const auto unmunged = of("mimekit/mbox/unmunged.mbox.txt");
  ASSERT_THAT(unmunged, SizeIs(2));
  EXPECT_THAT(unmunged[1], HasSubstr("\r\nFrom Russia with love\r\nYear: 1963\r\n"));
  const std::string takeout = read_file(corpus_ / "mimekit/mbox/issue1189.mbox.txt");
  const auto found = messages(takeout);
  ASSERT_THAT(found, SizeIs(4));
  // Places of "beginOffset" and "endOffset" in issue1189.unix-offsets.json.
  EXPECT_EQ(unix_lines(found[0]) + '\n', takeout.substr(29, 558 - 29));
  EXPECT_EQ(unix_lines(found[1]) + '\n', takeout.substr(588, 6445 - 588));
  EXPECT_EQ(unix_lines(found[3]) + '\n', takeout.substr(7034, 7563 - 7034));
}

}  // namespace
}  // namespace godwit::adapters
