// SPDX-License-Identifier: Apache-2.0
// The durable record of a migration: per item where it came from, where it landed, its digest, or why it was not moved.
//
// Everything is asynchronous: calls are queued to one writer thread which runs all that is queued in one transaction and
// answers when it is committed (group commit). Calls of one caller take effect in the order in which they are awaited;
// restart_folder, restart_source, vanish and raise_level work a large folder off in slices, between which other calls may
// come, and between which a kill may cut them: what is done stays done, and the same call again does the rest.
//
// An answer means that a kill of this process loses nothing of it: the commit has been handed to the operating system. It is
// not flushed to the disk (SQLite: synchronous=NORMAL), because a flush per batch would cost more than the batch. So a power
// failure may lose the last commits, never the file's integrity; the fence heals it: what lies on the target above the last
// UIDNEXT on record and in no row is looked at before anything more is appended, and so a lost result is found again, not
// doubled.
//
// Errors are of kind `storage`: disk full, damaged file, not ours, newer schema, held by another process; and of kind `bug`
// where the caller names a folder or an intent that is not there. A call that fails has changed nothing.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/folder_token.h"
#include "base/internal_date.h"
#include "base/keyed_folder.h"
#include "base/keyed_folder.h"
#include "base/message_flags.h"
#include "base/sha256.h"
#include "base/task.h"
#include "base/uid_set.h"

