// SPDX-License-Identifier: Apache-2.0
#include "imap/writer.h"

#include <gmock/gmock.h>

namespace godwit::imap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Capabilities with(std::initializer_list<const char*> names) {
  Capabilities capabilities;
  for (const char* name : names) capabilities.add(name);
  return capabilities;
}

std::vector<std::string> string_command(std::string_view text, const Capabilities& capabilities = {}) {
  return CommandWriter("A1", "LOGIN", capabilities).string(text).finish().value();
}

TEST(WriterTest, Strings) {
  EXPECT_THAT(string_command("a b"), ElementsAre("A1 LOGIN \"a b\"\r\n"));
  EXPECT_THAT(string_command(""), ElementsAre("A1 LOGIN \"\"\r\n"));
  EXPECT_THAT(string_command("a\"\\"), ElementsAre("A1 LOGIN \"a\\\"\\\\\"\r\n"));
  EXPECT_THAT(string_command("\xC3\xBC"), ElementsAre("A1 LOGIN {2}\r\n", "\xC3\xBC\r\n"));
  EXPECT_THAT(string_command("\xC3\xBC", with({"LITERAL-"})), ElementsAre("A1 LOGIN {2+}\r\n\xC3\xBC\r\n"));
}

TEST(WriterTest, LineBreaksAreRefused) {
  for (const std::string_view text : {std::string_view("a\rb"), std::string_view("a\nb"), std::string_view("a\0b", 3)}) {
    EXPECT_EQ(CommandWriter("A1", "X", {}).string(text).finish().error().kind, ErrorKind::refused);
    EXPECT_EQ(CommandWriter("A1", "X", {}).word(text).finish().error().kind, ErrorKind::refused);
    EXPECT_EQ(CommandWriter("A1", "X", {}).mailbox(text).finish().error().kind, ErrorKind::refused);
  }
}

TEST(WriterTest, Mailboxes) {
  const auto command = [](std::string_view name) { return CommandWriter("A1", "SELECT", {}).mailbox(name).finish().value(); };
  EXPECT_THAT(command("R&D/Entw\xC3\xBCrfe"), ElementsAre("A1 SELECT \"R&-D/Entw&APw-rfe\"\r\n"));
  EXPECT_THAT(command("\xFFR&D"), ElementsAre("A1 SELECT \"R&D\"\r\n"));
  EXPECT_THAT(command("Entw\xFCrfe"), ElementsAre("A1 SELECT {8}\r\n", "Entw\xFCrfe\r\n"));
}

TEST(WriterTest, ListsAndFlags) {
  MessageFlags flags;
  flags.add("\\Seen");
  flags.add("$Forwarded");
  EXPECT_THAT(CommandWriter("A1", "X", {}).begin_list().string("a").string("b").end_list().flags(flags).finish().value(),
              ElementsAre("A1 X (\"a\" \"b\") (\\Seen $Forwarded)\r\n"));
  for (const char* keyword : {"a b", "a(b", "gr\xC3\xBC\xC3\x9F", "a\"", "a\\b", "\\", "a*"}) {
    MessageFlags odd;
    odd.add(keyword);
    EXPECT_EQ(CommandWriter("A1", "X", {}).flags(odd).finish().error().kind, ErrorKind::refused) << keyword;
  }
  EXPECT_TRUE(is_writable_flag("\\XOdd"));
  EXPECT_TRUE(is_writable_flag("a]"));
}

TEST(WriterTest, Literals) {
  EXPECT_EQ(literal_announcement({}, 5), "{5}\r\n");
  EXPECT_EQ(literal_announcement(with({"LITERAL-"}), 4096), "{4096+}\r\n");
  EXPECT_EQ(literal_announcement(with({"LITERAL-"}), 4097), "{4097}\r\n");
  EXPECT_EQ(literal_announcement(with({"LITERAL+"}), 4097), "{4097+}\r\n");
}

TEST(WriterTest, SequenceSets) {
  EXPECT_THAT(split_sequence_set({}), IsEmpty());
  UidSet uids;
  for (Uid uid = 1; uid <= 20'000; uid += 2) uids.add(uid);
  UidSet together;
  const auto parts = split_sequence_set(uids);
  EXPECT_GT(parts.size(), 5U);
  for (const std::string& part : parts) {
    EXPECT_LE(part.size(), command_line_limit - 200);
    for (const UidRange& range : UidSet::parse(part).value().ranges()) together.add(range);
  }
  EXPECT_EQ(together, uids);
  EXPECT_THAT(split_sequence_set(UidSet::of_range(3, 9)), ElementsAre("3:9"));
}

}  // namespace
}  // namespace godwit::imap
