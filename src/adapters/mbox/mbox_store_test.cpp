// SPDX-License-Identifier: Apache-2.0
#include "adapters/mbox/mbox_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "adapters/mbox/mbox_writer.h"
#include "adapters/mbox/message_encoder.h"
#include "adapters/mbox/test_mbox.h"
#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using test::run_task;
using testing::IsEmpty;
using testing::SizeIs;

std::string message(const std::string& name, const std::string& header = "") {
  return "From alice@example.com Tue Mar  4 03:33:20 2003 +0000\n" + header + "Subject: " + name + "\n\n" + name + "\n\n";
}
std::string as_given(const std::string& name) { return "Subject: " + name + "\r\n\r\n" + name + "\r\n"; }

class MboxStoreTest : public MboxTest {
 protected:
  [[nodiscard]] std::unique_ptr<MailStore> store() const {
    return make_mbox_store(std::make_shared<MboxAccount>(MboxPlaces{path(), {}}, MboxDialect::automatic), MboxKey::bytes);
  }
  static Result<std::string> read(MailStore& store, const ListedMessage& message) {
    auto opened = run_task(store.open("INBOX", message));
    if (!opened) return std::unexpected(opened.error());
    std::string all;
    while (true) {
      const auto piece = run_task((*opened)->read());
      if (!piece) return std::unexpected(piece.error());
      if (piece->empty()) return all;
      all.append(piece->data(), piece->size());
    }
  }
};

TEST_F(MboxStoreTest, KeysStayWhereFlagsChange) {
  write(message("one") + message("two"));
  const auto account = store();
  const auto before = run_task(account->list("INBOX")).value();
  ASSERT_THAT(before, SizeIs(2));
  EXPECT_EQ(before[0].date, "04-Mar-2003 03:33:20 +0000");
  EXPECT_EQ(before[0].size, as_given("one").size());
  write(message("one", "Status: RO\nX-UID: 1\nContent-Length: 4\n") + message("two"));
  const auto after = run_task(account->list("INBOX")).value();
  EXPECT_EQ(after[0].key, before[0].key);
  EXPECT_EQ(after[0].flags.to_string(), "\\Seen");
}

TEST_F(MboxStoreTest, AMessageIsFoundAgainInAFileThatWasWrittenAnew) {
  write(message("one") + message("two") + message("three"));
  const auto account = store();
  const auto listed = run_task(account->list("INBOX")).value();
  write(message("two", "Status: R\n") + message("three") + message("four"));
  EXPECT_EQ(read(*account, listed[1]), as_given("two"));
  EXPECT_EQ(read(*account, listed[2]), as_given("three"));
  const auto gone = read(*account, listed[0]);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::not_found);
}

TEST_F(MboxStoreTest, AFileThatOnlyGrowsIsNotReadAgain) {
  write(message("one") + message("two"));
  const auto account = store();
  const auto listed = run_task(account->list("INBOX")).value();
  write(message("one") + message("two") + "what is no mbox any more, but behind all that is asked for");
  EXPECT_EQ(read(*account, listed[0]), as_given("one"));
}

TEST_F(MboxStoreTest, AFileThatVanishes) {
  write(message("one"));
  const auto account = store();
  const auto listed = run_task(account->list("INBOX")).value();
  std::filesystem::remove(path());
  EXPECT_EQ(read(*account, listed[0]).error().kind, ErrorKind::not_found);
  EXPECT_EQ(run_task(account->list("INBOX")).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(run_task(account->folders()));
}

class MboxWriterTest : public MboxTest {
 protected:
  static bool is_locked(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    const bool is = ::fcntl(descriptor, F_OFD_SETLK, &whole) != 0;
    ::close(descriptor);
    return is;
  }
};

TEST_F(MboxWriterTest, WhatIsNotKeptIsTakenAway) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"", ""}, {"x\n\n", ""}, {"x\n", "\n"}, {"x", "\n\n"}, {"x\r\n\r\n", ""}};
  for (const auto& [before, gap] : table) {
    write(before);
    {
      const auto file = MboxAppender::open(path(), std::nullopt).value();
      EXPECT_TRUE(is_locked(path()));
      ASSERT_TRUE(file->append("not kept"));
      EXPECT_EQ(read_file(path()), before + gap + "not kept");
    }
    EXPECT_FALSE(is_locked(path()));
    EXPECT_EQ(read_file(path()), before);
    const auto file = MboxAppender::open(path(), std::nullopt).value();
    ASSERT_TRUE(file->append("kept\n\n") && file->keep() && file->append("not kept"));
    EXPECT_EQ(file->end(), (before + gap + "kept\n\nnot kept").size());
  }
  EXPECT_EQ(read_file(path()), "x\r\n\r\nkept\n\n");
}

TEST_F(MboxWriterTest, TornMessagesGo) {
  write("whole\n\ntorn");
  { const auto file = MboxAppender::open(path(), 7).value(); }
  EXPECT_EQ(read_file(path()), "whole\n\n");
  EXPECT_EQ(MboxAppender::open(path("missing"), std::nullopt).error().kind, ErrorKind::not_found);
}

TEST_F(MboxWriterTest, SpaceIsAskedForBefore) {
  write("");
  const auto file = MboxAppender::open(path(), std::nullopt).value();
  EXPECT_TRUE(file->check_space(1));
  const auto refused = file->check_space(std::uint64_t{1} << 60U);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("make room"));
}

TEST_F(MboxWriterTest, FlagsAndRemovals) {
  const std::string foreign = message("foreign", "Status: RO\nX-Keywords: old\n other\nX-UID: 3\n");
  write(encode_message("Status: own\r\n\r\none\r\n", {MessageFlags::seen, {"a"}}, "", true).bytes + foreign + message("last"));
  const auto before = messages(read_file(path()));
  const auto rewrite = [&](std::vector<bool> changed, std::optional<MessageFlags> flags) {
    return rewrite_mbox(path(), *index().value(), changed, [&](std::size_t) { return flags; });
  };
  const std::string bytes = read_file(path());
  ASSERT_TRUE(rewrite({false, false, false}, std::nullopt));
  EXPECT_EQ(read_file(path()), bytes);
  ASSERT_TRUE(rewrite({true, true, false}, MessageFlags{MessageFlags::flagged, {"b"}}));
  EXPECT_EQ(messages(read_file(path())), before);
  const auto found = index().value();
  for (const std::size_t i : {0U, 1U}) {
    const MboxEntry& entry = found->entries.at(i);
    EXPECT_EQ((MessageFlags{entry.system_flags, found->keywords.at(entry.keywords)}.to_string()), "\\Flagged b");
  }
  EXPECT_THAT(read_file(path()), testing::HasSubstr("X-UID: 3\n"));
  ASSERT_TRUE(rewrite({false, true, false}, std::nullopt));
  EXPECT_EQ(messages(read_file(path())), (std::vector{before[0], before[2]}));
  ASSERT_TRUE(rewrite({true, true}, std::nullopt));
  EXPECT_THAT(read_file(path()), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(path("mbox.godwit-new")));
}

TEST_F(MboxWriterTest, AFileThatSomebodyWroteToIsNotReplaced) {
  write(message("one"));
  const auto known = index().value();
  write(message("one") + message("two"));
  const auto done = rewrite_mbox(path(), *known, {true}, [](std::size_t) { return std::nullopt; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(read_file(path()), message("one") + message("two"));
}

}  // namespace
}  // namespace godwit::adapters
