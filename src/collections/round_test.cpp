// SPDX-License-Identifier: Apache-2.0
#include "collections/round.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/collection_lab.h"

namespace godwit::collections {
namespace {

using ledger::Level;
using test::CollectionLab;
using test::item;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CollectionRound : public testing::Test {
 protected:
  RoundResult run() {
    auto result = lab.run();
    EXPECT_FALSE(result.error) << describe(*result.error);
    return result;
  }
  [[nodiscard]] std::vector<std::string> on_target(const std::string& collection = "work") const {
    return CollectionLab::summaries(lab.target, collection);
  }
  [[nodiscard]] std::vector<std::string> problems() {
    std::vector<std::string> texts;
    for (const auto& problem : lab.problems())
      texts.push_back(problem.kind + " " + problem.item + " " + problem.subject + ": " + problem.reason);
    return texts;
  }
  // The one item on the target that has the UID.
  adapters::MemoryResource& there(const std::string& uid) {
    for (auto& [name, collection] : lab.target.collections) {
      for (auto& [key, resource] : collection.resources) {
        if (resource.bytes.contains("UID:" + uid + "\n")) return resource;
      }
    }
    throw std::runtime_error("not on the target: " + uid);
  }
  std::string name_there(const std::string& uid) {
    for (auto& [key, resource] : lab.target.collections.at("work").resources) {
      if (resource.bytes.contains("UID:" + uid + "\n")) return key;
    }
    return {};
  }
  void change_there(const std::string& uid, const std::string& summary) { lab.target.set("work", name_there(uid), item(uid, summary)); }

  CollectionLab lab;
};

TEST_F(CollectionRound, BringsEverythingOnce) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  lab.source.collection("people", CollectionKind::address_book);
  lab.source.set("people", "bob.vcf", item("bob", "Bob"));
  const auto first = run();
  EXPECT_EQ(first.created.at(ItemKind::event), 2U);
  EXPECT_EQ(first.created.at(ItemKind::contact), 1U);
  EXPECT_EQ(first.collections_made, 2U);
  EXPECT_EQ(first.not_moved, 0U);
  EXPECT_THAT(on_target(), ElementsAre("Dinner", "Lunch"));
  EXPECT_THAT(on_target("people"), ElementsAre("Bob"));
  for (const auto& row : lab.rows("work")) EXPECT_EQ(row.level, Level::listed);
  EXPECT_EQ(changes_of(run()), 0U);
}

TEST_F(CollectionRound, NothingNewCostsNoLook) {
  for (int i = 0; i < 50; ++i) lab.source.set("work", fmt::format("{}.ics", i), item(fmt::format("u{}", i), "x"));
  run();
  run();
  lab.source.calls = lab.target.calls = lab.source.fetched = lab.target.fetched = 0;
  run();
  EXPECT_EQ(lab.calls(), 2U) << "one list of collections on each side";
  lab.source.set("work", "7.ics", item("u7", "changed"));
  lab.source.fetched = lab.target.fetched = lab.target.puts = 0;
  EXPECT_EQ(run().updated, 1U);
  EXPECT_EQ(lab.source.fetched, 1U);
  EXPECT_EQ(lab.target.fetched, 0U);
  EXPECT_EQ(lab.target.puts, 1U);
}

TEST_F(CollectionRound, ChangesAndRemovalsFollow) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  run();
  lab.source.set("work", "1.ics", item("a", "Late lunch"));
  lab.source.remove("work", "2.ics");
  const auto second = run();
  EXPECT_EQ(second.updated, 1U);
  EXPECT_EQ(second.removed, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Late lunch"));
}

TEST_F(CollectionRound, WhatMeansTheSameIsNotBroughtAgain) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  run();
  lab.source.set("work", "1.ics", item("a", "Lunch") + "NOISE:1\n");
  lab.target.puts = 0;
  EXPECT_EQ(changes_of(run()), 0U);
  EXPECT_EQ(lab.target.puts, 0U);
}

