// SPDX-License-Identifier: Apache-2.0
// What an operator orders about a move: which folders and messages, where to, in which order. A value and pure functions
// over it.
//
// Folder names in rules are written from the top with "/" between the levels, whatever the servers' own separators are; "\"
// in front of a character takes its meaning away ("\/" for a slash in a name). Names are compared byte by byte, upper and
// lower case apart, as most servers do; only INBOX as the first level is INBOX in any case.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/internal_date.h"
#include "endpoint/types.h"
#include "sync/rules_pattern.h"

namespace godwit::sync {

// "Sent Items" to "Sent"; with `subtree`, what lies below it as well.
struct Rename {
  endpoint::FolderPath from;
  endpoint::FolderPath to;
  bool subtree = false;
  friend bool operator==(const Rename&, const Rename&) = default;
};

// Ascending UIDs keep the source's order on the target, and are what a broken-off round goes on with best. Newest first
// gives people their latest mail early; the order of the target's UIDs, which some clients sort by, is then the wrong way
// round: tell the operator.
enum class MessageOrder : std::uint8_t { ascending_uid, newest_first };

// What the rules say of one message. Only `taken` is moved; the others are left out by order: neither moved nor failed.
// Count them.
enum class Verdict : std::uint8_t { taken, deleted, too_old, too_new, too_large };
[[nodiscard]] std::string_view name_of(Verdict verdict);  // for reports: "marked \Deleted"

struct Rules {
  std::vector<FolderPattern> include;  // none: every folder
  std::vector<FolderPattern> exclude;  // goes before include
  std::vector<Rename> renames;  // the exact one of a folder goes before a subtree's, a longer subtree before a shorter
  endpoint::FolderPath below;   // empty: nothing. Else everything, INBOX too, goes below this folder, after the renames
  // By internal date: since this instant (inclusive), until this one (exclusive), so that what ends at an instant and what
  // begins there share no message and miss none.
  std::optional<std::chrono::sys_seconds> since, until;
  std::optional<std::uint64_t> size_limit;  // bytes; a message of this very size is taken
  bool skip_deleted = false;
  MessageOrder order = MessageOrder::ascending_uid;
  // Folders that are shared, and those of other users, are moved only where these take them, and by one account alone.
  std::vector<FolderPattern> shared, other_users;
  std::string shared_account;  // that account's name; empty: whichever
  bool groupware = false;      // folders of appointments, contacts and the like are moved, too

  // Each folder for itself: what lies below an excluded folder is not excluded with it ("Lists/**" is the folder and all
  // below it).
  [[nodiscard]] bool takes(const endpoint::FolderPath& folder) const;
  // The same, and what becomes of folders that are not the account's own mail.
  [[nodiscard]] bool takes(const endpoint::Folder& folder) const { return !reason_to_leave(folder) && takes(folder.path); }
  enum class Foreign : std::uint8_t { other_users, shared, groupware };
  // Why the folder is left out for what it is; nothing for the account's own mail, and where an order takes it.
  [[nodiscard]] std::optional<Foreign> reason_to_leave(const endpoint::Folder& folder) const;
  // Those of this account: folders of others are taken by one account only.
  [[nodiscard]] Rules for_account(std::string_view name) const;

  // Without a date (none was told, or none that can be read) a message is never left out for its date. One message may have
  // several reasons; the first in the order of Verdict is told.
  [[nodiscard]] Verdict takes(const MessageFlags& flags, const std::optional<InternalDate>& date, std::uint64_t size) const;
  [[nodiscard]] bool looks_at_dates() const { return since || until; }  // else listings need not ask for them
  [[nodiscard]] bool looks_at_sizes() const { return size_limit.has_value(); }
  [[nodiscard]] bool looks_at_messages() const { return looks_at_dates() || looks_at_sizes() || skip_deleted; }
  // Whatever decides over single messages, as text: where it is the same, no verdict is another.
  [[nodiscard]] std::string message_rules() const;

  [[nodiscard]] endpoint::FolderPath target_path(const endpoint::FolderPath& source) const;
};

[[nodiscard]] std::string_view name_of(Rules::Foreign reason);  // "folders of other users"

// INBOX first, then what lies below it, then the others by path.
[[nodiscard]] bool goes_before(const endpoint::FolderPath& left, const endpoint::FolderPath& right);

// How many messages were left out, and why.
class LeftOut {
 public:
  void add(Verdict verdict) { ++counts_.at(static_cast<std::size_t>(verdict)); }
  [[nodiscard]] std::uint64_t count(Verdict verdict) const { return counts_.at(static_cast<std::size_t>(verdict)); }
  [[nodiscard]] std::uint64_t total() const;   // without those that are taken
  [[nodiscard]] std::string describe() const;  // "3 marked \Deleted, 1 larger than the limit"; empty when there are none

 private:
  std::array<std::uint64_t, 5> counts_{};
};

// Two or more source folders that go to one target folder.
struct PlacedFolder {
  std::string account;  // of the source; several may go into one target account
  endpoint::FolderPath source;
  endpoint::FolderPath target;
  friend bool operator==(const PlacedFolder&, const PlacedFolder&) = default;
};
enum class CaseRule : std::uint8_t { exact, ignored };
// For comparisons: lower case in ASCII, Latin, Greek and Cyrillic letters.
[[nodiscard]] std::string fold_case(std::string_view name);
// Groups of two or more, each in the order of `folders`. `ignored` for servers such as Exchange, where Sent and SENT are
// one: case is ignored in ASCII, Latin, Greek and Cyrillic letters.
[[nodiscard]] std::vector<std::vector<PlacedFolder>> find_collisions(std::span<const PlacedFolder> folders,
                                                                     CaseRule case_rule);

// Rules as text, from the command line or a plan.
struct RuleTexts {
  std::vector<std::string> include{}, exclude{};  // "INBOX", "Projects/*", "Archive/**"
  std::vector<std::string> renames{};             // "Sent Items=Sent", "Old/**=Archive/**"
  std::string below{};                            // "Old mail"
  std::string since{}, until{};  // "2024-01-31", "2024-01-31+02:00", "2024-01-31T18:30:00Z"; without a zone it is UTC
  std::string size_limit{};      // "35651584", "25MB" (millions), "25MiB"
  bool skip_deleted = false;
  std::vector<std::string> shared{}, other_users{};  // "Shared/Projects/**"
  std::string shared_account{};
  bool groupware = false;
  std::string order{};  // "uid" (also when empty) or "newest-first"
};
// The error says which rule, what is wrong with it, and what to write instead.
[[nodiscard]] Result<Rules> parse_rules(const RuleTexts& texts);

}  // namespace godwit::sync
