// SPDX-License-Identifier: Apache-2.0
#include "adapters/pst/pst_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace godwit::adapters {
namespace {

using endpoint::FolderPath;
using endpoint::Role;
using pst::FolderRole;
using pst::ItemKind;

std::vector<std::string> shown(const std::vector<PlacedFolder>& folders) {
  std::vector<std::string> all;
  for (const PlacedFolder& folder : folders)
    all.push_back(folder.path.display() + (folder.role == Role::none ? "" : " = " + std::string(name_of(folder.role))));
  return all;
}

const PstContents contents{{{1, 0, FolderRole::inbox, ItemKind::mail, 0, "Posteingang"},
                            {2, 1, FolderRole::none, ItemKind::mail, 0, "Projekt"},
                            {3, 1, FolderRole::none, ItemKind::mail, 0, "Projekt"},
                            {4, 0, FolderRole::trash, ItemKind::mail, 0, "Gelöschte Elemente"},
                            {5, 0, FolderRole::none, ItemKind::other, 0, "Kalender"},
                            {6, 0, FolderRole::none, ItemKind::other, 0, "Kontakte"},
                            {7, 6, FolderRole::none, ItemKind::other, 0, "mail\nhere"},
                            {8, 0, FolderRole::inbox, ItemKind::mail, 0, "Inbox"}},
                           {{10, 7, ItemKind::damaged, 0, 0, {}, "", ""}, {11, 5, ItemKind::appointment, 0, 0, {}, "", ""}}};

TEST(PstPlaces, FoldersOfOneFileAreTheAccounts) {
  EXPECT_THAT(shown(place_folders(contents, {})),
              testing::ElementsAre("INBOX = inbox", "INBOX/Projekt", "INBOX/Projekt (2)", "Gelöschte Elemente = trash", "Kontakte",
                                   "Kontakte/mail_here", "Inbox"));
}

TEST(PstPlaces, FoldersOfSeveralFilesLieBelowTheirNames) {
  EXPECT_THAT(shown(place_folders(contents, {"2019.pst"})),
              testing::ElementsAre("2019.pst/Posteingang", "2019.pst/Posteingang/Projekt", "2019.pst/Posteingang/Projekt (2)",
                                   "2019.pst/Gelöschte Elemente", "2019.pst/Kontakte", "2019.pst/Kontakte/mail_here", "2019.pst/Inbox"));
}

class PstPlacesInFiles : public testing::Test {
 protected:
  PstPlacesInFiles() : folder_(std::filesystem::path(testing::TempDir()) / "pst_places") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "sub");
  }
  ~PstPlacesInFiles() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name) const { std::ofstream(folder_ / name) << "x"; }
  const std::filesystem::path folder_;
};

TEST_F(PstPlacesInFiles, FilesAreFoundByTheirNamesAndNoLinkIsFollowed) {
  for (const char* name : {"b.PST", "a.ost", "sub/c.pst", "m.msg", "sub/n.Msg", "notes.txt"}) write(name);
  std::filesystem::create_symlink("/etc", folder_ / "link");
  std::filesystem::create_symlink("a.ost", folder_ / "link.pst");
  const auto found = find_data_files(folder_);
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(found->stores, testing::ElementsAre(folder_ / "a.ost", folder_ / "b.PST", folder_ / "sub/c.pst"));
  ASSERT_EQ(found->messages.size(), 2U);
  EXPECT_EQ(found->messages[0].place, "");
  EXPECT_EQ(found->messages[1].place, "sub");
  EXPECT_EQ(found->messages[1].files.at(0).path, folder_ / "sub/n.Msg");
  EXPECT_EQ(found->others, 1U);
}

TEST_F(PstPlacesInFiles, WhatIsNotThereIsSaid) {
  const auto text_of = [](const std::filesystem::path& path) {
    const auto found = find_data_files(path);
    return found ? "(found)" : describe(found.error());
  };
  EXPECT_THAT(text_of(folder_), testing::HasSubstr("there is no .pst, .ost or .msg file in it"));
  EXPECT_THAT(text_of(folder_ / "none.pst"), testing::HasSubstr("none.pst"));
  EXPECT_THAT(text_of("/dev/null"), testing::HasSubstr("neither a file nor a folder"));
}

}  // namespace
}  // namespace godwit::adapters