TEST_F(CollectionRound, AdoptsWhatIsThere) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", "SUMMARY:no UID\n");
  lab.target.set("work", "mine.ics", item("a", "Lunch") + "NOISE:2\n");
  lab.target.set("work", "other.ics", "SUMMARY:no UID\n");
  lab.target.set("work", "own.ics", item("z", "Own"));
  const auto first = run();
  EXPECT_EQ(first.matched, 2U);
  EXPECT_EQ(first.created_in_all(), 0U);
  EXPECT_EQ(first.collections_made, 0U);
  EXPECT_THAT(on_target(), ElementsAre("Lunch", "Own", "no UID"));
  for (const auto& row : lab.rows("work")) EXPECT_EQ(row.level, Level::proven);
  lab.source.remove("work", "1.ics");
  EXPECT_EQ(run().kept, 1U) << "godwit did not make it";
  EXPECT_THAT(on_target(), Contains("Lunch"));
  lab.source.set("work", "3.ics", item("a", "Lunch"));
  EXPECT_EQ(run().matched, 1U) << "it is known as one of the target's own";
}

TEST_F(CollectionRound, ATwinWithAnotherContentIsAConflict) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.target.set("work", "mine.ics", item("a", "Brunch"));
  EXPECT_EQ(run().conflicts, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Brunch"));
  EXPECT_THAT(problems(),
              ElementsAre(HasSubstr("conflict event Lunch: it is another one on the source and on the target; the target's stays")));
  EXPECT_EQ(changes_of(run()), 0U);
  EXPECT_THAT(problems(), testing::SizeIs(1));
  lab.source.set("work", "1.ics", item("a", "Brunch"));
  run();
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(CollectionRound, TheTargetsChangesStay) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  run();
  change_there("a", "Theirs");
  change_there("b", "Theirs, too");
  EXPECT_EQ(changes_of(run()), 0U);
  EXPECT_THAT(problems(), IsEmpty());
  lab.source.set("work", "1.ics", item("a", "Ours"));
  lab.source.remove("work", "2.ics");
  const auto third = run();
  EXPECT_EQ(third.conflicts, 1U);
  EXPECT_EQ(third.kept, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Theirs", "Theirs, too"));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("conflict event Ours")));
}

TEST_F(CollectionRound, ChangedOnBothSidesAtOnce) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  run();
  lab.source.set("work", "1.ics", item("a", "Ours"));
  change_there("a", "Theirs");
  lab.source.set("work", "2.ics", item("b", "Same"));
  change_there("b", "Same");
  EXPECT_EQ(run().conflicts, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Same", "Theirs"));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("(\"SUMMARY:Theirs\" instead of \"SUMMARY:Ours\")")));
}

TEST_F(CollectionRound, ATouchWithoutMeaningIsNoChange) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  run();
  lab.target.set("work", name_there("a"), item("a", "Lunch") + "NOISE:phone\n");
  lab.source.set("work", "1.ics", item("a", "Late"));
  EXPECT_EQ(run().updated, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Late"));
}

TEST_F(CollectionRound, WhatPeopleRemovedIsNotBroughtBack) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  run();
  lab.target.remove("work", name_there("a"));
  EXPECT_EQ(run().withdrawn, 1U);
  lab.source.set("work", "1.ics", item("a", "Lunch again"));
  EXPECT_EQ(changes_of(run()), 0U);
  EXPECT_THAT(on_target(), ElementsAre("Dinner"));
}

TEST_F(CollectionRound, RefusedOnesAreToldAndTriedAgain) {
  lab.source.set("work", "1.ics", item("a", "Bad"));
  lab.source.set("work", "2.ics", item("b", "Good"));
  lab.source.set("work", "3.ics", "BROKEN");
  lab.source.set("work", "4.ics", item("d", "Unreadable"));
  lab.source.unreadable.insert("4.ics");
  lab.target.refuses = [](const std::string& bytes) { return bytes.contains("Bad"); };
  EXPECT_EQ(run().not_moved, 3U);
  EXPECT_THAT(problems(),
              testing::UnorderedElementsAre(HasSubstr("refused event Bad: the server refused it"), HasSubstr("syntax event 3.ics: line 1"),
                                            HasSubstr("refused event 4.ics: it cannot be read")));
  EXPECT_EQ(run().not_moved, 3U);
  lab.target.refuses = nullptr;
  lab.source.unreadable.clear();
  lab.source.set("work", "3.ics", item("c", "Fixed"));
  const auto last = run();
  EXPECT_EQ(last.created_in_all(), 3U);
  EXPECT_EQ(last.not_moved, 0U);
  EXPECT_THAT(on_target(), ElementsAre("Bad", "Fixed", "Good", "Unreadable"));
}

