// SPDX-License-Identifier: Apache-2.0
// One account's folders, intents, item rows, vanished pool and problems: what must change in one transaction. Calls do what
// AccountLedger says, at once and on the writer's thread; those that would touch a whole large folder do a slice of it, so
// that memory stays small and other accounts are not kept waiting.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/collections.h"
#include "ledger/ledger.h"
#include "ledger/writer.h"

namespace godwit::ledger {

struct Identity {
  AccountId account = 0;
  std::string source;
  std::string target;
  friend bool operator==(const Identity&, const Identity&) = default;
};

// A folder as the central file shows it.
struct FolderSummary {
  FolderId id = 0;
  std::string source_name;
  std::uint64_t items = 0, bytes = 0, problems = 0, not_moved = 0, open_batches = 0;
};

class AccountStore : public Store {
 public:
  [[nodiscard]] static Result<> make(const std::filesystem::path& file, const Identity& identity);
  // An error when the file is missing, empty, damaged, no account's store.
  [[nodiscard]] static Result<std::shared_ptr<AccountStore>> open(const std::filesystem::path& file);
  AccountStore(Database database, Identity identity)
      : Store(std::move(database), Order::first), identity_(std::move(identity)) {}

  [[nodiscard]] const Identity& identity() const { return identity_; }

  [[nodiscard]] Result<Route> route();
  [[nodiscard]] Result<> set_route(Route route);
  [[nodiscard]] Result<RoundRecord> last_round();
  [[nodiscard]] Result<> begin_round(const InternalDate& now, const std::string& rules);
  [[nodiscard]] Result<> end_round(const InternalDate& now);

  [[nodiscard]] Result<std::vector<FolderRecord>> folders();
  [[nodiscard]] Result<FolderRecord> open_folder(const std::string& source_name, const std::string& target_name);
  // True: there is more to clear; call again.
  [[nodiscard]] Result<bool> restart_slice(FolderId folder, std::uint32_t source_uid_validity,
                                           std::uint32_t target_uid_validity);
  [[nodiscard]] Result<bool> restart_source_slice(FolderId folder, std::uint32_t source_uid_validity);
  [[nodiscard]] Result<> set_made(FolderId folder);
  [[nodiscard]] Result<> set_target_validity(FolderId folder, std::uint32_t uid_validity);
  [[nodiscard]] Result<> rename_folder(FolderId folder, const std::string& source_name, const std::string& target_name);
  [[nodiscard]] Result<> forget_folder(FolderId folder);

  [[nodiscard]] Result<std::vector<ItemRecord>> items(FolderId folder, Uid from, std::size_t limit);
  [[nodiscard]] Result<UidSet> source_uids(FolderId folder);
  [[nodiscard]] Result<UidSet> target_uids(FolderId folder, Uid from);
  [[nodiscard]] Result<UidSet> target_uids_at(FolderId folder, Level level);
  [[nodiscard]] Result<std::map<std::uint8_t, UidSet>> accepted_by_hazards(FolderId folder);
  [[nodiscard]] Result<std::vector<ItemRecord>> items_by_target(FolderId folder, const UidSet& target_uids, Uid from,
                                                                std::size_t limit);

  [[nodiscard]] Result<BatchId> begin_batch(FolderId folder, const UidSet& source_uids, std::uint32_t target_uid_next);
  [[nodiscard]] Result<> end_batch(BatchId batch, FolderId folder, std::span<const ItemRecord> items,
                                   std::span<const Problem> problems, std::uint32_t fence);
  [[nodiscard]] Result<> record(FolderId folder, std::span<const ItemRecord> items, std::span<const Problem> problems);
  [[nodiscard]] Result<std::vector<Batch>> open_batches(FolderId folder);
  [[nodiscard]] Result<> settle(FolderId folder, std::uint32_t fence);

  // Looks at rows from source UID `from` on; returns where to go on, 0 at the end.
  [[nodiscard]] Result<Uid> raise_slice(FolderId folder, Uid from, const UidSet& target_uids, Level level);
  [[nodiscard]] Result<> begin_flags(std::span<const FlagIntent> intents);
  [[nodiscard]] Result<std::vector<FlagIntent>> flag_intents();
  [[nodiscard]] Result<> set_flags(FolderId folder, std::span<const std::pair<Uid, MessageFlags>> by_source_uid);
  [[nodiscard]] Result<> forget_items(FolderId folder, const UidSet& source_uids);

