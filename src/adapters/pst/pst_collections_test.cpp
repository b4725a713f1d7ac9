// SPDX-License-Identifier: Apache-2.0
// With shell scripts in the helper's place; real files are the part of tests/integration.
#include "adapters/pst/pst_collections.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/run_task.h"

namespace godwit::adapters {
namespace {

using endpoint::Collection;
using pst::Answer;
using testing::ElementsAre;
using testing::HasSubstr;

class PstCollectionsTest : public testing::Test {
 protected:
  PstCollectionsTest() : folder_(std::filesystem::path(testing::TempDir()) / "pst_collections") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "account");
  }
  ~PstCollectionsTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) const { std::ofstream(folder_ / name) << content; }
  static std::string octal(const std::vector<Answer>& answers) {
    std::string text;
    for (const Answer& answer : answers) {
      for (const char c : pst::encode(answer)) text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
    return fmt::format("printf '{}'", text);
  }
  // A helper that gives the first answers to a list, and the others to anything else; its first argument is said in the file "form".
  PstHelper helper(const std::vector<Answer>& listed, const std::vector<Answer>& read) const {
    const auto program = folder_ / "helper";
    std::ofstream(program) << "#!/bin/sh\nwhile letter=$(head -c 9 | head -c 1) && [ -n \"$letter\" ]; do\nif [ $letter = L ]; then "
                           << octal(listed) << "; else echo $letter >> " << (folder_ / "letters").native() << "; " << octal(read)
                           << "; fi\ndone\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return {program, std::chrono::minutes(1)};
  }

  struct Seen {
    std::vector<Collection> collections;
    std::vector<endpoint::ResourceChanges> changes, again;
    std::vector<std::string> bytes;  // of all resources, or why they were refused
    std::vector<std::string> caveats;
  };
  static Task<Result<Seen>> see(endpoint::CollectionSource& source) {
    GODWIT_CO_TRY(const auto session, co_await source.connect());
    Seen seen;
    GODWIT_CO_TRY(seen.collections, co_await session->collections());
    for (const Collection& collection : seen.collections) {
      GODWIT_CO_TRY(auto changes, co_await session->changes(collection, ""));
      GODWIT_CO_TRY(auto again, co_await session->changes(collection, changes.state));
      std::vector<std::string> names{"none"};
      for (const auto& resource : changes.present) names.push_back(resource.name);
      GODWIT_CO_TRY(const auto contents, co_await session->fetch(collection, names));
      for (const auto& content : contents) seen.bytes.push_back(content ? content->bytes : describe(content.error()));
      seen.changes.push_back(std::move(changes));
      seen.again.push_back(std::move(again));
    }
    seen.caveats = session->traits().caveats;
    session->close();
    co_return seen;
  }
  Seen seen_of(const std::filesystem::path& path, const PstHelper& helper) const {
    const auto source = make_pst_collections(path, helper);
    auto seen = test::run_task(see(*source));
    EXPECT_TRUE(seen) << (seen ? "" : describe(seen.error()));
    return seen ? *std::move(seen) : Seen();
  }

  const std::filesystem::path folder_;
};

pst::ItemFound item(std::uint64_t id, std::uint64_t folder, pst::ItemKind kind, std::uint64_t changed) {
  return {id, folder, kind, 0, 0, {}, "a", "", 10, changed};
}

const std::vector<Answer> listed{pst::FolderFound{2, 0, pst::FolderRole::none, pst::ItemKind::appointment, 1, "Calendar"},
                                 pst::FolderFound{34, 0, pst::FolderRole::none, pst::ItemKind::contact, 0, "Con\ntacts"},
                                 pst::FolderFound{66, 0, pst::FolderRole::trash, pst::ItemKind::mail, 0, "Deleted"},
                                 pst::FolderFound{98, 0, pst::FolderRole::none, pst::ItemKind::mail, 0, "Inbox"},
                                 pst::FolderFound{130, 2, pst::FolderRole::none, pst::ItemKind::appointment, 0, "Team"},
                                 item(4, 2, pst::ItemKind::appointment, 7),
                                 item(36, 2, pst::ItemKind::task, 8),
                                 item(68, 66, pst::ItemKind::appointment, 9),
                                 item(100, 66, pst::ItemKind::contact, 9),
                                 item(132, 98, pst::ItemKind::mail, 9),
                                 item(164, 98, pst::ItemKind::other, 9),
                                 pst::ListEnds{6}};
const std::vector<Answer> document{pst::MessageBegins{4, 5, 0}, pst::Piece{"BEG"}, pst::Piece{"IN"}};