namespace godwit::ledger {

using AccountId = std::int64_t;
using FolderId = std::int64_t;  // unique within its account
using BatchId = std::int64_t;   // unique within its account
using VanishedId = std::int64_t;  // unique within its account; none of the three is ever given twice

// Where the account's logins and its new mail go now. What people did on the target must not be undone once it is not `old`.
enum class Route : std::uint8_t { old = 0, moving = 1, new_ = 2 };

enum class Level : std::uint8_t {
  accepted = 1,  // the target said so, or a match was found
  listed = 2,    // seen in the target's UID list at the end of a round
  proven = 3,    // read back, SHA-256 equal
  altered = 4,   // read back: moved, but the target changed it; the note says how
  withdrawn = 5, // removed on the target by its user: it is not brought back. The row keeps its target UID, and is counted
  left_out = 6,  // stays on the source by a rule of the plan: without target UID and digest
};
inline constexpr std::size_t level_count = 7;  // one more than the highest

struct FolderRecord {
  FolderId id = 0;
  std::string source_name;  // one side's name of the folder in its own form, as the adapter wrote it
  std::string target_name;
  std::uint32_t source_uid_validity = 0;
  std::uint32_t target_uid_validity = 0;
  // Fence: every message of the target folder with a UID below it is accounted for; what is at or above and in no item row
  // is unknown, and may be one of ours whose record was lost.
  std::uint32_t target_uid_next = 1;
  FolderToken source_token;  // as read before the last complete pass; all zero: there was none
  FolderToken target_token;  // as read at its end
  std::uint64_t items = 0;        // rows with a target UID, withdrawn ones too
  std::uint64_t rows = 0;         // all of them
  std::uint64_t open_batches = 0; // intents without a result: in doubt
  std::uint64_t vanished = 0;     // entries of the pool that come from this folder
  bool made_by_us = false;        // godwit made the target's folder
};

struct ItemRecord {
  Uid source_uid = 0;
  Uid target_uid = 0;  // 0: accepted without a UID being known yet
  std::uint64_t size = 0;
  Digest digest;       // of the bytes as read from the source
  MessageFlags flags;  // as last synced
  Level level = Level::accepted;
  std::optional<InternalDate> date = std::nullopt;
  std::uint8_t hazards = 0;     // bytes that servers alter, as bits; their meaning is the caller's
  bool brought = false;         // godwit appended it itself; else it was found on the target by a match
  std::uint8_t left_out = 0;    // at that level: which rule, by the caller's numbers
  std::uint64_t object_id = 0;  // hash of what the source calls the message in every folder (RFC 8474 EMAILID); 0: not known
  friend bool operator==(const ItemRecord&, const ItemRecord&) = default;
};

// An item that is not in its folder on the source any more, until it is found again (it was moved), or dropped because
// nothing is to be done about it any more. Its target UID is one of the target folder that the folder's record names.
struct VanishedItem {
  VanishedId id = 0;
  FolderId folder = 0;
  // It went because the source's UIDVALIDITY changed, and is probably still there: nobody may remove it on the target.
  bool by_restart = false;
  bool being_removed = false;  // its removal on the target was begun, and its end is not on record
  ItemRecord item;
  friend bool operator==(const VanishedItem&, const VanishedItem&) = default;
};
// The name by which programs that leave mail on the server know a message of the source's INBOX: POP3's UIDL. Equal ones are told apart
// by their order.
struct UniqueIdRecord {
  std::string id;
  Uid source_uid = 0;  // 0: not known which message it is
  Uid target_uid = 0;  // where that is now; 0: not on the target. Only read
  friend bool operator==(const UniqueIdRecord&, const UniqueIdRecord&) = default;
};
// A change of flags that is about to go to the target.
struct FlagIntent {
  FolderId folder = 0;
  Uid source_uid = 0, target_uid = 0;
  MessageFlags add, remove;
  MessageFlags synced;  // what is on record behind it
  friend bool operator==(const FlagIntent&, const FlagIntent&) = default;
};
using FoundVanished = std::vector<std::optional<VanishedItem>>;  // one for each that was asked for, in order

struct Adoption {
  VanishedId vanished = 0;
  ItemRecord row;  // of the folder where it is now
  std::string folder_name = {};  // readable, for what is on record of it as "repaired"
};

// An item that did not get to the target, or not as it was; enough for a person to find the message.
struct Problem {
  FolderId folder = 0;
  std::string folder_name;  // readable
  Uid source_uid = 0;
  std::uint64_t size = 0;
  std::string kind;         // name_of(ErrorKind), or "altered", "repaired", "flags", "conflict", "rights", "doubt", "damaged"
  std::string reason;       // ours, with what can be done
  std::string server_text;
  std::string subject, from, date;  // raw header values, unfolded
  std::optional<Digest> stored = std::nullopt;  // of what is "repaired": of the bytes that are on the target
  std::string item = {};    // what it is, "event"; empty: a message. Of others source_uid is a number of the ledger's own
  friend bool operator==(const Problem&, const Problem&) = default;
};

// Whether a problem of this kind means that the item is not on the target. The others are about what became of one that is:
// the target altered it, took it repaired only, did not take its flags, or had it changed on both sides (the target won); "rights" is about
// a folder, whose rights, annotations or limits are not all on the target; "uidl" is only a group: items whose UniqueIdRecord is not known.
[[nodiscard]] constexpr bool means_not_moved(std::string_view kind) {
  return kind != "altered" && kind != "repaired" && kind != "flags" && kind != "conflict" && kind != "rights" && kind != "uidl";
}

struct ProblemGroup {  // problems of one kind
  std::string kind;
  std::uint64_t count = 0;
  bool is_accepted = false;  // somebody has said that they may stay as they are, when there were no more of them than now
  friend bool operator==(const ProblemGroup&, const ProblemGroup&) = default;
};

// The last round over the account.
struct RoundRecord {
  std::optional<InternalDate> began, ended;  // ended: nothing while it runs, and when it did not come to its end
  std::string rules;                         // under which it ran, in a form that only the caller understands
  friend bool operator==(const RoundRecord&, const RoundRecord&) = default;
};

struct Batch {  // an intent
  BatchId id = 0;
  UidSet source_uids;
  std::uint32_t target_uid_next = 0;  // fence when it was written
};

struct Counters {  // of one account, kept up with every commit: reading them never counts rows
  std::uint64_t items = 0;  // rows, with and without a target UID
  std::uint64_t bytes = 0;  // their sizes
  std::uint64_t problems = 0;
  std::uint64_t not_moved = 0;  // those of them that mean it
  std::uint64_t vanished = 0;   // entries of the pool; while there are none nobody need ask it
  std::uint64_t open_batches = 0;
  std::array<std::uint64_t, level_count> by_level{};  // of the rows
  [[nodiscard]] std::uint64_t at(Level level) const { return by_level.at(static_cast<std::size_t>(level)); }
};

enum class Side : std::uint8_t { source = 0, target = 1 };
[[nodiscard]] constexpr std::string_view name_of(Side side) { return side == Side::source ? "source" : "target"; }

class CollectionLedger;  // ledger/collections.h

// One account's part. Made by Ledger::account(); lives at most as long as the Ledger.
class AccountLedger {
 public:
  virtual ~AccountLedger() = default;

