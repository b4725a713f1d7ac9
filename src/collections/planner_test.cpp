// SPDX-License-Identifier: Apache-2.0
#include "collections/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::collections {
namespace {

using endpoint::Resource;
using endpoint::ResourceChanges;
using ledger::Level;
using ledger::ResourceRecord;
using testing::ElementsAre;
using testing::IsEmpty;

enum class Now { same, changed, gone, not_told };

// One row, and what both sides say of its item.
struct Case {
  std::string name;
  std::optional<Level> level;
  bool is_gone, is_stale;  // on record
  Now source, target;
  std::string expected;
};

std::string describe(const Plan& plan) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : " ") + what; };
  for (const auto& each : plan.create) add("create:" + each.source.version);
  for (const auto& each : plan.update) add("update:" + each.source.version);
  for (const auto& each : plan.look)
    add("look:" + each.target.version + (each.source ? "/" + each.source->version : "") + (each.row.gone ? "/gone" : ""));
  for (const auto& each : plan.withdrawn) add("withdrawn" + (each.source.name.empty() ? "" : ":" + each.source.version));
  for (const auto& each : plan.strangers) add("stranger:" + each.name);
  for (const auto& each : plan.strangers_gone) add("left:" + each);
  for (const auto& each : plan.notes) {
    add("note:" + std::string(each.gone ? "gone" : each.level == Level::listed ? "listed" : "back") + ":" + each.source_version);
  }
  for (const auto& each : plan.orphans) add("orphan:" + each.source_name);
  for (const auto each : plan.forget) add("forget:" + std::to_string(each));
  return text.empty() ? "nothing" : text;
}

ResourceChanges changes(Now now, const std::string& name, bool is_whole) {
  ResourceChanges changes;
  changes.is_whole = is_whole;
  if (now == Now::same) changes.present.push_back({.name = name, .version = "1"});
  if (now == Now::changed) changes.present.push_back({.name = name, .version = "2"});
  if (now == Now::gone && !is_whole) changes.gone.push_back(name);
  return changes;
}

ResourceRecord row_of(const Case& one) {
  ResourceRecord row;
  row.number = 7;
  row.uid = "u";
  row.source_name = "s";
  row.source_version = "1";
  if (one.level) row.target_name = "t";
  row.target_version = "1";
  row.level = one.level;
  row.gone = one.is_gone;
  row.stale = one.is_stale;
  return row;
}

const std::optional<Level> absent, listed = Level::listed, accepted = Level::accepted, withdrawn = Level::withdrawn;
const Case cases[] = {
    {"Nothing", listed, false, false, Now::same, Now::same, "nothing"},
    {"NothingTold", listed, false, false, Now::not_told, Now::not_told, "nothing"},
    {"Changed", listed, false, false, Now::changed, Now::same, "update:2"},
    {"ChangedUntold", listed, false, false, Now::changed, Now::not_told, "update:2"},
    {"GoneOnSource", listed, false, false, Now::gone, Now::same, "note:gone:1"},
    {"GoneKnown", listed, true, false, Now::gone, Now::same, "nothing"},
    {"BackOnSource", listed, true, false, Now::same, Now::same, "note:listed:1"},
    {"BackChanged", listed, true, false, Now::changed, Now::same, "update:2"},
    {"GoneOnTarget", listed, false, false, Now::same, Now::gone, "withdrawn"},
    {"GoneOnTargetAndChanged", listed, false, false, Now::changed, Now::gone, "withdrawn:2"},
    {"GoneOnBoth", listed, false, false, Now::gone, Now::gone, "forget:7"},
    {"GoneOnBothLater", listed, true, false, Now::not_told, Now::gone, "forget:7"},
    {"ChangedOnTarget", listed, false, false, Now::same, Now::changed, "look:2"},
    {"ChangedOnBoth", listed, false, false, Now::changed, Now::changed, "look:2/2"},
    {"ChangedThereGoneHere", listed, false, false, Now::gone, Now::changed, "look:2/gone"},
    {"Seen", accepted, false, false, Now::same, Now::same, "note:listed:1"},
    {"NotSeenYet", accepted, false, false, Now::same, Now::not_told, "nothing"},
    {"Stale", listed, false, true, Now::not_told, Now::not_told, "update:1"},
    {"StaleAgain", listed, false, true, Now::changed, Now::same, "update:2"},
    {"StaleButGone", listed, false, true, Now::gone, Now::same, "note:gone:1"},
    {"Refused", absent, false, false, Now::not_told, Now::not_told, "create:1"},
    {"RefusedChanged", absent, false, false, Now::changed, Now::not_told, "create:2"},
    {"RefusedGone", absent, false, false, Now::gone, Now::not_told, "forget:7"},
    {"Withdrawn", withdrawn, false, false, Now::same, Now::gone, "nothing"},
    {"WithdrawnUntold", withdrawn, false, false, Now::not_told, Now::not_told, "nothing"},
    {"WithdrawnChanged", withdrawn, false, false, Now::changed, Now::not_told, "note:back:2"},
    {"WithdrawnGone", withdrawn, false, false, Now::gone, Now::gone, "forget:7"},
    {"WithdrawnBack", withdrawn, false, false, Now::same, Now::same, "look:1"},
};

