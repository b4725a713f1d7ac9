// SPDX-License-Identifier: Apache-2.0
// The law of a round, tried on random histories: people make, change and remove items on both sides, between rounds and during them,
// connections are lost before and after a call took effect, and the process is killed. At the end no UID is there twice, what people
// changed on the target is as they left it, everything else is as on the source, each difference that is left is told, and a further
// round finds nothing to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "tests/support/collection_lab.h"

namespace godwit::collections {
namespace {

using adapters::MemoryGroupware;
using adapters::MemoryResource;
using test::CollectionLab;
using test::item;

std::string line_of(const std::string& bytes, const std::string& key) {
  const std::size_t begin = bytes.find(key);
  if (begin == std::string::npos) return {};
  return bytes.substr(begin + key.size(), bytes.find('\n', begin) - begin - key.size());
}
std::string uid_of(const std::string& bytes) { return line_of(bytes, "UID:"); }
std::string summary_of(const std::string& bytes) { return line_of(bytes, "SUMMARY:"); }

class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {
    for (MemoryGroupware* const side : {&lab_.source, &lab_.target}) {
      side->tells_changes = below(3) != 0;
      side->tells_states = below(3) != 0;
      side->batch_items = 1 + below(6);
    }
    lab_.target.tells_versions = below(3) != 0;
    lab_.target.checks_uids = below(2) == 0;
    // Cut off before it was read back, what the server altered cannot be told from what people did: it is told as a conflict.
    if (!lab_.target.tells_versions && below(2) == 0) lab_.target.alter = [](const std::string& bytes) { return bytes + "ADDED:1\n"; };
    lab_.options.allow_mass_removal = true;  // that it is held back otherwise has a test of its own
    lab_.options.read_back = below(4) == 0;
    for (std::uint32_t i = 3 + below(20); i > 0; --i) make();
  }

