// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/labels.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace godwit::adapters {
namespace {

using endpoint::Folder;
using endpoint::LabelRules;
using endpoint::Role;
using testing::ElementsAre;
using testing::IsEmpty;

Folder folder(std::vector<std::string> path, Role role = Role::none, bool selectable = true) {
  Folder made;
  for (const std::string& segment : path) made.name.append(made.name.empty() ? "" : "/").append(segment);
  made.path = {std::move(path)};
  made.role = role;
  made.selectable = selectable;
  return made;
}

std::vector<Folder> account() {
  return {folder({"INBOX"}, Role::inbox),
          folder({"[Gmail]"}, Role::none, false),
          folder({"[Gmail]", "Alle Nachrichten"}, Role::all),
          folder({"[Gmail]", "Entwürfe"}, Role::drafts),
          folder({"[Gmail]", "Gesendet"}, Role::sent),
          folder({"[Gmail]", "Markiert"}, Role::flagged),
          folder({"[Gmail]", "Papierkorb"}, Role::trash),
          folder({"[Gmail]", "Spam"}, Role::junk),
          folder({"[Gmail]", "Wichtig"}, Role::important),
          folder({"[Gmail]", "Chats"}),
          folder({"Work"}),
          folder({"Work", "Old stuff"})};
}

LabelPlaces places(LabelRules rules = {}) { return LabelPlaces::make(account(), std::move(rules)).value(); }

std::vector<std::string> shown(const LabelPlaces& places) {
  std::vector<std::string> names;
  for (const auto& place : places.places()) names.push_back(place.folder.path.display());
  return names;
}

// "Work +Inbox +Old_stuff": where a message is, and what keywords it has.
std::string placed(const LabelPlaces& places, const std::vector<std::string>& labels, std::size_t space = 0) {
  const auto found = places.place(space, labels);
  std::string text;
  for (const std::size_t place : found.places) text += places.places()[place].folder.path.display() + " ";
  for (const std::string& keyword : found.keywords) text += "+" + keyword + " ";
  if (!text.empty()) text.pop_back();
  return text;
}

TEST(LabelPlaces, WhatIsShown) {
  EXPECT_THAT(shown(places()), ElementsAre("Archive", "INBOX", "Entwürfe", "Gesendet", "Papierkorb", "Work", "Work/Old stuff"));
  EXPECT_THAT(shown(places({.junk = true, .chats = true})),
              ElementsAre("Archive", "INBOX", "Entwürfe", "Gesendet", "Papierkorb", "Spam", "Chats", "Work", "Work/Old stuff"));
  std::vector<std::string> spaces;
  const auto made = places({.junk = true, .chats = true});
  for (const Folder& space : made.spaces()) spaces.push_back(space.name);
  EXPECT_THAT(spaces, ElementsAre("[Gmail]/Alle Nachrichten", "[Gmail]/Papierkorb", "[Gmail]/Spam", "[Gmail]/Chats"));
  EXPECT_EQ(made.places()[0].folder.role, Role::archive);
  EXPECT_EQ(made.places()[3].folder.role, Role::sent);
}

TEST(LabelPlaces, ALabelThatIsCalledArchiveKeepsItsName) {
  auto folders = account();
  folders.push_back(folder({"Archive"}));
  EXPECT_THAT(shown(LabelPlaces::make(folders, {}).value()).front(), "Alle Nachrichten");
}

TEST(LabelPlaces, HiddenAllMail) {
  auto folders = account();
  folders[2].selectable = false;
  EXPECT_EQ(LabelPlaces::make(folders, {}).error().kind, ErrorKind::usage);
  folders.erase(folders.begin() + 2);
  const auto made = LabelPlaces::make(folders, {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, testing::HasSubstr("Show in IMAP"));
}

TEST(LabelPlaces, AFolderOfAllMailAtTheTop) {
  auto folders = account();
  folders[2].path = {{"All Mail"}};
  EXPECT_THAT(shown(LabelPlaces::make(folders, {}).value()), testing::Contains("Work/Old stuff"));
}

TEST(LabelPlaces, TheFirstLabelIsThePlace) {
  const auto first = places();
  const std::vector<std::pair<std::vector<std::string>, std::string>> table{
      {{}, "Archive"},
      {{"\\Inbox"}, "INBOX"},
      {{"\\Inbox", "Work"}, "Work +Inbox"},
      {{"Work/Old stuff", "Work"}, "Work +Work/Old_stuff"},
      {{"WORK"}, "Work"},
      {{"\\Sent", "\\Inbox"}, "INBOX +Sent"},
      {{"\\Draft"}, "Entwürfe"},
      {{"\\Drafts"}, "Entwürfe"},
      {{"\\Draft", "Work"}, "Work"},
      {{"\\Important", "\\Starred", "\\Muted"}, "Archive"},
      {{"Hidden"}, "Archive +Hidden"},
  };
  for (const auto& [labels, wanted] : table) EXPECT_EQ(placed(first, labels), wanted) << testing::PrintToString(labels);
  EXPECT_EQ(placed(first, {"Work"}, 1), "Papierkorb +Work");
}

TEST(LabelPlaces, TheOrderOfThePlanGoesFirst) {
  const auto ordered = places({.order = {"\\inbox", "work/old stuff", "No such label", "\\Drafts"}});
  EXPECT_EQ(placed(ordered, {"Work", "\\Inbox"}), "INBOX +Work");
  EXPECT_EQ(placed(ordered, {"Work", "Work/Old stuff"}), "Work/Old stuff +Work");
  EXPECT_EQ(placed(ordered, {"Work", "\\Draft"}), "Entwürfe +Work");
  EXPECT_EQ(placed(ordered, {"Work", "\\Sent"}), "Work +Sent");
}

TEST(LabelPlaces, KeywordsByOrder) {
  EXPECT_EQ(placed(places({.keywords = false}), {"Work", "\\Inbox", "\\Important"}), "Work");
  EXPECT_EQ(placed(places({.keywords = false, .important = true}), {"Work", "\\Inbox", "\\Important"}), "Work +$Important");
}

TEST(LabelPlaces, ACopyForEachLabel) {
  const auto copies = places({.placement = LabelRules::Placement::copies});
  EXPECT_EQ(placed(copies, {"Work", "\\Inbox", "Hidden"}), "INBOX Work +Hidden");
  EXPECT_EQ(placed(copies, {}), "Archive");
}

TEST(LabelKeywords, AreAtomsAndStayDistinct) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"Work", "Work"}, {"Follow up", "Follow_up"}, {"Work/2024", "Work/2024"}, {"Übung", "&ANw-bung"}, {"\\Inbox", "Inbox"},
      {"\\Starred", ""}, {"", ""}, {"\\Important", ""},
  };
  for (const auto& [label, wanted] : table) EXPECT_EQ(keyword_of_label(label, {}), wanted) << label;
  const std::string bracket = keyword_of_label("a(b", {}), brace = keyword_of_label("a{b", {});
  EXPECT_THAT(bracket, testing::MatchesRegex("a_b-[0-9a-f]+"));
  EXPECT_NE(bracket, brace);
  const std::string longer(60, 'x');
  EXPECT_EQ(keyword_of_label(longer, {}).size(), 47U);
  EXPECT_NE(keyword_of_label(longer, {}), keyword_of_label(longer + "y", {}));
  for (int c = 0; c < 256; ++c) {
    const std::string keyword = keyword_of_label(std::string("k") + static_cast<char>(c) + "k", {});
    EXPECT_TRUE(std::ranges::all_of(keyword, [](char k) {
      return k > 0x20 && k < 0x7F && std::string_view("(){%*\"\\]").find(k) == std::string_view::npos;
    })) << c;
  }
}

}  // namespace
}  // namespace godwit::adapters