  // Calendars, address books, filters. Their counters and problems are among those of the calls below; folders() has none of them.
  [[nodiscard]] virtual CollectionLedger& collections() = 0;

  [[nodiscard]] virtual Task<Result<Route>> route() = 0;  // `old` until another is set
  [[nodiscard]] virtual Task<Result<>> set_route(Route route) = 0;

  [[nodiscard]] virtual Task<Result<RoundRecord>> last_round() = 0;
  // Under other rules than the last round's, nothing is left out any more and every folder has to be looked at again: rows at that
  // level go, and the source's tokens are cleared.
  [[nodiscard]] virtual Task<Result<>> begin_round(InternalDate now, std::string rules) = 0;
  [[nodiscard]] virtual Task<Result<>> end_round(InternalDate now) = 0;

  [[nodiscard]] virtual Task<Result<std::vector<FolderRecord>>> folders() = 0;

  // Makes the folder's record or, where (source_name) is known, brings its target_name up to date. Returns it whole.
  [[nodiscard]] virtual Task<Result<FolderRecord>> open_folder(std::string source_name, std::string target_name) = 0;

  // The target's UIDVALIDITY is new: every item row, pool entry, intent and problem of the folder goes, the fence returns
  // to 1, tokens and made_by_us are cleared, and at last the new validities are noted (cut short, it leaves both 0). Also
  // used to note those of a fresh folder: where no validity of the target was known made_by_us stays.
  [[nodiscard]] virtual Task<Result<>> restart_folder(FolderId folder, std::uint32_t source_uid_validity,
                                                      std::uint32_t target_uid_validity) = 0;
  // The source's UIDVALIDITY is new: every item row becomes a pool entry, by_restart, and those that are in the pool become
  // that, too; problems go, the source's token is cleared, and at last the new validity is noted (cut short, it leaves the
  // source's 0). All that is known of the target stays: fence, validity, token, and open intents, for what they put in doubt
  // is on the target.
  [[nodiscard]] virtual Task<Result<>> restart_source(FolderId folder, std::uint32_t source_uid_validity) = 0;
  // godwit is about to make the folder on the target: it may be removed when it is gone on the source and empty.
  [[nodiscard]] virtual Task<Result<>> set_made(FolderId folder) = 0;
  // It was made: this is its UIDVALIDITY there, and nothing of ours is in it yet. Error `bug`: it had one already.
  [[nodiscard]] virtual Task<Result<>> set_target_validity(FolderId folder, std::uint32_t uid_validity) = 0;
  // The folder has another name on the source, and perhaps on the target; all else stays. Error `exists`: another record
  // has that source name (two folders that exchange names need a third name in between).
  [[nodiscard]] virtual Task<Result<>> rename_folder(FolderId folder, std::string source_name, std::string target_name) = 0;
  // The record goes, and problems with it. Only of a folder without item rows, pool entries and open intents.
  [[nodiscard]] virtual Task<Result<>> forget_folder(FolderId folder) = 0;

