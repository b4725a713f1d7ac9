// SPDX-License-Identifier: Apache-2.0
#include "sync/folder_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace godwit::sync {
namespace {

using endpoint::Folder;
using endpoint::FolderPath;
using endpoint::Role;

using Known = std::map<std::string, std::string>;

FolderPath path(const std::string& name) {
  FolderPath result;
  std::size_t begin = 0;
  for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', begin)) {
    result.segments.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  result.segments.push_back(name.substr(begin));
  return result;
}

Folder folder(const std::string& name, Role role = Role::none, bool selectable = true) {
  Folder result;
  result.name = name;
  result.path = path(name);
  result.role = name == "INBOX" ? Role::inbox : role;
  result.selectable = selectable;
  return result;
}

// A target that separates by a dot, has all but INBOX below a prefix, and cannot write a dot.
std::string dotted(const FolderPath& wanted) {
  if (wanted.is_inbox()) return "INBOX";
  std::string name = "INBOX";
  for (std::string segment : wanted.segments) {
    std::ranges::replace(segment, '.', '_');
    name += "." + segment;
  }
  return name;
}
std::string slashed(const FolderPath& wanted) {
  std::string name;
  for (const auto& segment : wanted.segments) name += (name.empty() ? "" : "/") + segment;
  return name;
}

using Placed = std::map<std::string, std::string>;
Placed places(const std::vector<FolderPair>& pairs, std::string (*name_for)(const FolderPath&) = slashed) {
  Placed result;
  for (const auto& pair : pairs) {
    const bool is_new = result.emplace(pair.source.name, (pair.target ? "" : "+") + (pair.target ? pair.target->name : name_for(pair.to_make.path))).second;
    EXPECT_TRUE(is_new);
  }
  return result;
}
Placed map(const std::vector<Folder>& source, const std::vector<Folder>& target, const Known& known = {},
           std::string (*name_for)(const FolderPath&) = slashed, const Rules& rules = {}) {
  return places(map_folders(source, target, name_for, known, rules), name_for);
}

TEST(FolderMap, KeepsPathsAndSaysWhatHasToBeMade) {
  EXPECT_EQ(map({folder("INBOX"), folder("Work"), folder("Work/2024"), folder("Home")},
                {folder("INBOX"), folder("Home"), folder("Own")}),
            (Placed{{"INBOX", "INBOX"}, {"Work", "+Work"}, {"Work/2024", "+Work/2024"}, {"Home", "Home"}}));
}

TEST(FolderMap, ParentsComeBeforeChildren) {
  const auto pairs = map_folders(std::vector{folder("A/B/C"), folder("A/B"), folder("Z"), folder("A")}, {}, slashed, {}, {});
  std::vector<std::string> order;
  for (const auto& pair : pairs) order.push_back(pair.source.name);
  EXPECT_THAT(order, testing::ElementsAre("A", "Z", "A/B", "A/B/C"));
}

TEST(FolderMap, RolesMeetWhateverTheirNames) {
  EXPECT_EQ(map({folder("Sent Items", Role::sent), folder("Papierkorb", Role::trash), folder("Spam", Role::junk)},
                {folder("Sent", Role::sent), folder("Trash", Role::trash)}),
            (Placed{{"Sent Items", "Sent"}, {"Papierkorb", "Trash"}, {"Spam", "+Spam"}}));
}

TEST(FolderMap, ARoleIsKeptForWhatIsMade) {
  const auto pairs = map_folders(std::vector{folder("Entwürfe", Role::drafts)}, {}, slashed, {}, {});
  EXPECT_EQ(pairs.at(0).to_make.role, Role::drafts);
}

TEST(FolderMap, ARoleGoesBeforeAName) {
  // The source's plain "Sent" must not take the place of its real one.
  EXPECT_EQ(map({folder("Sent"), folder("Sent Items", Role::sent)}, {folder("Sent", Role::sent)}),
            (Placed{{"Sent Items", "Sent"}, {"Sent", "+Sent (2)"}}));
}

TEST(FolderMap, TwoOfOneRoleStayTwo) {
  EXPECT_EQ(map({folder("Sent", Role::sent), folder("Sent Items", Role::sent)}, {folder("Gesendet", Role::sent)}),
            (Placed{{"Sent", "Gesendet"}, {"Sent Items", "+Sent Items"}}));
}

TEST(FolderMap, ChildrenGoWithTheirParent) {
  EXPECT_EQ(map({folder("Sent Items", Role::sent), folder("Sent Items/2023"), folder("Sent Items/2023/May")},
                {folder("Sent", Role::sent)}),
            (Placed{{"Sent Items", "Sent"}, {"Sent Items/2023", "+Sent/2023"}, {"Sent Items/2023/May", "+Sent/2023/May"}}));
}

TEST(FolderMap, WhereCaseDoesNotMatterNamesThatDifferInItAreTwoFolders) {
  const std::vector<Folder> source{folder("INBOX"),     folder("SENT"),           folder("sent"),
                                   folder("sent/2023"), folder("Archiv\xc3\x84"), folder("archiv\xc3\xa4")};
  const std::vector<Folder> target{folder("INBOX"), folder("Sent")};
  EXPECT_EQ(places(map_folders(source, target, slashed, {}, Rules{}, CaseRule::ignored)),
            (Placed{{"INBOX", "INBOX"}, {"SENT", "Sent"}, {"sent", "+sent (2)"}, {"sent/2023", "+sent (2)/2023"},
                    {"Archiv\xc3\x84", "+Archiv\xc3\x84"}, {"archiv\xc3\xa4", "+archiv\xc3\xa4 (2)"}}));
  EXPECT_EQ(places(map_folders(source, target, slashed, {}, Rules{})).at("sent"), "+sent");
}

TEST(FolderMap, CollisionsGetANumberAndTheirChildrenFollow) {
  const auto placed = map({folder("a.b"), folder("a_b"), folder("a_b/child"), folder("a.b/child")}, {}, {}, dotted);
  EXPECT_EQ(placed, (Placed{{"a.b", "+INBOX.a_b"}, {"a_b", "+INBOX.a_b (2)"}, {"a.b/child", "+INBOX.a_b.child"},
                            {"a_b/child", "+INBOX.a_b (2).child"}}));
}

TEST(FolderMap, PrefixAndSeparatorAreTheTargets) {
  EXPECT_EQ(map({folder("INBOX"), folder("Work/2024")}, {folder("INBOX")}, {}, dotted),
            (Placed{{"INBOX", "INBOX"}, {"Work/2024", "+INBOX.Work.2024"}}));
}

TEST(FolderMap, PlacesOfEarlierRoundsStay) {
  // In the first round only a_b existed; a.b, which would come first, is new.
  const Known known{{"a_b", "INBOX.a_b"}};
  std::vector<Folder> target{folder("a_b")};
  target[0].name = "INBOX.a_b";
  EXPECT_EQ(map({folder("a.b"), folder("a_b")}, target, known, dotted),
            (Placed{{"a_b", "INBOX.a_b"}, {"a.b", "+INBOX.a_b (2)"}}));
}

TEST(FolderMap, APlaceThatIsGoneIsChosenAnew) {
  EXPECT_EQ(map({folder("Work")}, {folder("Other")}, {{"Work", "Arbeit"}}), (Placed{{"Work", "+Work"}}));
}

TEST(FolderMap, ARenumberedFolderStaysWhereItIs) {
  const std::vector<Folder> source{folder("a.b"), folder("a_b")};
  auto name_for = dotted;
  std::vector<Folder> target;
  Known known;
  for (const auto& [name, place] : map(source, {}, {}, name_for)) {
    Folder made = folder(name);
    made.name = place.substr(1);
    made.path = {{made.name.substr(6)}};
    target.push_back(made);
    known.emplace(name, made.name);
  }
  EXPECT_EQ(map(source, target, known, name_for), (Placed{{"a.b", "INBOX.a_b"}, {"a_b", "INBOX.a_b (2)"}}));
  EXPECT_EQ(map({folder("a_b")}, target, known, name_for), (Placed{{"a_b", "INBOX.a_b (2)"}}));
}

TEST(FolderMap, AContainerOnTheTargetHoldsNoMessages) {
  const auto source_with = [](bool selectable) { return std::vector{folder("Lists", Role::none, selectable)}; };
  const std::vector<Folder> target{folder("Lists", Role::none, false)};
  EXPECT_EQ(map(source_with(true), target), (Placed{{"Lists", "+Lists"}}));
  EXPECT_EQ(map(source_with(false), target), (Placed{{"Lists", "Lists"}}));
}

}  // namespace
}  // namespace godwit::sync
