// SPDX-License-Identifier: Apache-2.0
#include "collections/mapping.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::collections {
namespace {

using endpoint::Collection;
using endpoint::CollectionProperties;
using testing::ElementsAre;

Collection collection(const std::string& name, CollectionKind kind = CollectionKind::calendar, bool is_default = false) {
  Collection one;
  one.name = "/" + name + "/";
  one.short_name = name;
  one.kind = kind;
  one.is_default = is_default;
  return one;
}

endpoint::CollectionTraits traits(bool makes = true) {
  endpoint::CollectionTraits traits;
  traits.kinds = {CollectionKind::calendar, CollectionKind::address_book};
  traits.makes_collections = makes;
  return traits;
}

std::vector<std::string> describe(const std::vector<Collection>& sources, const std::vector<Collection>& targets,
                                  const std::vector<ledger::CollectionRecord>& records = {}, bool makes = true) {
  std::vector<std::string> lines;
  for (const Place& place : map_collections(sources, targets, records, traits(makes))) {
    lines.push_back(sources[place.source].short_name + (place.target    ? "=" + targets[*place.target].short_name
                                                        : place.to_make ? "+" + place.to_make->short_name
                                                                        : ": " + place.fault));
  }
  return lines;
}

TEST(CollectionMapping, DefaultGoesToDefault) {
  EXPECT_THAT(describe({collection("personal", CollectionKind::calendar, true), collection("work")},
                       {collection("work"), collection("Default", CollectionKind::calendar, true)}),
              ElementsAre("personal=Default", "work=work"));
}

TEST(CollectionMapping, NamesAndKindsMustFit) {
  EXPECT_THAT(
      describe({collection("Work"), collection("work", CollectionKind::address_book)}, {collection("work", CollectionKind::address_book)}),
      ElementsAre("Work+Work-2", "work=work"));
}

TEST(CollectionMapping, DisplayNamesFitToo) {
  Collection source = collection("x1"), target = collection("x2");
  source.properties.display_name = target.properties.display_name = "Team";
  EXPECT_THAT(describe({source}, {target}), ElementsAre("x1=x2"));
}

TEST(CollectionMapping, NoTwoGoToOne) {
  Collection second = collection("work");
  second.name = "/other/work/";
  EXPECT_THAT(describe({collection("work"), second}, {collection("work")}), ElementsAre("work=work", "work+work-2"));
  EXPECT_THAT(describe({collection("work"), second}, {}), ElementsAre("work+work", "work+work-2"));
}

TEST(CollectionMapping, TheLedgerKnowsBest) {
  ledger::CollectionRecord record;
  record.source_name = "/personal/";
  record.target_name = "/renamed/";
  EXPECT_THAT(describe({collection("personal", CollectionKind::calendar, true), collection("renamed")},
                       {collection("Default", CollectionKind::calendar, true), collection("renamed")}, {record}),
              ElementsAre("personal=renamed", "renamed+renamed-2"));
}

TEST(CollectionMapping, SharedAndReadOnlyOnesAreNoPlaces) {
  Collection shared = collection("team"), read_only = collection("work");
  shared.is_shared = true;
  read_only.is_writable = false;
  EXPECT_THAT(describe({shared, collection("work")}, {read_only}), ElementsAre("work+work-2"));
}

TEST(CollectionMapping, WhatHasNoPlaceSaysWhy) {
  EXPECT_THAT(describe({collection("mine", CollectionKind::filters), collection("work")}, {}, {}, false),
              ElementsAre("mine: the target has no filters",
                          "work: on the target no calendar can be made by godwit; make one called \"work\" there and run again"));
}

TEST(CollectionProperties, AreMergedOneByOne) {
  CollectionProperties synced, source, target;
  synced.display_name = "Work";
  synced.color = "#FF0000";
  source = synced;
  source.display_name = "Office";
  source.color = "#00FF00";
  target = synced;
  target.color = "#0000FF";  // people's choice
  CollectionProperties expected = target;
  expected.display_name = "Office";
  EXPECT_EQ(merge_properties(source, synced, target), expected);
  EXPECT_EQ(merge_properties(synced, synced, target), std::nullopt);
}

TEST(CollectionProperties, OfOneThatWasFoundOnlyWhatItLacksIsSet) {
  CollectionProperties source, target;
  source.display_name = "Alice";
  source.description = "private";
  source.order = 3;
  target.display_name = "Calendar";
  CollectionProperties expected = target;
  expected.description = "private";
  expected.order = 3;
  EXPECT_EQ(merge_properties(source, std::nullopt, target), expected);
}

TEST(CollectionProperties, TransparencyIsAFlag) {
  CollectionProperties synced, source, target;
  source.is_transparent = true;
  EXPECT_TRUE(merge_properties(source, synced, target)->is_transparent);
  EXPECT_EQ(merge_properties(synced, source, target), std::nullopt) << "people did the same on the target";
}

TEST(SyncedExtras, ComeBackFromText) {
  SyncedExtras extras;
  extras.properties.emplace();
  extras.properties->display_name = "Wörk \"1\"";
  extras.properties->order = -2;
  extras.properties->components = {ItemKind::event, ItemKind::task};
  extras.properties->is_transparent = true;
  extras.access = "bob 3\n";
  EXPECT_EQ(parse_extras(to_text(extras)), extras);
  EXPECT_EQ(parse_extras(to_text(SyncedExtras{})), SyncedExtras{});
  EXPECT_EQ(parse_extras("{"), SyncedExtras{});
  EXPECT_EQ(parse_extras(""), SyncedExtras{});
}

}  // namespace
}  // namespace godwit::collections