  // Rows of the folder with source_uid >= from, ascending, at most `limit`.
  [[nodiscard]] virtual Task<Result<std::vector<ItemRecord>>> items(FolderId folder, Uid from, std::size_t limit) = 0;
  // Source UIDs of all rows of the folder, whatever their level.
  [[nodiscard]] virtual Task<Result<UidSet>> source_uids(FolderId folder) = 0;
  // All target UIDs on record for the folder at or above `from`, whatever their level; those of the pool, too: what is here
  // is not unknown to the fence, and must not be taken for a match. (A withdrawn UID cannot appear again; if a server's
  // list was wrong when it was missed, it must not count as unknown either.)
  [[nodiscard]] virtual Task<Result<UidSet>> target_uids(FolderId folder, Uid from) = 0;
  // Target UIDs, where known, of rows whose level is exactly `level`.
  [[nodiscard]] virtual Task<Result<UidSet>> target_uids_at(FolderId folder, Level level) = 0;
  // Target UIDs, where known, of rows at level accepted, by their hazards. Cheap when there are few such rows at the end of
  // a large folder: rows below the first accepted one are not read.
  [[nodiscard]] virtual Task<Result<std::map<std::uint8_t, UidSet>>> accepted_by_hazards(FolderId folder) = 0;
  // Looks rows up by target UID; a page of them, as items() gives it. Reads the folder (there is no index): for the few
  // that must be read back.
  [[nodiscard]] virtual Task<Result<std::vector<ItemRecord>>> items_by_target(
      FolderId folder, UidSet target_uids, Uid from = 0, std::size_t limit = std::numeric_limits<std::uint32_t>::max()) = 0;

  // Intent. Committed before it returns.
  [[nodiscard]] virtual Task<Result<BatchId>> begin_batch(FolderId folder, UidSet source_uids,
                                                          std::uint32_t target_uid_next) = 0;
  // Result of a batch, in one transaction: item rows (inserted or replaced), problems of items refused, the fence, and the
  // intent is closed; an error when it is not open. `fence` 0 leaves the fence alone, here and below.
  [[nodiscard]] virtual Task<Result<>> end_batch(BatchId batch, FolderId folder, std::vector<ItemRecord> items,
                                                 std::vector<Problem> problems, std::uint32_t fence) = 0;
  // Items found on the target by match, and problems found outside a batch.
  [[nodiscard]] virtual Task<Result<>> record(FolderId folder, std::vector<ItemRecord> items,
                                              std::vector<Problem> problems) = 0;
  // Open intents of the folder, oldest first.
  [[nodiscard]] virtual Task<Result<std::vector<Batch>>> open_batches(FolderId folder) = 0;
  // The doubt is resolved: the folder's open intents are closed and the fence is set.
  [[nodiscard]] virtual Task<Result<>> settle(FolderId folder, std::uint32_t fence) = 0;

  // Raises rows of the folder from a lower level to `level` where target_uid is in the set.
  [[nodiscard]] virtual Task<Result<>> raise_level(FolderId folder, UidSet target_uids, Level level) = 0;
  // Withdrawn is the highest level: nothing raises it.
  [[nodiscard]] Task<Result<>> withdraw(FolderId folder, UidSet target_uids) {
    return raise_level(folder, std::move(target_uids), Level::withdrawn);
  }
  // Flags are changed by an intent, too: after a kill nobody could tell whether the target had it done already.
  [[nodiscard]] virtual Task<Result<>> begin_flags(std::vector<FlagIntent> intents) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<FlagIntent>>> flag_intents() = 0;  // that are open
  // Ends the intents of these items.
  [[nodiscard]] virtual Task<Result<>> set_flags(FolderId folder, std::vector<std::pair<Uid, MessageFlags>> by_source_uid) = 0;
  // The item's row goes: it was accepted but is not on the target.
  [[nodiscard]] virtual Task<Result<>> forget_items(FolderId folder, UidSet source_uids) = 0;