TEST_F(CollectionRound, ARefusedChangeIsToldAndTriedAgain) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  run();
  lab.target.refuses = [](const std::string& bytes) { return bytes.contains("Bad"); };
  lab.source.set("work", "1.ics", item("a", "Bad"));
  EXPECT_EQ(run().not_moved, 1U);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("the target has an earlier version of it")));
  EXPECT_THAT(on_target(), ElementsAre("Lunch"));
  lab.target.refuses = nullptr;
  EXPECT_EQ(run().updated, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Bad"));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(CollectionRound, TooLargeOnesAreNotSent) {
  lab.target.item_limit = 30;
  lab.source.set("work", "1.ics", item("a", std::string(100, 'x')));
  EXPECT_EQ(run().not_moved, 1U);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("too_big event")));
  EXPECT_EQ(lab.target.puts, 0U);
}

TEST_F(CollectionRound, WhatTheTargetAltersIsTold) {
  lab.target.tells_versions = false;
  lab.target.alter = [](const std::string& bytes) { return bytes.contains("Lunch") ? bytes + "ADDED:1\n" : bytes; };
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  const auto first = run();
  EXPECT_EQ(first.altered, 1U);
  EXPECT_EQ(first.proven, 1U);
  EXPECT_THAT(problems(), ElementsAre("altered event Lunch: the target changed it: \"ADDED:1\" is new"));
  EXPECT_EQ(changes_of(run()), 0U);
  lab.source.set("work", "1.ics", item("a", "Lunch, later"));
  EXPECT_EQ(run().updated, 1U) << "nobody but the server changed it there";
}

TEST_F(CollectionRound, TwoOfOneUid) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("work", "2.ics", item("a", "Lunch"));
  lab.source.set("work", "3.ics", item("a", "Other"));
  EXPECT_EQ(run().not_moved, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Lunch"));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("exists event Other: another item of it has the same UID")));
  lab.source.remove("work", "1.ics");
  run();
  EXPECT_THAT(on_target(), ElementsAre("Lunch")) << "the other one still is that";
  lab.source.remove("work", "2.ics");
  run();
  run();
  EXPECT_THAT(on_target(), ElementsAre("Other"));
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(CollectionRound, AnotherNameOnTheSource) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  run();
  lab.source.remove("work", "1.ics");
  lab.source.set("work", "renamed.ics", item("a", "Late lunch"));
  const auto second = run();
  EXPECT_EQ(second.updated, 1U);
  EXPECT_EQ(second.created_in_all() + second.removed, 0U);
  EXPECT_THAT(on_target(), ElementsAre("Late lunch"));
  EXPECT_EQ(changes_of(run()), 0U);
}

TEST_F(CollectionRound, MassRemovalIsHeldBack) {
  for (int i = 0; i < 50; ++i) lab.source.set("work", fmt::format("{}.ics", i), item(fmt::format("u{}", i), "x"));
  run();
  for (int i = 0; i < 30; ++i) lab.source.remove("work", fmt::format("{}.ics", i));
  EXPECT_EQ(run().removals_held, 30U);
  EXPECT_EQ(on_target().size(), 50U);
  EXPECT_EQ(run().removals_held, 30U) << "it is not forgotten";
  lab.source.set("work", "7.ics", item("u7", "x"));
  lab.options.allow_mass_removal = true;
  EXPECT_EQ(run().removed, 29U);
  EXPECT_EQ(on_target().size(), 21U);
}

TEST_F(CollectionRound, NothingIsRemovedWhenNewMailGoesToTheTarget) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  run();
  ASSERT_TRUE(lab.with_account([](ledger::AccountLedger& account) { return account.set_route(ledger::Route::moving); }));
  lab.source.remove("work", "1.ics");
  EXPECT_EQ(run().kept, 1U);
  EXPECT_THAT(on_target(), ElementsAre("Lunch"));
}

