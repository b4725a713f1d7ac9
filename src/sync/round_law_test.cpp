// SPDX-License-Identifier: Apache-2.0
// The law of a migration, tried on random histories: people append, flag and delete on both sides, between rounds and during them, and
// connections are lost. At the end every message that the source has is on the target as often as it was there, nothing is there
// more often, what belongs to the target's people is as they left it, and a further round finds nothing to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/round_lab.h"

namespace godwit::sync {
namespace {

using adapters::MemoryFolder;
using adapters::MemoryMessage;
using test::flags_of;
using test::message_named;
using test::RoundLab;
using Fault = adapters::MemoryMailbox::AppendFault;

class History {
 public:
  History(std::uint32_t seed, bool lossy) : random_(seed), lossy_(lossy) {
    lab_.options.lanes = 1 + below(3);
    lab_.options.messages_per_lane = 5;
    lab_.options.batch_messages = 1 + below(8);
    lab_.options.bytes_in_flight = 1000 + below(20'000);
    lab_.source.tells_changes = below(3) != 0;
    lab_.source.tells_uid_next = below(4) != 0;
    lab_.target.tells_uid_next = below(4) != 0;
    lab_.target.batch_messages = below(3) == 0 ? 1 : 50;
    for (std::uint32_t i = 10 + below(40); i > 0; --i) deliver();
  }

  void live(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::uint32_t i = below(12); i > 0; --i) act();
      lab_.source.on_call = lab_.target.on_call = [this] {
        if (below(25) == 0) act();
      };
      if (lossy_) plan_losses();
      const auto result = lab_.run();
      lab_.source.on_call = lab_.target.on_call = nullptr;
      lab_.source.lose_session_at = lab_.target.lose_session_at = 0;
      lab_.target.append_fault = {};
      check(false);
      if (!result.error && result.not_moved == 0) remove_a_copy();
      if (lossy_ && below(8) == 0) lab_.lose_ledger();
    }
    for (int quiet = 0; quiet < 2; ++quiet) {
      const auto result = lab_.run_until_complete();
      EXPECT_FALSE(result.error) << describe(*result.error);
    }
    check(true);
    const auto last = lab_.run();
    EXPECT_FALSE(last.error);
    EXPECT_EQ(last.copied + last.matched + last.flags_changed, 0U) << "a further round has no steps";
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  MemoryFolder& folder(adapters::MemoryMailbox& mailbox) { return mailbox.folder(fmt::format("F{}", below(3))); }
  MessageFlags some_flags() {
    MessageFlags flags;
    for (const std::string_view flag : {"\\Seen", "\\Flagged", "work"}) {
      if (below(3) == 0) flags.add(flag);
    }
    return flags;
  }
  static MemoryMessage* any_of(MemoryFolder& folder, std::uint32_t number) {
    return folder.messages.empty() ? nullptr : &folder.messages[number % folder.messages.size()];
  }
  static std::string key(const std::string& folder, const std::string& bytes) { return folder + ": " + bytes; }