  // The vanished pool. Rows of the folder move into it; UIDs that have no row are passed over, and what was left out is forgotten.
  [[nodiscard]] virtual Task<Result<>> vanish(FolderId folder, UidSet source_uids) = 0;
  // Entries with id > after, ascending, at most `limit`.
  [[nodiscard]] virtual Task<Result<std::vector<VanishedItem>>> vanished(VanishedId after, std::size_t limit) = 0;
  [[nodiscard]] Task<Result<>> each_vanished(std::function<void(const VanishedItem&)> take);
  // An entry for each digest or object id, where there is one left: within one call each entry is given once only. Entries
  // of `folder` are given before others (after restart_source each finds its own again), older ones before newer ones.
  // Nothing is taken out: two callers may be given the same entry, and the one that adopts it later gets `not_found`.
  [[nodiscard]] virtual Task<Result<FoundVanished>> find_vanished(std::vector<Digest> digests, FolderId folder = 0) = 0;
  [[nodiscard]] virtual Task<Result<FoundVanished>> find_vanished_by_object(std::vector<std::uint64_t> object_ids,
                                                                            FolderId folder = 0) = 0;
  // In one transaction the entries go and the rows come into `folder`, as record() would put them; that an item was repaired goes with
  // it. Error `not_found`, and nothing is changed, when one of the entries is not there any more.
  [[nodiscard]] virtual Task<Result<>> adopt(FolderId folder, std::vector<Adoption> adoptions) = 0;
  [[nodiscard]] Task<Result<>> adopt(VanishedId vanished, FolderId folder, ItemRecord row) {
    std::vector<Adoption> one;
    one.push_back({vanished, std::move(row)});
    return adopt(folder, std::move(one));
  }
  // The target is about to be asked to remove these.
  [[nodiscard]] virtual Task<Result<>> begin_removal(std::vector<VanishedId> ids) = 0;
  // On the target the item is in that folder now.
  [[nodiscard]] virtual Task<Result<>> relocate_vanished(VanishedId id, FolderId folder, Uid target_uid) = 0;
  // Entries go for good, with what is on record of them as "repaired"; ids that are not there are passed over.
  [[nodiscard]] virtual Task<Result<>> drop_vanished(std::vector<VanishedId> ids) = 0;

  // The pass over the folder is complete.
  [[nodiscard]] virtual Task<Result<>> finish_folder(FolderId folder, FolderToken source, FolderToken target,
                                                     std::uint32_t fence) = 0;

  // Items not moved or not as they were, by folder and source UID. A problem is replaced by a later one of the same item,
  // and goes when the item is recorded as moved without one.
  [[nodiscard]] virtual Task<Result<std::vector<Problem>>> problems(std::size_t offset, std::size_t limit) = 0;
  [[nodiscard]] Task<Result<>> each_problem(std::function<void(const Problem&)> take);
  // Of items that are gone on the source.
  [[nodiscard]] virtual Task<Result<>> forget_problems(FolderId folder, UidSet source_uids) = 0;
  // By kind, in alphabetical order.
  [[nodiscard]] virtual Task<Result<std::vector<ProblemGroup>>> problem_groups() = 0;
  // What the caller notes of a folder besides its messages, in a form that only the caller understands; empty until it is set.
  [[nodiscard]] virtual Task<Result<std::string>> extras(FolderId folder) = 0;
  // With it the folder's one problem that is about no item (source UID 0): replaced, or gone where there is none.
  [[nodiscard]] virtual Task<Result<>> set_extras(FolderId folder, std::string extras, std::optional<Problem> problem) = 0;
  // Those of this kind that are on record now are accepted; when there are more of them, the group is not any more.
  [[nodiscard]] virtual Task<Result<>> accept_problems(std::string kind) = 0;
  [[nodiscard]] virtual Task<Result<Counters>> counters() = 0;

  // Numbers of messages that a side knows by names; as endpoint::KeyBook has them. They stay when rows go.
  [[nodiscard]] virtual Task<Result<KeyedFolder>> keyed_folder(Side side, std::string name) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<Uid>>> number_keys(Side side, std::string name, std::vector<std::string> keys) = 0;
  [[nodiscard]] virtual Task<Result<>> forget_keys(Side side, std::string name, UidSet uids) = 0;

