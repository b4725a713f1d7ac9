// SPDX-License-Identifier: Apache-2.0
// A Maildir as a target, without a server beside it.
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/maildir/account.h"
#include "adapters/maildir/store.h"
#include "adapters/maildir/uid_file.h"
#include "base/error_code.h"
#include "tests/support/round_lab.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::NewMessage;
using test::run_task;

class MaildirTargetTest : public testing::Test {
 protected:
  Folder make(const endpoint::FolderPath& path) {
    const std::vector<endpoint::NewFolder> wanted{{path}};
    return run_task(session_->create_folders(wanted)).value().at(0).value();
  }
  std::vector<Uid> append(const Folder& folder, const std::vector<NewMessage>& messages) {
    auto pending = run_task(session_->append(folder, messages)).value();
    return run_task(pending->get()).value().uids;
  }
  std::map<Uid, endpoint::Message> read(const Folder& folder) {
    const auto view = session_->open(folder);
    const auto reader = view->fetch(UidSet::of_range(1, ~Uid{0} - 1));
    std::map<Uid, endpoint::Message> messages;
    while (auto message = run_task(reader->next()).value()) messages.emplace(message->uid, *message);
    return messages;
  }
  Result<> change(const Folder& folder, Uid uid, const char* add, const char* remove) {
    endpoint::TargetSession::FlagChange change{uid, {}, {}};
    if (*add != 0) change.add.add(add);
    if (*remove != 0) change.remove.add(remove);
    return run_task(session_->change_flags(folder, {&change, 1})->get());
  }
  std::filesystem::path root() const { return place_.path() / "a" / "Maildir"; }
  void overwrite(const std::string& file, const std::string& text) const { std::ofstream(root() / file, std::ios::binary) << text; }
  std::string text_of(const std::string& file) const {
    std::ifstream stream(root() / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  test::TemporaryFolder place_;
  std::unique_ptr<endpoint::Target> target_ = make_maildir_target(root());
  std::unique_ptr<endpoint::TargetSession> session_ = run_task(target_->connect()).value();
};

MessageFlags flags_of(std::initializer_list<const char*> names) {
  MessageFlags flags;
  for (const char* const name : names) flags.add(name);
  return flags;
}

const endpoint::FolderPath inbox{{"INBOX"}};

TEST_F(MaildirTargetTest, NothingIsThereUntilSomethingIsMade) {
  EXPECT_TRUE(run_task(session_->folders()).value().empty());
  Folder missing;
  missing.name = "INBOX";
  missing.path = inbox;
  EXPECT_EQ(run_task(session_->open(missing)->state()).value().messages, 0U) << "it can be looked at";
  EXPECT_FALSE(std::filesystem::exists(root()));
  make(inbox);
  make({{"Work", "2024"}});
  const auto folders = run_task(session_->folders()).value();
  ASSERT_EQ(folders.size(), 2U);
  EXPECT_EQ(folders[1].name, ".Work.2024");
  EXPECT_NE(folders[0].state.uid_validity, folders[1].state.uid_validity);
}

TEST_F(MaildirTargetTest, AKeywordWithoutALetterIsRefusedByName) {
  const Folder folder = make(inbox);
  MessageFlags many;
  for (int number = 0; number < 26; ++number) many.add("k" + std::to_string(number));
  append(folder, {{many, "01-Jan-2020 00:00:00 +0000", "a\r\n"}});
  const std::vector<NewMessage> one{{flags_of({"\\Seen", "other"}), "01-Jan-2020 00:00:00 +0000", "b\r\n"}};
  const auto outcome = run_task(run_task(session_->append(folder, one)).value()->get()).value();
  EXPECT_EQ(outcome.kind, endpoint::AppendOutcome::Kind::refused);
  EXPECT_EQ(code_of(outcome.error), codes::flags_refused.number);
  EXPECT_NE(outcome.error.what.find("other"), std::string::npos) << outcome.error.what;
  EXPECT_EQ(read(folder).size(), 1U) << "nothing of it is there";
  EXPECT_TRUE(std::filesystem::is_empty(root() / "tmp"));
  const auto stream = run_task(session_->append_stream(folder, one[0].flags, "", 3));
  ASSERT_FALSE(stream) << "before a byte of it was taken";
  EXPECT_EQ(code_of(stream.error()), codes::flags_refused.number);
  EXPECT_TRUE(change(folder, 1, "\\Flagged", "k3"));
  EXPECT_EQ(code_of(change(folder, 1, "other", "").error()), codes::flags_refused.number);
}

TEST_F(MaildirTargetTest, ARemovedFolderIsNotSubscribed) {
  const std::vector<endpoint::NewFolder> wanted{{inbox}, {{{"Work"}}, endpoint::Role::none, true}, {{{"Old"}}, endpoint::Role::none, true}};
  const auto made = run_task(session_->create_folders(wanted)).value();
  EXPECT_EQ(text_of("subscriptions"), "V\t2\n\nWork\nOld\n");
  EXPECT_TRUE(run_task(session_->remove_folder(*made[1])));
  EXPECT_EQ(text_of("subscriptions"), "V\t2\n\nOld\n");
}

TEST_F(MaildirTargetTest, MessagesComeBack) {
  const Folder folder = make(inbox);
  const auto uids = append(folder, {{flags_of({"\\Seen", "project"}), "17-Jul-1996 02:44:25 -0700", "a\r\n\r\nb\r\n"},
                                    {{}, "01-Jan-2020 00:00:00 +0000", "bare\n"}});
  EXPECT_EQ(uids, (std::vector<Uid>{1, 2}));
  const auto messages = read(folder);
  EXPECT_EQ(messages.at(1).bytes, "a\r\n\r\nb\r\n");
  EXPECT_EQ(messages.at(1).flags.to_string(), "\\Seen project");
  EXPECT_EQ(messages.at(1).date, "17-Jul-1996 09:44:25 +0000");
  EXPECT_EQ(messages.at(2).bytes, "bare\n");
  EXPECT_TRUE(std::filesystem::is_empty(root() / "tmp"));
}

TEST_F(MaildirTargetTest, StreamedMessagesComeBackAndBrokenOffOnesLeaveNothing) {
  const Folder folder = make(inbox);
  const std::string body = std::string(100'000, 'x') + "\r\n";
  {
    auto stream = run_task(session_->append_stream(folder, {}, "01-Jan-2020 00:00:00 +0000", body.size())).value();
    ASSERT_TRUE(run_task(stream->write(std::span<const char>(body).first(50'000))));
  }
  EXPECT_TRUE(std::filesystem::is_empty(root() / "tmp"));
  auto stream = run_task(session_->append_stream(folder, {}, "01-Jan-2020 00:00:00 +0000", body.size())).value();
  ASSERT_TRUE(run_task(stream->write(std::span<const char>(body).first(50'000))));
  EXPECT_FALSE(run_task(stream->finish())) << "a body that is too short";
  ASSERT_TRUE(run_task(stream->write(std::span<const char>(body).subspan(50'000))));
  auto pending = run_task(stream->finish()).value();
  EXPECT_EQ(run_task(pending->get()).value().uids, std::vector<Uid>{1});
  EXPECT_EQ(read(folder).at(1).bytes, body);
}

TEST_F(MaildirTargetTest, FlagsChangeByName) {
  const Folder folder = make(inbox);
  append(folder, {{flags_of({"\\Seen"}), "", "a\r\n"}});
  ASSERT_TRUE(change(folder, 1, "project", "\\Seen"));
  ASSERT_TRUE(change(folder, 1, "\\Flagged", ""));
  ASSERT_TRUE(change(folder, 9, "\\Flagged", "")) << "one that is gone is passed over";
  EXPECT_EQ(read(folder).at(1).flags.to_string(), "\\Flagged project");
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(change(folder, 1, ("k" + std::to_string(i)).c_str(), ""));
  const auto refused = change(folder, 1, "more", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
}

TEST_F(MaildirTargetTest, AMessageThatGoesAndComesBackGetsANewUid) {
  const Folder one = make(inbox), other = make({{"Other"}});
  append(one, {{flags_of({"project"}), "", "a\r\n"}});
  const auto there = run_task(session_->move(one, UidSet::of_range(1, 5), other)).value();
  EXPECT_EQ(there.uids, (std::vector<std::pair<Uid, Uid>>{{1, 1}}));
  EXPECT_EQ(there.uid_validity, other.state.uid_validity);
  const auto back = run_task(session_->move(other, UidSet::of_range(1, 1), one)).value();
  EXPECT_EQ(back.uids, (std::vector<std::pair<Uid, Uid>>{{1, 2}}));
  EXPECT_EQ(read(one).at(2).flags.to_string(), "project");
  EXPECT_TRUE(read(other).empty());
}

TEST_F(MaildirTargetTest, UidsOfWhatIsRemovedAreNotGivenAgain) {
  const Folder folder = make(inbox);
  append(folder, {{{}, "", "a\r\n"}, {{}, "", "b\r\n"}});
  ASSERT_TRUE(run_task(session_->remove(folder, UidSet::of_range(2, 9))->get()));
  EXPECT_EQ(read(folder).size(), 1U);
  EXPECT_EQ(append(folder, {{{}, "", "c\r\n"}}), std::vector<Uid>{3});
}

TEST_F(MaildirTargetTest, AListThatWasCutIsMended) {
  const Folder folder = make(inbox);
  append(folder, {{{}, "", "a\r\n"}, {{}, "", "b\r\n"}});
  const std::string whole = text_of("dovecot-uidlist");
  overwrite("dovecot-uidlist", whole + "3 :torn");
  EXPECT_EQ(append(folder, {{{}, "", "c\r\n"}}), std::vector<Uid>{3});
  const auto list = parse_uid_list(text_of("dovecot-uidlist"));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->names.size(), 3U);
  EXPECT_FALSE(text_of("dovecot-uidlist").contains("torn"));
}

TEST_F(MaildirTargetTest, ADamagedListIsTold) {
  const Folder folder = make(inbox);
  overwrite("dovecot-uidlist", "nonsense\n");
  const auto refused = run_task(session_->append(folder, std::vector<NewMessage>{{{}, "", "a\r\n"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_TRUE(refused.error().what.contains("dovecot-uidlist"));
  EXPECT_TRUE(std::filesystem::is_empty(root() / "tmp"));
}

TEST_F(MaildirTargetTest, ALockOfAProcessThatIsGoneIsBroken) {
  const Folder folder = make(inbox);
  std::array<char, 256> host{};
  ASSERT_EQ(::gethostname(host.data(), host.size()), 0);
  overwrite("dovecot-uidlist.lock", "4194304:" + std::string(host.data()));  // above the largest that Linux gives
  EXPECT_EQ(append(folder, {{{}, "", "a\r\n"}}), std::vector<Uid>{1});
  EXPECT_FALSE(std::filesystem::exists(root() / "dovecot-uidlist.lock"));
}

TEST_F(MaildirTargetTest, FoldersAreRenamedWithWhatLiesBelow) {
  const Folder folder = make({{"A"}});
  make({{"A", "B"}});
  make({{"Ab"}});
  append(folder, {{{}, "", "a\r\n"}});
  make({{"Taken"}});
  EXPECT_EQ(run_task(session_->rename_folder(folder, {{"Taken"}})).error().kind, ErrorKind::exists);
  ASSERT_TRUE(run_task(session_->rename_folder(folder, {{"New", "A"}})));
  std::vector<std::string> names;
  for (const Folder& each : run_task(session_->folders()).value()) names.push_back(each.name);
  EXPECT_EQ(names, (std::vector<std::string>{".Ab", ".New.A", ".New.A.B", ".Taken"}));
  ASSERT_TRUE(run_task(session_->remove_folder(run_task(session_->folders()).value()[1])));
  EXPECT_EQ(run_task(session_->folders()).value().size(), 3U);
}

TEST_F(MaildirTargetTest, AFileThatIsRenamedOrGoesIsFoundOrGone) {
  const Folder folder = make(inbox);
  append(folder, {{{}, "", "a\r\n"}, {{}, "", "b\r\n"}});
  auto store = open_maildir_store(root()).value();
  const auto listed = run_task(store->list("INBOX")).value();
  ASSERT_EQ(listed.size(), 2U);
  std::filesystem::rename(root() / "cur" / (listed[0].key + ":2,"), root() / "cur" / (listed[0].key + ":2,FS"));
  std::filesystem::remove(root() / "cur" / (listed[1].key + ":2,"));
  EXPECT_TRUE(run_task(store->open("INBOX", listed[0])));
  EXPECT_EQ(run_task(store->open("INBOX", listed[1])).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace godwit::adapters
