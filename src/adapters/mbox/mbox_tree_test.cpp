// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_tree.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "adapters/mbox/mbox_store.h"
#include "adapters/mbox/test_mbox.h"

namespace godwit::adapters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* one = "From alice@example.com Tue Mar  4 03:33:20 2003\nA: 1\n\none\n";

class MboxTreeTest : public MboxTest {
 protected:
  // "Work/2024=Work.sbd/2024": path and name; a container ends in '/', what is not subscribed in '-'.
  std::vector<std::string> found(const std::filesystem::path& inbox = {}) const {
    std::vector<std::string> all;
    for (const MboxFolder& folder : find_mbox_folders({path(""), inbox}).value()) {
      all.push_back(folder.path.display() + "=" + folder.name + (folder.subscribed ? "" : "-"));
    }
    return all;
  }
};

TEST_F(MboxTreeTest, Thunderbird) {
  write(one, "Inbox");
  write("", "Inbox.msf");
  write("", "Sent");
  write("x", "msgFilterRules.dat");
  write(one, "Work.sbd/2024");
  write("", "Work");
  write(one, "Old.sbd/Deep.sbd/Deeper");
  EXPECT_THAT(found(), ElementsAre("INBOX=Inbox", "Old=Old/", "Old/Deep=Old/Deep/", "Old/Deep/Deeper=Old.sbd/Deep.sbd/Deeper", "Sent=Sent",
                                   "Work=Work", "Work/2024=Work.sbd/2024"));
}

TEST_F(MboxTreeTest, DovecotWithItsSubscriptionsAndNames) {
  write(one, "Entw&APw-rfe");
  write(one, "Work/a & b");
  write("V\t2\n\nWork\ta & b\n", ".subscriptions");
  write("x", ".imap/INBOX/dovecot.index");
  EXPECT_THAT(found(), ElementsAre("Entw\u00fcrfe=Entw&APw-rfe-", "Work=Work/", "Work/a & b=Work/a & b"));
}

TEST_F(MboxTreeTest, NamesAreReadAsOrdered) {
  write(one, "Entw&APw-rfe");
  const auto name = [&](std::optional<bool> has_utf7_names) {
    return find_mbox_folders({path(""), {}, has_utf7_names}).value().at(0).path.display();
  };
  EXPECT_EQ(name({}), "Entw&APw-rfe");
  EXPECT_EQ(name(true), "Entw\u00fcrfe");
  write("", ".subscriptions");
  EXPECT_EQ(name({}), "Entw\u00fcrfe");
  EXPECT_EQ(name(false), "Entw&APw-rfe");
}

TEST_F(MboxTreeTest, ExportsOfApplesMailAndOfOthers) {
  write(one, "Work.mbox/mbox");
  write("x", "Work.mbox/table_of_contents");
  write(one, "All mail.mbox");
  write(one, "All mail");
  EXPECT_THAT(found(), ElementsAre("All mail=All mail", "All mail 2=All mail.mbox", "Work=Work.mbox/mbox"));
}

TEST_F(MboxTreeTest, WhatIsNoFolder) {
  write("notes\n", "notes");
  write(one, ".hidden");
  write(one, "Work.lock");
  write("damaged\n", "Damaged");
  write("", "Damaged.msf");
  write(one, "outside/mail");
  std::filesystem::create_directory_symlink("outside", path("link"));
  std::filesystem::create_symlink("outside/mail", path("file"));
  EXPECT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(found(), ElementsAre("Damaged=Damaged", "outside=outside/", "outside/mail=outside/mail"));
}

TEST_F(MboxTreeTest, AnInboxElsewhere) {
  write(one, "tree/INBOX");
  write(one, "spool");
  const auto folders = find_mbox_folders({path("tree"), path("spool")}).value();
  EXPECT_EQ(folders.at(0).path.display() + ' ' + folders.at(0).file.native(), "INBOX " + path("spool").native());
  EXPECT_EQ(folders.at(1).path.display(), "INBOX of the tree");
  EXPECT_EQ(find_mbox_folders({path("spool"), {}}).value().at(0).name, "INBOX");
  EXPECT_EQ(find_mbox_folders({path("missing"), {}}).error().kind, ErrorKind::not_found);
}

TEST_F(MboxTreeTest, NestingHasAnEnd) {
  std::string deep = "a";
  for (int i = 0; i < 60; ++i) deep += "/a";
  write(one, deep);
  EXPECT_THAT(found(), IsEmpty());
}

// A person who owns a part of the tree may exchange it at any moment.
TEST_F(MboxTreeTest, LinksThatCameBetweenAreNotFollowed) {
  write(one, "Work.sbd/2024");
  write(one, "outside/2024");
  MboxAccount account({path(""), {}}, MboxDialect::automatic);
  ASSERT_TRUE(account.file("Work.sbd/2024"));
  std::filesystem::remove_all(path("Work.sbd"));
  std::filesystem::create_directory_symlink("outside", path("Work.sbd"));
  EXPECT_FALSE(account.file("Work.sbd/2024"));
  std::filesystem::create_symlink("outside/2024", path("2024"));
  EXPECT_EQ(account.file("2024").error().kind, ErrorKind::refused);
  EXPECT_FALSE(account.file("../" + path("").parent_path().filename().native() + "/outside/2024"));
  EXPECT_TRUE(account.file("outside/2024"));
}

TEST_F(MboxTreeTest, NamesOfWrittenFiles) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table{
      {{"Work", "2024"}, "Work.sbd/2024"},       {{"a/b"}, "a%2Fb"},      {{"..", "x"}, "%2E..sbd/x"},
      {{".hidden"}, "%2Ehidden"},                {{"100%"}, "100%25"},    {{"a\nb"}, "a%0Ab"},
      {{"x.sbd"}, "x%2Esbd"},                    {{"X.MSF"}, "X%2EMSF"},  {{"Entw\u00fcrfe"}, "Entw\u00fcrfe"},
      {{std::string("a\0b", 3)}, "a%00b"},
  };
  for (const auto& [segments, name] : table) {
    EXPECT_EQ(mbox_name_for({segments}), name);
    EXPECT_EQ(mbox_segment_of(name.substr(name.rfind('/') + 1)), segments.back());
  }
  std::string left(300, 'x'), right = left;
  right.back() = 'y';
  EXPECT_NE(mbox_name_for({{left}}), mbox_name_for({{right}}));
  EXPECT_LT(mbox_name_for({{left}}).size(), 230U);
}

}  // namespace
}  // namespace godwit::adapters