class CollectionPlanner : public testing::TestWithParam<Case> {};

TEST_P(CollectionPlanner, DecidesByChanges) {
  const Case& one = GetParam();
  Planner planner(changes(one.source, "s", false), changes(one.target, "t", false));
  EXPECT_FALSE(planner.needs_every_row());
  planner.feed(row_of(one));
  planner.feed(row_of(one));  // by another of its names
  EXPECT_EQ(describe(planner.finish()), one.expected);
}

TEST_P(CollectionPlanner, DecidesByWholeLists) {
  const Case& one = GetParam();
  if (one.source == Now::not_told || one.target == Now::not_told) return;  // a whole list tells of all
  Planner planner(changes(one.source, "s", true), changes(one.target, "t", true));
  EXPECT_TRUE(planner.needs_every_row());
  planner.feed(row_of(one));
  EXPECT_EQ(describe(planner.finish()), one.expected);
}

INSTANTIATE_TEST_SUITE_P(Rows, CollectionPlanner, testing::ValuesIn(cases), [](const auto& info) { return info.param.name; });

TEST(CollectionPlanner, WhatHasNoRow) {
  Planner planner({.present = {{.name = "new", .version = "1"}}, .gone = {"never heard of"}, .is_whole = false, .state = {}},
                  {.present = {{.name = "theirs", .version = "1"}}, .gone = {"was theirs"}, .is_whole = false, .state = {}});
  EXPECT_EQ(describe(planner.finish()), "create:1 stranger:theirs left:was theirs");
}

TEST(CollectionPlanner, AnIntentIsLookedAt) {
  ResourceRecord row = row_of(cases[0]);
  row.intended = sha256("next");
  Planner planner(changes(Now::same, "s", true), changes(Now::same, "t", true));
  planner.feed(row);
  EXPECT_EQ(describe(planner.finish()), "look:1");
}

TEST(CollectionPlanner, WhatMayBeOnTheTargetIsNotForgotten) {
  ResourceRecord row = row_of(cases[0]);
  row.level.reset();
  row.target_name.clear();
  row.intended = sha256("next");
  Planner planner(changes(Now::gone, "s", false), {});
  planner.feed(row);
  EXPECT_EQ(describe(planner.finish()), "orphan:s");
}

TEST(CollectionPlanner, AFilterIsChangedByItsMark) {
  ResourceRecord row = row_of(cases[0]);
  row.kind = ItemKind::filter;
  Planner planner({.present = {{.name = "s", .version = "1", .is_active = true}}, .gone = {}, .is_whole = false, .state = {}}, {});
  planner.feed(row);
  EXPECT_EQ(describe(planner.finish()), "update:1");
}

TEST(CollectionPlanner, WithoutVersionsEverythingMayHaveChanged) {
  ResourceRecord row = row_of(cases[0]);
  row.source_version.clear();
  Planner planner({.present = {{.name = "s", .version = {}}}, .gone = {}, .is_whole = true, .state = {}}, changes(Now::same, "t", true));
  planner.feed(row);
  EXPECT_EQ(describe(planner.finish()), "update:");
}

TEST(CollectionPlanner, ANameThatIsPresentIsNotGone) {
  Planner planner({.present = {{.name = "s", .version = "1"}}, .gone = {"s"}, .is_whole = false, .state = {}}, {});
  planner.feed(row_of(cases[0]));
  EXPECT_EQ(describe(planner.finish()), "nothing");
}

}  // namespace
}  // namespace godwit::collections
