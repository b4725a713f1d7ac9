// SPDX-License-Identifier: Apache-2.0
#include "sync/planner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

namespace godwit::sync {

void PrintTo(const CopyItem& step, std::ostream* out) { *out << "copy " << step.uid; }
void PrintTo(const ChangeFlags& step, std::ostream* out) {
  *out << "flags of " << step.uid << "->" << step.target_uid << ": +(" << step.add.to_string() << ") -(" << step.remove.to_string()
       << ") synced (" << step.synced.to_string() << ")";
}

void PrintTo(const LeaveOut& step, std::ostream* out) { *out << "leave out " << step.item.uid << ": " << name_of(step.reason); }

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MessageFlags flags(std::initializer_list<std::string_view> names) {
  MessageFlags set;
  for (const auto name : names) set.add(name);
  return set;
}

struct Cursors {
  std::vector<SourceEntry> source;
  std::vector<LedgerEntry> ledger;
  std::vector<TargetEntry> target;
};

template <class Entry>
std::vector<Entry> page(const std::vector<Entry>& all, Uid from, std::size_t size) {
  std::vector<Entry> result;
  for (const Entry& entry : all) {
    if (entry.uid >= from && result.size() < size) result.push_back(entry);
  }
  return result;
}

// Feeds pages of sizes that `size` gives, each from where the planner says.
template <class Size>
std::vector<Step> plan(const Cursors& cursors, Planner::Options options, Size size) {
  Planner planner(options);
  std::vector<Step> steps;
  while (true) {
    auto next = planner.next();
    if (std::holds_alternative<Finished>(next)) return steps;
    if (auto* step = std::get_if<Step>(&next)) {
      steps.push_back(std::move(*step));
      continue;
    }
    const Cursor cursor = std::get<Cursor>(next);
    EXPECT_FALSE(cursor == Cursor::target && options.target_is_unchanged) << "asked for what it said it does not need";
    const Uid from = planner.wanted_from(cursor);
    if (cursor == Cursor::source) planner.feed(page(cursors.source, from, size()));
    if (cursor == Cursor::ledger) planner.feed(page(cursors.ledger, from, size()));
    if (cursor == Cursor::target) planner.feed(page(cursors.target, from, size()));
  }
}

// All sizes of pages must give the same steps.
std::vector<Step> plan(const Cursors& cursors, Planner::Options options = {}) {
  const auto steps = plan(cursors, options, [] { return std::size_t{1}; });
  for (std::size_t size = 2; size < cursors.source.size() + cursors.ledger.size() + 2; ++size) {
    EXPECT_EQ(plan(cursors, options, [size] { return size; }), steps) << "pages of " << size;
  }
  return steps;
}

TEST(Planner, NothingGivesNothing) {
  EXPECT_THAT(plan({}), IsEmpty());
  EXPECT_THAT(plan({{}, {{1, 1, {}}, {2, 2, {}}}, {{1, {}}}}), IsEmpty());
}

TEST(Planner, CopiesWhatTheLedgerDoesNotKnow) {
  const Cursors cursors{{{1, MessageFlags{}}, {3, MessageFlags{}}, {4, std::nullopt}, {9, MessageFlags{}}}, {{3, 30, {}}}, {{3, {}}}};
  EXPECT_THAT(plan(cursors), ElementsAre(CopyItem{1}, CopyItem{4}, CopyItem{9}));
  EXPECT_THAT(plan({cursors.source, {}, {}}), ElementsAre(CopyItem{1}, CopyItem{3}, CopyItem{4}, CopyItem{9}));
}

TEST(Planner, DoesNotBringBackWhatIsGoneOnTheTarget) {
  EXPECT_THAT(plan({{{1, MessageFlags{}}}, {{1, 10, {}}}, {}}), IsEmpty());
}

TEST(Planner, LeavesWhatIsGoneOnTheSource) {
  const Cursors cursors{{{2, MessageFlags{}}}, {{1, 10, {}}, {2, 20, {}}, {3, 30, {}}}, {{1, {}}, {2, {}}, {3, {}}}};
  EXPECT_THAT(plan(cursors), IsEmpty());
}

TEST(Planner, FlagsThatWereNotListedSayNothing) {
  EXPECT_THAT(plan({{{1, std::nullopt}}, {{1, 10, flags({"\\Seen"})}}, {{1, {}}}}), IsEmpty());
}

struct FlagCase {
  const char* name;
  MessageFlags source, ledger;
  std::optional<MessageFlags> target;  // nothing: gone
  MessageFlags add, remove;
};

TEST(Planner, MergesEachFlagThreeWays) {
  const std::vector<FlagCase> cases{
      {"set on the source", flags({"\\Seen"}), {}, MessageFlags{}, flags({"\\Seen"}), {}},
      {"taken away on the source", {}, flags({"\\Seen"}), flags({"\\Seen"}), {}, flags({"\\Seen"})},
      {"set on both", flags({"\\Seen"}), {}, flags({"\\Seen"}), {}, {}},
      {"taken away on both", {}, flags({"\\Seen"}), MessageFlags{}, {}, {}},
      {"another one set by the target's user", flags({"\\Seen"}), {}, flags({"\\Flagged"}), flags({"\\Seen"}), {}},
      {"another one taken away by the target's user", flags({"\\Flagged", "\\Seen"}), flags({"\\Flagged"}), MessageFlags{},
       flags({"\\Seen"}), {}},
      {"keyword for keyword", flags({"new", "stays"}), flags({"old", "stays"}), flags({"old", "own", "stays"}), flags({"new"}),
       flags({"old"})},
      {"keyword in another spelling there", flags({"$Forwarded"}), {}, flags({"$forwarded"}), {}, {}},
      {"gone on the target", flags({"\\Seen"}), {}, std::nullopt, {}, {}},
  };
  for (const FlagCase& one : cases) {
    SCOPED_TRACE(one.name);
    Cursors cursors{{{5, one.source}}, {{5, 50, one.ledger}}, {}};
    if (one.target) cursors.target.push_back({5, *one.target});
    EXPECT_THAT(plan(cursors), ElementsAre(ChangeFlags{5, 50, one.add, one.remove, one.source}));
  }
}

TEST(Planner, WithoutTheTargetsFlagsItTakesTheWholeChange) {
  const Cursors cursors{{{5, flags({"\\Seen", "a"})}}, {{5, 50, flags({"\\Flagged", "a"})}}, {}};
  EXPECT_THAT(plan(cursors, {.target_is_unchanged = true}),
              ElementsAre(ChangeFlags{5, 50, flags({"\\Seen"}), flags({"\\Flagged"}), flags({"\\Seen", "a"})}));
}

TEST(Planner, AnItemWithoutAKnownPlaceOnlyTeachesTheLedger) {
  const Cursors cursors{{{5, flags({"\\Seen"})}}, {{5, 0, {}}}, {}};
  EXPECT_THAT(plan(cursors, {.target_is_unchanged = true}), ElementsAre(ChangeFlags{5, 0, {}, {}, flags({"\\Seen"})}));
}

TEST(Planner, SpellingOfAKeywordIsNoChange) {
  EXPECT_THAT(plan({{{1, flags({"$FORWARDED"})}}, {{1, 10, flags({"$Forwarded"})}}, {{1, {}}}}), IsEmpty());
}

TEST(Planner, AsksOnlyForTheRowsThatItNeeds) {
  Planner planner({.target_is_unchanged = true});
  EXPECT_EQ(std::get<Cursor>(planner.next()), Cursor::source);
  planner.feed(std::vector<SourceEntry>{{900'000, MessageFlags{}}});
  EXPECT_EQ(std::get<Cursor>(planner.next()), Cursor::ledger);
  EXPECT_EQ(planner.wanted_from(Cursor::ledger), 900'000U);
  planner.feed(std::vector<LedgerEntry>{{900'001, 1, {}}});
  EXPECT_EQ(std::get<Step>(planner.next()), Step(CopyItem{900'000}));
  EXPECT_EQ(std::get<Cursor>(planner.next()), Cursor::source);
  EXPECT_EQ(planner.wanted_from(Cursor::source), 900'001U);
  planner.feed(std::vector<SourceEntry>{});
  EXPECT_TRUE(std::holds_alternative<Finished>(planner.next()));
}

TEST(Planner, WorksUpToTheLastUid) {
  const Uid last = ~Uid{0} - 1;
  EXPECT_THAT(plan({{{last - 1, MessageFlags{}}, {last, MessageFlags{}}}, {{last - 1, 7, {}}}, {{last - 1, {}}}}),
              ElementsAre(CopyItem{last}));
}

TEST(Planner, LeavesOutWhatTheRulesSay) {
  Rules rules;
  rules.skip_deleted = true;
  rules.size_limit = 100;
  const SourceEntry plain{1, MessageFlags{}, std::nullopt, 100}, deleted{2, flags({"\\Deleted"}), std::nullopt, 5};
  const SourceEntry large{3, MessageFlags{}, std::nullopt, 101};
  const Planner::Options options{.target_is_unchanged = true, .rules = &rules};
  EXPECT_THAT(plan({{plain, deleted, large}, {}, {}}, options),
              ElementsAre(CopyItem{1}, LeaveOut{deleted, Verdict::deleted}, LeaveOut{large, Verdict::too_large}));
}

TEST(Planner, LooksAgainAtWhatWasLeftOutWhenItsFlagsChange) {
  Rules rules;
  rules.skip_deleted = true;
  rules.size_limit = 100;
  const Planner::Options options{.target_is_unchanged = true, .rules = &rules};
  const LedgerEntry left_out{2, 0, flags({"\\Deleted"}), true};
  EXPECT_THAT(plan({{{2, flags({"\\Deleted"}), std::nullopt, 5}}, {left_out}, {}}, options), IsEmpty());
  EXPECT_THAT(plan({{{2, std::nullopt}}, {left_out}, {}}, options), IsEmpty());
  EXPECT_THAT(plan({{{2, MessageFlags{}, std::nullopt, 5}}, {left_out}, {}}, options), ElementsAre(CopyItem{2}));
  const SourceEntry large{2, flags({"\\Seen"}), std::nullopt, 500};
  EXPECT_THAT(plan({{large}, {left_out}, {}}, options), ElementsAre(LeaveOut{large, Verdict::too_large}));
}

TEST(Planner, WhatWasMovedStaysMovedWhateverTheRulesSayNow) {
  Rules rules;
  rules.size_limit = 1;
  EXPECT_THAT(plan({{{5, flags({"\\Seen"}), std::nullopt, 100}}, {{5, 50, {}}}, {}}, {.target_is_unchanged = true, .rules = &rules}),
              ElementsAre(ChangeFlags{5, 50, flags({"\\Seen"}), {}, flags({"\\Seen"})}));
}

// The law: random states against a model that looks at one message and one flag at a time.
constexpr std::array<std::string_view, 6> all_flags{"\\Seen", "\\Flagged", "\\Deleted", "$Forwarded", "work", "Zebra"};

struct Known {
  Uid target_uid = 0;
  MessageFlags flags;
};
struct State {
  std::map<Uid, MessageFlags> source, target;
  std::map<Uid, Known> ledger;
};

bool has(const MessageFlags& set, std::string_view flag) { return (" " + set.to_string() + " ").contains(fmt::format(" {} ", flag)); }

std::vector<Step> model(const State& state, Planner::Options options) {
  std::vector<Step> steps;
  for (const auto& [uid, now] : state.source) {
    const auto known = state.ledger.find(uid);
    if (known == state.ledger.end()) {
      steps.emplace_back(CopyItem{uid});
      continue;
    }
    ChangeFlags step{uid, known->second.target_uid, {}, {}, now};
    bool differs = false;
    for (const std::string_view flag : all_flags) {
      const bool before = has(known->second.flags, flag), after = has(now, flag);
      differs = differs || before != after;
      if (before == after || known->second.target_uid == 0) continue;
      const auto there = state.target.find(uid);
      if (!options.target_is_unchanged && (there == state.target.end() || has(there->second, flag) == after)) continue;
      (after ? step.add : step.remove).add(flag);
    }
    if (differs) steps.emplace_back(std::move(step));
  }
  return steps;
}

void apply(State& state, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (const auto* copy = std::get_if<CopyItem>(&step)) {
      state.ledger[copy->uid] = {copy->uid + 1000, state.source[copy->uid]};
      state.target[copy->uid] = state.source[copy->uid];
      continue;
    }
    const auto& change = std::get<ChangeFlags>(step);
    state.ledger[change.uid].flags = change.synced;
    const auto there = state.target.find(change.uid);
    if (there == state.target.end()) continue;
    MessageFlags result;
    for (const std::string_view flag : all_flags) {
      if ((has(there->second, flag) && !has(change.remove, flag)) || has(change.add, flag)) result.add(flag);
    }
    there->second = result;
  }
}

Cursors cursors_of(const State& state) {
  Cursors cursors;
  for (const auto& [uid, now] : state.source) cursors.source.push_back({uid, now});
  for (const auto& [uid, known] : state.ledger) cursors.ledger.push_back({uid, known.target_uid, known.flags});
  for (const auto& [uid, now] : state.target) cursors.target.push_back({uid, now});
  return cursors;
}

TEST(PlannerLaw, RandomStatesGiveWhatTheModelGives) {
  std::mt19937 random(4711);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const auto some_flags = [&] {
    MessageFlags set;
    for (const auto flag : all_flags) {
      if (below(3) == 0) set.add(flag);
    }
    return set;
  };
  for (int run = 0; run < 1500; ++run) {
    SCOPED_TRACE(run);
    State state;
    const Uid gap = 1 + static_cast<Uid>(below(4));
    for (Uid uid = 1; uid < 40; uid += 1 + static_cast<Uid>(below(gap))) {
      if (below(5) != 0) state.source[uid] = some_flags();
      if (below(3) != 0) {
        state.ledger[uid] = {below(9) == 0 ? 0 : uid + 1000, below(2) == 0 ? state.source[uid] : some_flags()};
        if (below(4) != 0) state.target[uid] = below(2) == 0 ? state.ledger[uid].flags : some_flags();
      }
    }
    const Planner::Options options{.target_is_unchanged = below(2) == 0};
    const auto size = [&] { return 1 + below(12); };
    const auto steps = plan(cursors_of(state), options, size);
    ASSERT_EQ(steps, model(state, options));
    apply(state, steps);
    ASSERT_THAT(plan(cursors_of(state), options, size), IsEmpty()) << "planning again";
    ASSERT_THAT(plan(cursors_of(state), {}, size), IsEmpty());
  }
}

}  // namespace
}  // namespace godwit::sync