TEST_F(PstCollectionsTest, EachFolderIsACalendarOrAnAddressBook) {
  write("account/a.pst", "x");
  const Seen seen = seen_of(folder_ / "account" / "a.pst", helper(listed, document));
  std::vector<std::string> shown;
  for (const Collection& collection : seen.collections) {
    std::string components;
    for (const ItemKind kind : collection.properties.components) components += std::string(" ") + std::string(name_of(kind));
    shown.push_back(fmt::format("{} = {}:{}{}{}", collection.name, collection.properties.display_name, components,
                                collection.is_default ? " (default)" : "", collection.properties.is_transparent ? " (transparent)" : ""));
  }
  EXPECT_THAT(shown, ElementsAre("2 calendar = Calendar: event task (default)", "22 contacts = Con_tacts: contact (default)",
                                 "42 calendar = Deleted: event (transparent)", "42 contacts = Deleted: contact (transparent)",
                                 "82 calendar = Team: event"));
  EXPECT_THAT(seen.caveats, testing::Contains("1 x other item stays in the files"));
}

TEST_F(PstCollectionsTest, ResourcesAndTheirDocuments) {
  write("account/a.pst", "x");
  const Seen seen = seen_of(folder_ / "account" / "a.pst", helper(listed, document));
  ASSERT_EQ(seen.changes.size(), 5U);
  EXPECT_TRUE(seen.changes[0].is_whole);
  EXPECT_THAT(seen.changes[0].present,
              ElementsAre(endpoint::Resource{"24", "8-10", false, 10}, endpoint::Resource{"4", "7-10", false, 10}));
  EXPECT_TRUE(seen.changes[1].present.empty());
  EXPECT_THAT(seen.again, testing::Each(testing::Field(&endpoint::ResourceChanges::is_whole, false)));
  ASSERT_GE(seen.bytes.size(), 3U);
  EXPECT_THAT(seen.bytes[0], HasSubstr("gone from the file"));
  EXPECT_EQ(seen.bytes[1], "BEGIN");
  EXPECT_EQ(seen.bytes[2], "BEGIN");
}

TEST_F(PstCollectionsTest, AChangedItemChangesTheState) {
  write("account/a.pst", "x");
  const Seen before = seen_of(folder_ / "account" / "a.pst", helper(listed, document));
  auto changed = listed;
  std::get<pst::ItemFound>(changed[5]).changed = 70;
  const Seen after = seen_of(folder_ / "account" / "a.pst", helper(changed, document));
  ASSERT_EQ(after.changes.size(), 5U);
  EXPECT_NE(before.changes[0].state, after.changes[0].state);
  EXPECT_EQ(before.changes[2].state, after.changes[2].state);
  EXPECT_EQ(before.collections[2].state, before.changes[2].state);
}

TEST_F(PstCollectionsTest, AnItemThatTheHelperRefusesIsRefusedAlone) {
  write("account/a.pst", "x");
  const Seen seen = seen_of(folder_ / "account" / "a.pst", helper(listed, {pst::Refusal{4, "it recurs by the Hijri calendar"}}));
  ASSERT_GE(seen.bytes.size(), 3U);
  EXPECT_THAT(seen.bytes[1], testing::AllOf(HasSubstr("it recurs by the Hijri calendar"), HasSubstr("GW-6110")));
  std::ifstream letters(folder_ / "letters");
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(letters), {}), testing::StartsWith("D\nD\n"));
}

TEST_F(PstCollectionsTest, MessageFilesOfAFolder) {
  write("account/one.msg", "x");
  write("account/two.msg", "x");
  const Seen seen = seen_of(folder_ / "account", helper({item(1, 0, pst::ItemKind::contact, 5)}, document));
  ASSERT_EQ(seen.collections.size(), 1U);
  EXPECT_EQ(seen.collections[0].name, "/.msg contacts");
  EXPECT_EQ(seen.collections[0].properties.display_name, "Outlook");
  EXPECT_THAT(seen.changes[0].present,
              ElementsAre(endpoint::Resource{"one.msg", "5-10", false, 10}, endpoint::Resource{"two.msg", "5-10", false, 10}));
  EXPECT_THAT(seen.bytes, ElementsAre(HasSubstr("gone from the file"), "BEGIN", "BEGIN"));
}

TEST_F(PstCollectionsTest, SeveralFilesSayWhichIsWhich) {
  write("account/a.pst", "x");
  write("account/b.pst", "x");
  const Seen seen = seen_of(folder_ / "account", helper(listed, document));
  ASSERT_EQ(seen.collections.size(), 10U);
  EXPECT_EQ(seen.collections[0].properties.display_name, "Calendar (a.pst)");
  EXPECT_EQ(seen.collections[5].name, "b.pst/2 calendar");
  EXPECT_TRUE(seen.collections[0].is_default);
  EXPECT_FALSE(seen.collections[5].is_default);
}

}  // namespace
}  // namespace godwit::adapters