  // As raise_slice().
  [[nodiscard]] Result<Uid> vanish_slice(FolderId folder, Uid from, const UidSet& source_uids);
  [[nodiscard]] Result<std::vector<VanishedItem>> vanished(VanishedId after, std::size_t limit);
  [[nodiscard]] Result<FoundVanished> find_vanished(std::span<const Digest> digests, FolderId folder);
  [[nodiscard]] Result<FoundVanished> find_vanished_by_object(std::span<const std::uint64_t> object_ids, FolderId folder);
  [[nodiscard]] Result<> adopt(FolderId folder, std::span<const Adoption> adoptions);
  [[nodiscard]] Result<> begin_removal(std::span<const VanishedId> ids);
  [[nodiscard]] Result<> relocate_vanished(VanishedId id, FolderId folder, Uid target_uid);
  [[nodiscard]] Result<> drop_vanished(std::span<const VanishedId> ids);

  [[nodiscard]] Result<> finish_folder(FolderId folder, const FolderToken& source, const FolderToken& target,
                                       std::uint32_t fence);

  [[nodiscard]] Result<std::vector<Problem>> problems(std::size_t offset, std::size_t limit);
  [[nodiscard]] Result<std::vector<Problem>> problems_of(FolderId folder);
  [[nodiscard]] Result<> forget_problems(FolderId folder, const UidSet& source_uids);
  [[nodiscard]] Result<std::vector<ProblemGroup>> problem_groups();
  [[nodiscard]] Result<> accept_problems(const std::string& kind);
  [[nodiscard]] Result<std::string> extras(FolderId folder);
  [[nodiscard]] Result<> set_extras(FolderId folder, const std::string& extras, const std::optional<Problem>& problem);
  [[nodiscard]] Result<Counters> counters();

  [[nodiscard]] Result<KeyedFolder> keyed_folder(Side side, const std::string& name);
  [[nodiscard]] Result<std::vector<Uid>> number_keys(Side side, const std::string& name, std::span<const std::string> keys);
  [[nodiscard]] Result<> forget_keys(Side side, const std::string& name, const UidSet& uids);

  // Collections, in account_collections.cpp and account_resources.cpp.
  [[nodiscard]] Result<std::vector<CollectionRecord>> collections();
  [[nodiscard]] Result<CollectionRecord> open_collection(CollectionKind kind, const std::string& source_name,
                                                         const std::string& display_name);
  [[nodiscard]] Result<> update_collection(const CollectionRecord& record);
  [[nodiscard]] Result<> set_collection_problem(FolderId collection, const std::optional<Problem>& problem);
  [[nodiscard]] Result<> restart_target(FolderId collection);
  [[nodiscard]] Result<> forget_collection(FolderId collection);
  [[nodiscard]] Result<std::vector<ResourceRecord>> resources(FolderId collection, ResourceNumber after, std::size_t limit);
  [[nodiscard]] Result<std::vector<ResourceRecord>> open_resources(FolderId collection, ResourceNumber after, std::size_t limit);
  [[nodiscard]] Result<std::vector<ResourceRecord>> find_resources(FolderId collection, ResourceKey key,
                                                                   std::span<const std::string> values);
  [[nodiscard]] Result<std::vector<ResourceRecord>> record_resources(FolderId collection, std::span<const RecordedResource> rows);
  [[nodiscard]] Result<> forget_resources(FolderId collection, std::span<const ResourceNumber> numbers);
  [[nodiscard]] Result<> put_strangers(FolderId collection, std::span<const Stranger> strangers);
  [[nodiscard]] Result<> forget_strangers(FolderId collection, std::span<const std::string> target_names);
  [[nodiscard]] Result<std::vector<Stranger>> find_strangers(FolderId collection, StrangerKey key, std::span<const std::string> values);
  [[nodiscard]] Result<std::vector<Stranger>> strangers(FolderId collection, const std::string& after, std::size_t limit);
  [[nodiscard]] Result<std::map<ItemKind, LevelCounts>> item_counts();
  [[nodiscard]] Result<> set_unique_ids(FolderId folder, std::span<const UniqueIdRecord> ids);
  [[nodiscard]] Result<std::vector<UniqueIdRecord>> unique_ids();
  [[nodiscard]] Result<std::uint64_t> count_without_unique_id(FolderId folder);

  // For the central file: the number of the last change, of the last that was of the route or made a folder go, and what
  // changed after number `change`.
  [[nodiscard]] Result<std::int64_t> last_change();
  [[nodiscard]] Result<std::int64_t> last_change_of_account();
  [[nodiscard]] Result<std::vector<FolderSummary>> folders_changed_after(std::int64_t change);