  void live(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::uint32_t i = below(10); i > 0; --i) act(false);
      lab_.source.on_call = lab_.target.on_call = [this] {
        if (below(12) == 0) act(true);
      };
      if (!lab_.target.alter) break_lines();
      if (!lab_.target.alter && below(3) == 0) lab_.run_and_kill(static_cast<int>(below(400)));
      else lab_.run();
      lab_.source.on_call = lab_.target.on_call = nullptr;
      lab_.source.lose_session_at = lab_.target.lose_session_at = 0;
      check(false);
    }
    for (int quiet = 0; quiet < 3; ++quiet) {
      const auto result = lab_.run();
      EXPECT_FALSE(result.error) << describe(*result.error);
    }
    check(true);
    const auto last = lab_.run();
    EXPECT_EQ(changes_of(last), 0U) << "a further round has nothing to do: " << describe_changes(last);
  }

 private:
  using Key = std::pair<std::string, std::string>;  // collection and UID
  struct Theirs {
    std::string summary;              // as people left it on the target
    std::optional<std::string> base;  // what godwit had put there before
  };

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::string new_summary(const char* where) { return fmt::format("{} {}", where, ++serial_); }

  void break_lines() {
    MemoryGroupware& side = below(2) == 0 ? lab_.source : lab_.target;
    if (below(2) == 0) return;
    side.lose_session_at = 1 + below(25);
    side.lost_behind = below(2) == 0 ? std::nullopt : std::optional<std::size_t>(below(4));
  }
  void make() {
    const std::string uid = fmt::format("u{}", ++serial_);
    lab_.source.set(collections_[below(2)], uid + ".ics", item(uid, new_summary("source")));
  }
  std::pair<std::string, std::string> any_of(MemoryGroupware& side) {
    const std::string& name = collections_[below(2)];
    const auto found = side.collections.find(name);
    if (found == side.collections.end() || found->second.resources.empty()) return {};
    return {name, std::next(found->second.resources.begin(), below(static_cast<std::uint32_t>(found->second.resources.size())))->first};
  }

  void act(bool is_during_round) {
    const auto on_source = any_of(lab_.source), on_target = any_of(lab_.target);
    switch (below(is_during_round ? 6 : 8)) {
      case 0: return make();
      case 1:
        if (!on_source.first.empty()) change_source(on_source.first, on_source.second);
        return;
      case 2:
        if (!on_source.first.empty() && below(2) == 0) lab_.source.remove(on_source.first, on_source.second);
        return;
      case 3:
        if (!on_target.first.empty()) change_target(on_target.first, on_target.second);
        return;
      case 4:
        if (!on_target.first.empty() && below(2) == 0) remove_on_target(on_target.first, on_target.second);
        return;
      case 5:
        if (!on_target.first.empty()) touch(on_target.first, on_target.second);
        return;
      case 6: {
        const std::string uid = fmt::format("t{}", ++serial_), summary = new_summary("own"), &where = collections_[below(2)];
        lab_.target.set(where, uid + ".own", item(uid, summary));
        theirs_[{where, uid}] = {summary, std::nullopt};
        return;
      }
      default:
        if (!on_source.first.empty()) make_twin(on_source.first, on_source.second);
    }
  }
  void change_source(const std::string& collection, const std::string& name) {
    const std::string uid = uid_of(lab_.source.collections.at(collection).resources.at(name).bytes);
    lab_.source.set(collection, name, item(uid, new_summary("source")));
  }
  void change_target(const std::string& collection, const std::string& name) {
    const MemoryResource& resource = lab_.target.collections.at(collection).resources.at(name);
    const std::string uid = uid_of(resource.bytes), before = summary_of(resource.bytes);
    Theirs& theirs = theirs_.try_emplace({collection, uid}, Theirs{{}, before}).first->second;
    theirs.summary = new_summary("theirs");
    lab_.target.set(collection, name, item(uid, theirs.summary));
  }
  void remove_on_target(const std::string& collection, const std::string& name) {
    const std::string uid = uid_of(lab_.target.collections.at(collection).resources.at(name).bytes);
    lab_.target.remove(collection, name);
    removed_.insert({collection, uid});
    theirs_.erase({collection, uid});
  }
  void touch(const std::string& collection, const std::string& name) {
    const std::string bytes = lab_.target.collections.at(collection).resources.at(name).bytes;
    lab_.target.set(collection, name, bytes + fmt::format("NOISE:{}\n", ++serial_));
  }
  void make_twin(const std::string& collection, const std::string& name) {
    const std::string uid = uid_of(lab_.source.collections.at(collection).resources.at(name).bytes);
    for (const auto& [other, resource] : lab_.target.collection(collection).resources) {
      if (uid_of(resource.bytes) == uid) return;
    }
    if (removed_.contains({collection, uid})) return;
    const std::string summary = new_summary("twin");
    lab_.target.set(collection, uid + ".twin", item(uid, summary));
    theirs_[{collection, uid}] = {summary, std::nullopt};
  }

  std::map<Key, std::string> contents(const MemoryGroupware& side) {
    std::map<Key, std::string> all;
    for (const auto& [name, collection] : side.collections) {
      for (const auto& [key, resource] : collection.resources) {
        const auto [place, is_new] = all.emplace(Key{name, uid_of(resource.bytes)}, summary_of(resource.bytes));
        EXPECT_TRUE(is_new) << "twice: " << resource.bytes;
      }
    }
    return all;
  }
  void check(bool is_at_end) {
    const auto source = contents(lab_.source), target = contents(lab_.target);
    for (const auto& [key, theirs] : theirs_) {
      const auto there = target.find(key);
      ASSERT_TRUE(there != target.end()) << key.second << " was people's own, and is gone";
      EXPECT_EQ(there->second, theirs.summary) << key.second << " was people's own, and was changed";
    }
    if (!is_at_end) return;
    for (const auto& [key, summary] : source) {
      const auto there = target.find(key);
      const bool may_be_gone = removed_.contains(key);
      if (there == target.end()) EXPECT_TRUE(may_be_gone) << key.second << " is lost";
      else if (!theirs_.contains(key) && !may_be_gone) EXPECT_EQ(there->second, summary) << key.second << " is not as on the source";
    }
    for (const auto& [key, summary] : target) {
      if (!source.contains(key) && !theirs_.contains(key))
        ADD_FAILURE() << key.second << " is gone on the source, and nobody's on the target";
    }
    check_conflicts(source, target);
  }
  // What people and the source made different is told, and nothing else is.
  void check_conflicts(const std::map<Key, std::string>& source, const std::map<Key, std::string>& target) {
    std::map<std::string, std::string> told;
    for (const auto& problem : lab_.problems()) {
      if (problem.kind == "conflict") told[problem.subject] = problem.reason;
    }
    for (const auto& [key, theirs] : theirs_) {
      const auto now = source.find(key);
      if (now == source.end() || removed_.contains(key) || now->second == target.at(key)) continue;
      const bool is_conflict = theirs.base != now->second;
      EXPECT_EQ(told.contains(now->second), is_conflict)
          << key.second << ": source \"" << now->second << "\", target \"" << target.at(key) << "\"";
    }
  }

  CollectionLab lab_;
  std::mt19937 random_;
  int serial_ = 0;
  const std::vector<std::string> collections_{"work", "home"};
  std::map<Key, Theirs> theirs_;
  std::set<Key> removed_;  // on the target, by people
};

