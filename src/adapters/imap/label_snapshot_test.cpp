// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/label_snapshot.h"

#include <gtest/gtest.h>

namespace godwit::adapters {
namespace {

using endpoint::Role;

imap::FetchedMessage message(Uid uid, std::vector<std::string> labels, std::string_view flag = {}) {
  imap::FetchedMessage made;
  made.uid = uid;
  made.has_flags = true;
  if (!flag.empty()) made.flags.add(flag);
  made.object_id = std::to_string(1000 + uid);
  made.labels = std::move(labels);
  return made;
}

LabelSnapshot empty(endpoint::LabelRules rules = {}) {
  std::vector<endpoint::Folder> folders(3);
  folders[0].path = {{"[Gmail]", "All Mail"}};
  folders[0].role = Role::all;
  folders[1].path = {{"INBOX"}};
  folders[1].role = Role::inbox;
  folders[2].path = {{"Work"}};
  for (auto& folder : folders) folder.name = folder.path.display();
  return LabelSnapshot(LabelPlaces::make(folders, std::move(rules)).value());
}

// The states of INBOX and Work where all mail holds these.
struct States {
  FolderToken inbox, work;
  friend bool operator==(const States&, const States&) = default;
};
LabelSnapshot filled(std::vector<imap::FetchedMessage> messages, endpoint::LabelRules rules = {}) {
  LabelSnapshot snapshot = empty(std::move(rules));
  for (auto& each : messages) snapshot.add(0, std::move(each));
  snapshot.finish(0, {7, 100, 2, 5});
  return snapshot;
}
States states(std::vector<imap::FetchedMessage> messages) {
  const LabelSnapshot snapshot = filled(std::move(messages));
  return {snapshot.state(*snapshot.find("INBOX")), snapshot.state(*snapshot.find("Work"))};
}

TEST(LabelSnapshot, MessagesAreInTheirPlaces) {
  const LabelSnapshot snapshot = filled({message(3, {"\\Inbox"}), message(5, {"\\Inbox", "Work"}, "\\Seen"), message(9, {})});
  const std::size_t work = *snapshot.find("Work");
  EXPECT_EQ(snapshot.members(*snapshot.find("INBOX")).to_string(), "3");
  EXPECT_EQ(snapshot.members(work).to_string(), "5");
  EXPECT_EQ(snapshot.members(*snapshot.find("[Gmail]/All Mail")).to_string(), "9");
  EXPECT_EQ(snapshot.find("Play"), std::nullopt);
  EXPECT_EQ(snapshot.flags_of(*snapshot.find(work, 5)).to_string(), "\\Seen Inbox");
  EXPECT_EQ(snapshot.find(work, 4), nullptr);
  EXPECT_EQ(snapshot.state(work).uid_validity, 7U);
  EXPECT_EQ(snapshot.state(work).uid_next, 100U);
  EXPECT_EQ(snapshot.state(work).messages, 1U);
  EXPECT_NE(snapshot.find(work, 5)->object_id, snapshot.find(work, 3)->object_id);
}

TEST(LabelSnapshot, TheStateOfAPlaceTellsWhetherAnythingHappenedThere) {
  const States before = states({message(3, {"\\Inbox"}), message(5, {"Work"})});
  EXPECT_EQ(before, states({message(5, {"Work"}), message(3, {"\\Inbox"})})) << "the order in which they are told is nothing";
  EXPECT_EQ(before.inbox.highest_modseq >> 63U, 0U) << "SQLite's integers have a sign";
  const States seen = states({message(3, {"\\Inbox"}), message(5, {"Work"}, "\\Seen")});
  EXPECT_EQ(seen.inbox, before.inbox);
  EXPECT_NE(seen.work, before.work);
  const States labelled = states({message(3, {"\\Inbox"}), message(5, {"Work", "\\Inbox"})});
  EXPECT_EQ(labelled.inbox, before.inbox) << "it is no place of it";
  EXPECT_NE(labelled.work, before.work) << "a keyword";
  EXPECT_NE(states({message(4, {"\\Inbox"}), message(5, {"Work"})}).inbox, before.inbox);
  EXPECT_NE(states({message(5, {"Work"})}).inbox, before.inbox);
  EXPECT_NE(states({}).inbox.highest_modseq, 0U);
}

TEST(LabelSnapshot, WhatIsToldTwiceCountsOnceAndNewsOfFlagsAreNoMessages) {
  imap::FetchedMessage news = message(5, {}, "\\Flagged");
  news.object_id.clear();
  const LabelSnapshot snapshot = filled({message(9, {"Work"}), message(5, {"\\Inbox"}), news, message(5, {"Work"}, "\\Seen")});
  EXPECT_EQ(snapshot.members(*snapshot.find("Work")).to_string(), "5,9");
  EXPECT_TRUE(snapshot.members(*snapshot.find("INBOX")).empty());
  EXPECT_EQ(snapshot.flags_of(*snapshot.find(*snapshot.find("Work"), 5)).to_string(), "\\Seen");
}

TEST(LabelSnapshot, ACopyForEachLabel) {
  const LabelSnapshot snapshot = filled({message(5, {"Work", "\\Inbox"})}, {.placement = endpoint::LabelRules::Placement::copies});
  EXPECT_EQ(snapshot.members(*snapshot.find("Work")).to_string(), "5");
  EXPECT_EQ(snapshot.members(*snapshot.find("INBOX")).to_string(), "5");
}

TEST(LabelSnapshot, WhatWasMissedIsOfAllPlacesOfASpace) {
  LabelSnapshot snapshot = filled({message(5, {"Work"})});
  EXPECT_FALSE(snapshot.has_missed(*snapshot.find("INBOX")));
  snapshot.note_missed(*snapshot.find("Work"), UidSet::of_range(5, 5));
  EXPECT_TRUE(snapshot.has_missed(*snapshot.find("INBOX")));
}

}  // namespace
}  // namespace godwit::adapters