  void rolled_back() override;

 private:
  // What one call changes in its folder's row.
  struct Change {
    std::int64_t items = 0, located = 0, bytes = 0, problems = 0, not_moved = 0, open_batches = 0, vanished = 0;
    std::array<std::int64_t, level_count> by_level{};
    std::int64_t accepted_from = no_uid;
    BatchId last_batch = 0;
    std::uint32_t fence = 0;  // 0: stays
  };
  static constexpr std::int64_t no_uid = std::int64_t{1} << 32;

  static constexpr std::int64_t slice_rows = 10'000;  // about 700 KiB of pages, in the pool some MiB

  [[nodiscard]] Result<> load_numbers();
  [[nodiscard]] Result<std::optional<FolderRecord>> find_folder(const std::string& source_name);
  [[nodiscard]] Result<> change_folder(FolderId folder, const Change& change);
  [[nodiscard]] Result<> put_items(FolderId folder, std::span<const ItemRecord> items, Change& change);
  [[nodiscard]] Result<Change> count_raise(FolderId folder, std::int64_t begin, std::int64_t end, const UidSet& target_uids,
                                           Level level);
  // Source UIDs first to last, both included.
  [[nodiscard]] Result<> erase_items(FolderId folder, std::int64_t first, std::int64_t last, Change& change);
  [[nodiscard]] Result<> erase_problems(FolderId folder, std::int64_t first, std::int64_t last, Change& change);
  // The source UID at which `rows` rows from `from` on end; 0: the folder ends first.
  [[nodiscard]] Result<std::int64_t> end_of_slice(FolderId folder, std::int64_t from, std::int64_t rows);
  // A slice of these, from UID `from` on; returns where to go on, 0 at the end.
  [[nodiscard]] Result<Uid> move_to_pool(FolderId folder, Uid from, const UidSet& source_uids, bool by_restart,
                                         Change& change);
  // A slice; true: there are more.
  [[nodiscard]] Result<bool> erase_pool_of(FolderId folder, Change& change);
  [[nodiscard]] Result<VanishedItem> read_vanished(const Statement& row);
  template <class Key>
  [[nodiscard]] Result<FoundVanished> find(Statement query, std::span<const Key> keys, FolderId folder);
  // Where an item was before it came to the pool; source_uid 0: that number means another message by now.
  struct LeftPlace {
    FolderId folder = 0;
    Uid source_uid = 0;
  };
  // Nothing when it is not there any more.
  [[nodiscard]] Result<std::optional<LeftPlace>> take_from_pool(VanishedId id, std::map<FolderId, Change>& changes);
  [[nodiscard]] Result<std::vector<Problem>> take_repairs(const LeftPlace& left, std::map<FolderId, Change>& changes);
  [[nodiscard]] Result<std::vector<Problem>> repairs_of(FolderId folder, Uid source_uid);
  [[nodiscard]] Result<> put_problems(FolderId folder, std::span<const ItemRecord> moved, std::span<const Problem> problems,
                                      Change& change);
  [[nodiscard]] Result<std::int64_t> flags_to_number(const MessageFlags& flags);
  [[nodiscard]] Result<MessageFlags> flags_from_number(std::int64_t number);
  [[nodiscard]] Result<ItemRecord> read_item(const Statement& row, int column);  // GODWIT_ITEM_COLUMNS from there on
  [[nodiscard]] Result<std::vector<ItemRecord>> read_items(Statement& query);
  // The row of a folder whose messages are known by names; made when it is not there.
  [[nodiscard]] Result<std::int64_t> keyed_folder_id(Side side, const std::string& name);

  [[nodiscard]] Result<> put_resource(FolderId collection, const ResourceRecord& row, Change& change);
  // Nothing of it is left but its problem. False: there was none.
  [[nodiscard]] Result<bool> take_resource(FolderId collection, ResourceNumber number, Change& change);
  [[nodiscard]] Result<> count_resource(FolderId collection, std::int64_t kind, std::int64_t level, std::int64_t size, int sign,
                                        Change& change);

  Identity identity_;
  std::int64_t last_change_ = 0;  // numbers given out, here and below; ones of a rolled back job may come again
  BatchId last_batch_ = 0;
  std::map<std::string, std::int64_t, std::less<>> keyword_ids_;
  std::map<std::int64_t, std::vector<std::string>> keyword_lists_;
};

}  // namespace godwit::ledger