TEST(CollectionLaw, HoldsInRandomHistories) {
  const char* const wanted = std::getenv("GODWIT_HISTORIES");
  const std::uint32_t histories = wanted != nullptr ? static_cast<std::uint32_t>(std::atoi(wanted)) : 20;
  const char* const first = std::getenv("GODWIT_FIRST_HISTORY");
  const std::uint32_t begin = first != nullptr ? static_cast<std::uint32_t>(std::atoi(first)) : 1;
  for (std::uint32_t seed = begin; seed < begin + histories && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("history {}", seed));
    History(seed).live(5);
  }
}

// A history of three steps, cut at every call that it makes.
class CutScenario {
 public:
  CutScenario() {
    for (const char* const name : {"a", "b", "c", "d"}) lab.source.set("work", fmt::format("{}.ics", name), item(name, name));
    lab.run();
    lab.source.set("work", "a.ics", item("a", "a2"));
    lab.source.remove("work", "b.ics");
    lab.source.set("work", "e.ics", item("e", "e"));
    lab.source.set("home", "f.ics", item("f", "f"));
    lab.source.calls = lab.target.calls = 0;
  }
  CollectionLab lab;
};

class CollectionCuts : public testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(CollectionCuts, EveryCallMayBeTheLast) {
  const auto [is_target, is_behind] = GetParam();
  for (std::uint64_t at = 1;; ++at) {
    SCOPED_TRACE(fmt::format("cut at call {}", at));
    CutScenario scenario;
    CollectionLab& lab = scenario.lab;
    MemoryGroupware& side = is_target ? lab.target : lab.source;
    side.lose_session_at = at;
    if (is_behind) side.lost_behind = 1;
    lab.options.attempts = 1;
    const auto result = lab.run();
    if (!result.error) break;
    side.lose_session_at = 0;
    EXPECT_FALSE(lab.run().error);
    EXPECT_EQ(CollectionLab::summaries(lab.target, "work"), (std::vector<std::string>{"a2", "c", "d", "e"}));
    EXPECT_EQ(CollectionLab::summaries(lab.target, "home"), (std::vector<std::string>{"f"}));
    EXPECT_EQ(changes_of(lab.run()), 0U);
    EXPECT_TRUE(lab.problems().empty());
    for (const auto& row : lab.rows("work")) EXPECT_TRUE(row.brought) << row.uid << " is godwit's own, whatever was cut";
    if (testing::Test::HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Sides, CollectionCuts, testing::Combine(testing::Bool(), testing::Bool()));

TEST(CollectionLaw, ALostConnectionIsMadeAgainWithinTheRound) {
  CutScenario scenario;
  scenario.lab.target.lose_session_at = 6;
  const auto result = scenario.lab.run();
  EXPECT_FALSE(result.error);
  EXPECT_EQ(CollectionLab::summaries(scenario.lab.target, "work"), (std::vector<std::string>{"a2", "c", "d", "e"}));
}

}  // namespace
}  // namespace godwit::collections