TEST_F(CollectionRound, ACollectionThatIsGone) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.set("home", "1.ics", item("b", "Dinner"));
  lab.source.set("old", "1.ics", item("c", "Tea"));
  run();
  lab.target.set("home", "own.ics", item("o", "Own"));
  lab.source.collections.erase("work");
  lab.source.collections.erase("home");
  const auto second = run();
  EXPECT_EQ(second.removed, 2U);
  EXPECT_EQ(second.collections_removed, 1U);
  EXPECT_FALSE(lab.target.collections.contains("work"));
  EXPECT_THAT(on_target("home"), ElementsAre("Own"));
  EXPECT_EQ(changes_of(run()), 0U);
}

TEST_F(CollectionRound, ACollectionThatPeopleRemovedOnTheTarget) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  run();
  lab.target.collections.erase("work");
  EXPECT_THAT(run().notes, Contains(HasSubstr("removed on the target")));
  EXPECT_FALSE(lab.target.collections.contains("work"));
  EXPECT_EQ(changes_of(run()), 0U);
  lab.source.set("work", "2.ics", item("b", "New"));
  EXPECT_EQ(run().created_in_all(), 1U);
  EXPECT_THAT(on_target(), ElementsAre("New"));
}

TEST_F(CollectionRound, PropertiesFollowTheSource) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.collections["work"].is.properties.display_name = "Work";
  run();
  EXPECT_EQ(lab.target.collections["work"].is.properties.display_name, "Work");
  lab.source.collections["work"].is.properties.display_name = "Office";
  EXPECT_EQ(run().properties_changed, 1U);
  EXPECT_EQ(lab.target.collections["work"].is.properties.display_name, "Office");
  lab.target.collections["work"].is.properties.display_name = "Mine";
  lab.source.collections["work"].is.properties.display_name = "Bureau";
  EXPECT_EQ(run().properties_changed, 0U);
  EXPECT_EQ(lab.target.collections["work"].is.properties.display_name, "Mine");
}

TEST_F(CollectionRound, RightsThatCannotBeGivenAreTold) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.source.collections["work"].is.access[{.identity = {endpoint::Identity::Kind::user, "bob"}}] = {endpoint::Right::read};
  EXPECT_EQ(run().not_moved, 0U);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("rights calendar")));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("bob: read; give them there by hand")));
  run();
  EXPECT_THAT(problems(), testing::SizeIs(1));
  lab.source.collections["work"].is.access.clear();
  run();
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(CollectionRound, WhatHasNoPlaceIsToldUntilItHasOne) {
  lab.target.makes_collections = false;
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  EXPECT_EQ(run().not_moved, 1U);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("make one called \"work\" there")));
  lab.target.collection("work");
  EXPECT_EQ(run().not_moved, 0U);
  EXPECT_THAT(on_target(), ElementsAre("Lunch"));
}

TEST_F(CollectionRound, FiltersMeanTheirLines) {
  lab.source.collection("filters", CollectionKind::filters).is.is_default = true;
  lab.target.collection("scripts", CollectionKind::filters).is.is_default = true;
  lab.source.set("filters", "main", "keep;\r\n", true);
  lab.source.set("filters", "old", "stop;\r\n");
  lab.target.set("scripts", "old.item", "stop;\n");
  run();
  EXPECT_TRUE(lab.target.collections["scripts"].resources["main.item"].is_active);
  EXPECT_FALSE(lab.target.collections["scripts"].resources["old.item"].is_active);
  lab.source.collections["filters"].resources["main"].is_active = false;
  lab.source.set("filters", "old", "stop;\r\n", true);
  run();
  EXPECT_TRUE(lab.target.collections["scripts"].resources["old.item"].is_active);
}

TEST_F(CollectionRound, ADryRunWritesNothing) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.options.dry_run = true;
  EXPECT_THAT(run().notes, Contains(HasSubstr("work: the calendar is to be made on the target")));
  EXPECT_TRUE(lab.target.collections.empty());
  lab.options.dry_run = false;
  run();
  lab.source.set("work", "2.ics", item("b", "Dinner"));
  lab.options.dry_run = true;
  EXPECT_THAT(run().notes, Contains("work: 1 to be brought, or found there."));
  EXPECT_THAT(on_target(), ElementsAre("Lunch"));
}

TEST_F(CollectionRound, StopsAtABatch) {
  lab.source.set("work", "1.ics", item("a", "Lunch"));
  lab.stop = true;
  const auto result = lab.run();
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::canceled);
  lab.stop = false;
  EXPECT_EQ(run().created_in_all(), 1U);
}

}  // namespace
}  // namespace godwit::collections