  // Replaces what is on record, in the server's order. The source UIDs are of `folder` under its present UIDVALIDITY: under another one
  // they are not known any more.
  [[nodiscard]] virtual Task<Result<>> set_unique_ids(FolderId folder, std::vector<UniqueIdRecord> ids) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<UniqueIdRecord>>> unique_ids() = 0;  // in that order
  // How many items of the folder are on the target whose name is not known; kept for problem_groups().
  [[nodiscard]] virtual Task<Result<std::uint64_t>> count_without_unique_id(FolderId folder) = 0;
};

struct AccountIdentity {
  std::string source, target;
  friend bool operator==(const AccountIdentity&, const AccountIdentity&) = default;
};

// What a password is for.
struct Login {
  std::string account;  // its name in the plan
  Side side = Side::source;
  friend auto operator<=>(const Login&, const Login&) = default;
};

// One time that a command was at work on all accounts. The texts are in forms that only the caller understands.
using RunId = std::int64_t;
struct RunRecord {
  RunId id = 0;
  std::string command;  // "migrate"
  InternalDate began;
  std::optional<InternalDate> ended;  // nothing while it is at work, and for ever when it was killed
  std::string settings;               // under which it ran
  std::string estimate;               // made before it began; may be empty
  std::string timeline;               // how far it was at which time
  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

struct AccountSummary {
  AccountIdentity account;
  std::string summary;  // in a form that only the caller understands
  friend bool operator==(const AccountSummary&, const AccountSummary&) = default;
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // `source` and `target` identify the account on each side, "imaps://alice@example.com@mail.example.com:993"; the same pair
  // gives the same account for ever.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<AccountLedger>>> account(std::string source, std::string target) = 0;

  // All that there ever were, in the order in which they came; with `target`, those that go there.
  [[nodiscard]] virtual Task<Result<std::vector<AccountIdentity>>> accounts(std::string target = {}) = 0;

  // What was learned about a host by probing it; nothing when it was never probed.
  [[nodiscard]] virtual Task<Result<std::optional<std::string>>> host_fact(std::string host, std::string key) = 0;
  [[nodiscard]] virtual Task<Result<>> set_host_fact(std::string host, std::string key, std::string value) = 0;

  // The id is the ledger's to give.
  [[nodiscard]] virtual Task<Result<RunId>> begin_run(RunRecord run) = 0;
  // Replaces everything of the run with that id; `not_found` when there is none.
  [[nodiscard]] virtual Task<Result<>> update_run(RunRecord run) = 0;
  // In the order in which they began.
  [[nodiscard]] virtual Task<Result<std::vector<RunRecord>>> runs() = 0;

  // What became of an account at last, for pages over all of them; it replaces the one that is there. The account need not be known.
  [[nodiscard]] virtual Task<Result<>> set_summary(AccountSummary summary) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<AccountSummary>>> summaries() = 0;  // by source and target

  // Passwords, which vault/ seals and opens: to the ledger they are bytes. What is erased or replaced by the three calls at the end
  // is overwritten in the ledger's files and gone from their logs when the call is answered, and a power failure does not bring it
  // back; after an error call again.

  // What they are sealed with; nothing before it was set.
  [[nodiscard]] virtual Task<Result<std::optional<std::string>>> vault_key() = 0;
  // `exists` when there is another one.
  [[nodiscard]] virtual Task<Result<>> set_vault_key(std::string public_key) = 0;
  // Replaces the one that is there. `unavailable`, and nothing is stored, when `public_key`, with which it was sealed, is not the
  // vault's any more.
  [[nodiscard]] virtual Task<Result<>> put_password(Login login, std::string sealed, std::string public_key) = 0;
  [[nodiscard]] virtual Task<Result<std::optional<std::string>>> sealed_password(Login login) = 0;
  // Whose passwords there are, by account and side.
  [[nodiscard]] virtual Task<Result<std::vector<Login>>> password_logins() = 0;
  // Changes the key and all that is sealed with it in one transaction, or nothing when `reseal` fails, which runs on the ledger's
  // thread.
  using Reseal = std::function<Result<std::string>(const Login& login, std::string_view sealed)>;
  [[nodiscard]] virtual Task<Result<>> change_vault_key(std::string public_key, Reseal reseal) = 0;
  [[nodiscard]] virtual Task<Result<>> erase_password(Login login) = 0;
  // All of them, and the key.
  [[nodiscard]] virtual Task<Result<>> erase_vault() = 0;
  // Whatever was answered until now outlives a power failure.
  [[nodiscard]] virtual Task<Result<>> make_durable() = 0;
};

}  // namespace godwit::ledger