  void deliver() {
    MemoryFolder& to = folder(lab_.source);
    const bool twin = below(6) == 0 && !to.messages.empty();
    const std::string bytes =
        twin ? any_of(to, below(1000))->bytes : message_named(fmt::format("source {}", ++serial_), below(15) == 0 ? 6000 : 30);
    to.add(bytes, some_flags());
    ++ever_[key(to.name, bytes)];
  }
  void act() {
    MemoryFolder& source = folder(lab_.source);
    MemoryFolder& target = folder(lab_.target);
    MemoryMessage* const message = any_of(source, below(1000));
    const auto own = own_.empty() ? own_.end() : std::next(own_.begin(), below(static_cast<std::uint32_t>(own_.size())));
    switch (below(6)) {
      case 0:
      case 1: return deliver();
      case 2:
        if (message != nullptr) source.set_flags(message->uid, some_flags());
        return;
      case 3:
        if (message != nullptr && below(2) == 0) source.remove(message->uid);
        return;
      case 4: {
        const std::string bytes = message_named(fmt::format("own {}", ++serial_));
        const MessageFlags flags = some_flags();
        own_[{target.name, target.add(bytes, flags)}] = {bytes, flags};
        return;
      }
      default:
        if (own == own_.end()) return;
        auto& [name, uid] = own->first;
        if (below(2) == 0) {
          own->second.second = some_flags();
          lab_.target.folder(name).set_flags(uid, own->second.second);
        } else {
          lab_.target.folder(name).remove(uid);
          own_.erase(own);
        }
    }
  }
  // Only behind a complete round: what is removed before it was recorded cannot be told from what never arrived.
  void remove_a_copy() {
    MemoryFolder& target = folder(lab_.target);
    const MemoryMessage* const message = any_of(target, below(1000));
    if (message == nullptr || own_.contains({target.name, message->uid})) return;
    ++removed_[key(target.name, message->bytes)];
    target.remove(message->uid);
  }
  void plan_losses() {
    if (below(2) == 0) lab_.source.lose_session_at = 1 + below(150);
    if (below(2) == 0) lab_.target.lose_session_at = 1 + below(150);
    if (below(3) == 0) lab_.target.append_fault = {.kind = Fault::Kind::lose_answer, .skip = below(8), .times = 1 + below(2)};
    if (below(4) == 0) lab_.target.append_fault = {.kind = Fault::Kind::keep_some_and_refuse, .keep = below(3), .skip = 4, .times = 1};
    if (below(4) == 0) lab_.target.append_fault = {.kind = Fault::Kind::no_uids, .skip = 4};
  }

  void check(bool at_the_end) {
    std::map<std::string, int> on_source, on_target;
    for (const auto& [name, source] : lab_.source.folders) {
      for (const auto& message : source.messages) ++on_source[key(name, message.bytes)];
    }
    std::size_t own_found = 0;
    for (const auto& [name, target] : lab_.target.folders) {
      if (test::is_probe(name)) continue;
      for (const auto& message : target.messages) {
        const auto own = own_.find({name, message.uid});
        if (own == own_.end()) {
          ++on_target[key(name, message.bytes)];
          continue;
        }
        ++own_found;
        EXPECT_EQ(message.bytes, own->second.first);
        EXPECT_EQ(message.flags, own->second.second) << "flags of the target's own message";
      }
    }
    EXPECT_EQ(own_found, own_.size()) << "messages of the target's own";
    for (const auto& [message, count] : on_target) {
      EXPECT_LE(count, ever_.contains(message) ? ever_[message] : 0) << "too often: " << message.substr(0, 40);
    }
    if (!at_the_end) return;
    for (const auto& [message, count] : on_source) {
      EXPECT_GE(on_target[message] + removed_[message], count) << "lost: " << message.substr(0, 40);
    }
    if (!lossy_) check_flags();
  }
  void check_flags() {
    for (const auto& [name, source] : lab_.source.folders) {
      for (const auto& message : source.messages) {
        if (ever_[key(name, message.bytes)] != 1) continue;
        for (const auto& copy : lab_.target.folder(name).messages) {
          if (copy.bytes == message.bytes) EXPECT_EQ(copy.flags.to_string(), message.flags.to_string());
        }
      }
    }
  }

  std::mt19937 random_;
  const bool lossy_;
  RoundLab lab_;
  int serial_ = 0;
  std::map<std::string, int> ever_, removed_;                                                // by folder and bytes
  std::map<std::pair<std::string, Uid>, std::pair<std::string, MessageFlags>> own_;  // of the target's people
};

TEST(RoundLaw, HoldsWhileEverybodyGoesOnWorking) {
  for (std::uint32_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    History(seed, false).live(4);
  }
}

TEST(RoundLaw, HoldsWhenConnectionsAreLostAsWell) {
  for (std::uint32_t seed = 1; seed <= 120 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    History(seed, true).live(5);
  }
}

}  // namespace
}  // namespace godwit::sync
